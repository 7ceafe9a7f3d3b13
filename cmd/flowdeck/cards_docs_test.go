package main

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/cards/catalogue"
)

const cardsDocFile = "../../docs/cards.md"

const cardsDocHead = "<!-- UPDATE=1 go test ./cmd/flowdeck -run TestCardsDoc writes this file. -->\n\n" +
	"# Cards\n\n" +
	"Everything that a flow can do to an org is a card. `flowdeck cards` lists them, `flowdeck cards add a user to a group`\n" +
	"finds one by a description or by its name in another connector, and `flowdeck cards show NAME` shows the same as this\n" +
	"page. `--json` prints it for programs.\n\n" +
	"A card that *reads* changes nothing. One that *writes* changes nothing more when it is called again. One that *creates*\n" +
	"then creates another thing, or fails. One that *destroys* removes something that cannot be fully restored. *Undo* is how\n" +
	"far a call can be taken back, and with which card; flowdeck does not take calls back by itself.\n\n"

// cardsDoc returns the catalogue in Markdown. It has the same entries as `flowdeck cards show`.
func cardsDoc(all []catalogue.Entry) string {
	var contents, sections strings.Builder
	for i, c := range all {
		separator := " · "
		if i == 0 || c.Resource != all[i-1].Resource {
			separator = fmt.Sprintf("\n- %s: ", c.Resource)
		}
		fmt.Fprintf(&contents, "%s[%s](#%s)", separator, c.Name[strings.LastIndex(c.Name, ".")+1:], anchor(c.Name))
		cardSection(&sections, c)
	}
	return cardsDocHead + strings.TrimLeft(contents.String(), "\n") + "\n- [triggers](#triggers)\n" + sections.String() + triggersDoc()
}

// triggersDoc returns the table of the triggers, and their inputs.
func triggersDoc() string {
	var b strings.Builder
	b.WriteString("\n## Triggers\n\nWhat starts a flow, besides schedules and webhooks: [the language](language.md#triggers) describes it. `flowdeck cards show NAME` has the inputs under\n" +
		"`with` and the fields of the root `trigger`. An event with `register: true` also needs okta.eventHooks.manage.\n\n| trigger | | event types | scopes |\n|---|---|---|---|\n")
	for _, c := range catalogue.Triggers(cards.Triggers()) {
		types := strings.Join(c.Types, ", ")
		if types == "" && c.Trigger == "event" {
			types = "those in `types`"
		}
		fmt.Fprintf(&b, "| `%s: %s` | %s | %s | %s |\n", c.Trigger, c.Name, c.Title, types, strings.Join(c.Scopes, ", "))
	}
	return b.String()
}

// anchor returns the name that GitHub gives to the anchor of a heading.
func anchor(heading string) string { return strings.ReplaceAll(heading, ".", "") }

func cardSection(b *strings.Builder, c catalogue.Entry) {
	fmt.Fprintf(b, "\n## %s\n\n**%s**: %s.\n\n", c.Name, c.Title, inMarkdown(c.Summary))
	for _, fact := range [][2]string{
		{"Effect", c.EffectInWords()}, {"Undo", c.UndoInWords()}, {"Scopes", c.ScopesInWords()}, {"List", c.ListInWords()}, {"Also called", strings.Join(c.Also, ", ")},
	} {
		if fact[1] != "" {
			fmt.Fprintf(b, "- **%s** %s\n", fact[0], inMarkdown(fact[1]))
		}
	}
	if len(c.Inputs) > 0 {
		b.WriteString("\n| input | type | | |\n|---|---|---|---|\n")
		for _, f := range c.Inputs {
			must := ""
			switch {
			case f.Required:
				must = "required"
			case f.Default != "":
				must = "default `" + f.Default + "`"
			}
			fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", f.Name, f.Type, must, inMarkdown(f.About))
		}
	}
	heading := "output"
	if c.List {
		heading = "output, of each record"
	}
	fmt.Fprintf(b, "\n| %s | type | |\n|---|---|---|\n", heading)
	for _, f := range c.Outputs {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", f.Name, f.TypeOrNull(), inMarkdown(f.About))
	}
	fmt.Fprintf(b, "\n```yaml\n%s\n```\n", c.Step())
}

// inMarkdown escapes plain text for Markdown, also in the cell of a table.
func inMarkdown(text string) string {
	return regexp.MustCompile(`[|<*\\]`).ReplaceAllString(text, `\$0`)
}

func TestCardsDocIsFresh(t *testing.T) {
	t.Parallel()
	got, err := os.ReadFile(cardsDocFile)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	want := cardsDoc(catalogue.Of(cards.All()))
	diff := cmp.Diff(want, string(got))
	if diff == "" {
		return
	}
	if os.Getenv("UPDATE") == "" {
		t.Errorf("(-want +got), make generate rewrites it:\n%s", diff)
		return
	}
	if err := os.WriteFile(cardsDocFile, []byte(want), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestCardsDocHasASectionForEveryCardAndALinkToIt(t *testing.T) {
	t.Parallel()
	doc := cardsDoc(catalogue.Of(cards.All()))
	for name := range cards.All() {
		link := fmt.Sprintf("](#%s)", regexp.MustCompile(`[^a-z_]`).ReplaceAllString(name, ""))
		if n := strings.Count(doc, "\n## "+name+"\n"); n != 1 || strings.Count(doc, link) != 1 {
			t.Errorf("%s: %d sections; the link is %s", name, n, link)
		}
	}
}

func TestTheHelpOfCardsNamesEveryKeyOfItsJSON(t *testing.T) {
	t.Parallel()
	help := cardsCommand(env{}).Long
	for _, of := range []reflect.Type{reflect.TypeFor[catalogue.Entry](), reflect.TypeFor[catalogue.Undo]()} {
		for field := range of.Fields() {
			if key := field.Tag.Get("json"); key != "" && key != "-" && !regexp.MustCompile(`\b`+key+`\b`).MatchString(help) {
				t.Errorf("the help does not name %s of %s", key, of)
			}
		}
	}
}

func TestTheScriptOfEveryCardRunsEachCard(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../testdata/script/every-card.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for name := range cards.All() {
		if !regexp.MustCompile(`\bcard: ` + regexp.QuoteMeta(name) + `\b[^.]`).Match(text) {
			t.Errorf("testdata/script/every-card.txtar does not run %s", name)
		}
	}
}
