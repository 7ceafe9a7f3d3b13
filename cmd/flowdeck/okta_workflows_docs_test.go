package main

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/cards/catalogue"
	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/cards/table"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

const oktaWorkflowsFile = "../../docs/from-okta-workflows.md"

// A translation is a row of docs/from-okta-workflows.md.
type translation struct {
	theirs []string // names in its first cell, separated by ·: Okta's own, then those of other connectors
	ours   []string // the texts in backticks in its second cell, "here"
}

func translations(t *testing.T) (rows []translation) {
	t.Helper()
	text, err := os.ReadFile(oktaWorkflowsFile)
	if err != nil {
		t.Fatal(err)
	}
	inTable, here := false, false
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.ReplaceAll(line, `\|`, "¦"), "|")
		if len(cells) < 4 {
			inTable = false
			continue
		}
		first, second := strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])
		switch {
		case !inTable:
			inTable, here = true, second == "here" && len(cells) == 5
		case here && !strings.HasPrefix(first, "---"):
			rows = append(rows, translation{theirs: strings.Split(first, " · "), ours: inBackticks(second)})
		}
	}
	if len(rows) < 100 {
		t.Fatalf("only %d rows were found", len(rows))
	}
	return rows
}

func inBackticks(text string) (all []string) {
	for _, found := range regexp.MustCompile("`([^`\n]+)`").FindAllStringSubmatch(text, -1) {
		all = append(all, found[1])
	}
	return all
}

func TestTranslationsOfOktaWorkflowsExist(t *testing.T) {
	t.Parallel()
	there := keywords()
	for name := range cards.All() {
		there[name] = true
	}
	for _, f := range expr.Functions() {
		there[f.Name] = true
	}
	for _, c := range rootCommand(env{}).Commands() {
		there["flowdeck "+c.Name()] = true
	}
	for _, row := range translations(t) {
		for _, name := range row.ours {
			if !there[name] {
				t.Errorf("%q: %s is neither a card nor a function, a verb or key, nor a command", row.theirs, name)
			}
		}
	}
}

// keywords returns the verbs and keys of flows, triggers, steps and workspaces.
func keywords() map[string]bool {
	all := map[string]bool{}
	for _, form := range []*flow.Form{flow.FlowForm(), flow.TriggerForm(), flow.StepForm(), flow.WorkspaceForm()} {
		keys := form.Keys
		for _, v := range form.Verbs {
			keys = append(slices.Concat(keys, v.Keys), v.Key)
		}
		for _, k := range keys {
			all[k.Name] = true
		}
	}
	return all
}

// If Okta or the tables get a new card, this test fails. Cards of other services have no rows.
func TestNamesOfCardsAreTranslated(t *testing.T) {
	t.Parallel()
	rows := translations(t)
	for _, c := range catalogue.Of(card.NewSet(slices.Concat(okta.Cards(), table.Cards())...)) {
		for _, name := range append([]string{c.Title}, c.Also...) {
			if !slices.ContainsFunc(rows, func(r translation) bool { return slices.Contains(r.theirs, name) && slices.Contains(r.ours, c.Name) }) {
				t.Errorf("no row for %q has %s: add it to docs/from-okta-workflows.md", name, c.Name)
			}
		}
	}
}

// What a row names can be used: a row that promises something for later would mislead whoever moves a flow.
func TestNothingInTranslationsIsForLater(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(oktaWorkflowsFile)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(text), "\n") {
		if found := regexp.MustCompile(`(?i)\b(yet|not (available|built|implemented|supported)|no equivalent)\b`).FindString(line); found != "" {
			t.Errorf("%s:%d: %q: name the way that works", oktaWorkflowsFile, i+1, found)
		}
	}
}

// Each event card and polling trigger of Okta Workflows has a row with the name of the trigger here.
func TestTriggersAreTranslated(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(oktaWorkflowsFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cards.Triggers().Sorted() {
		if c.Name != "okta.event_hook" && !strings.Contains(string(text), "\n| "+c.Title+" | `"+c.Name+"` | ") {
			t.Errorf("no row for %q has %s %s", c.Title, c.Kind, c.Name)
		}
	}
}

func TestCardsInGuidesExist(t *testing.T) {
	t.Parallel()
	found, triggers := 0, cards.Triggers().Sorted()
	for _, name := range guides {
		text, err := os.ReadFile("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, span := range inBackticks(string(text)) {
			if !regexp.MustCompile(`^okta(\.[a-z_]+)+$`).MatchString(span) || strings.HasSuffix(span, ".read") { // a scope
				continue
			}
			found++
			if _, ok := cards.All()[span]; !ok && !slices.ContainsFunc(triggers, func(c card.Trigger) bool { return c.Name == span }) {
				t.Errorf("%s names the card %s, which does not exist: the cards are %s", name, span, slices.Sorted(maps.Keys(cards.All())))
			}
		}
	}
	if found < 30 {
		t.Errorf("only %d cards are named", found)
	}
}
