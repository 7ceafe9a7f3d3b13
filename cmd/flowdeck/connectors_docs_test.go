package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/cards/catalogue"
)

const connectorsFile, connectorsDocFile = "../../docs/connectors.yaml", "../../docs/connectors.md"

const connectorsDocHead = "<!-- UPDATE=1 go test ./cmd/flowdeck -run TestConnectorsDoc makes this file from connectors.yaml. -->\n\n" +
	"# Other connectors\n\n" +
	"What other connectors for Okta offer, and where it is in flowdeck: a card and its inputs, or keys of the step, such as\n" +
	"`result: all`. *Default* is the default in the other connector; flowdeck has the same one unless the last column says\n" +
	"otherwise. [cards.md](cards.md) describes the cards, and `flowdeck cards` finds them by these names too.\n"

// A connector is an entry of docs/connectors.yaml: another product's connector for Okta.
type connector struct {
	Name        string            `yaml:"name"`
	About       string            `yaml:"about"`
	Actions     []connectorAction `yaml:"actions"`
	Connections []struct {
		Connection string `yaml:"connection"`
		Here       string `yaml:"here"`
		Missing    string `yaml:"missing"`
	} `yaml:"connections"`
}

// A connectorAction has a card, a trigger, or a text about what is missing.
type connectorAction struct {
	Action  string           `yaml:"action"`
	Kind    string           `yaml:"kind"` // trigger, data source or provisioning; empty for an action
	Card    string           `yaml:"card"`
	Trigger string           `yaml:"trigger"` // as in a flow: event: okta.event_hook
	About   string           `yaml:"about"`   // of a trigger
	Missing string           `yaml:"missing"`
	Inputs  []connectorInput `yaml:"inputs"`
}

type connectorInput struct {
	Input   string `yaml:"input"`
	Here    string `yaml:"here"` // an input of the card, or YAML with keys of the step
	Default string `yaml:"default"`
	Why     string `yaml:"why"`
}

func connectors(t *testing.T) []connector {
	t.Helper()
	file, err := os.Open(connectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var doc struct {
		Connectors []connector `yaml:"connectors"`
	}
	decoder := yaml.NewDecoder(file)
	decoder.KnownFields(true)
	if err := decoder.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	return doc.Connectors
}

func TestEveryActionOfAConnectorHasACardAndEveryInputACounterpart(t *testing.T) {
	t.Parallel()
	entries := map[string]catalogue.Entry{}
	for _, e := range catalogue.Of(cards.All()) {
		entries[e.Name] = e
	}
	for _, e := range catalogue.Triggers(cards.Triggers()) {
		entries[e.Trigger+": "+e.Name] = e
	}
	actions := 0
	for _, c := range connectors(t) {
		for _, a := range c.Actions {
			place := c.Name + ", " + a.Action
			if (a.Card+a.Trigger == "") == (a.Missing == "") || a.Card != "" && a.Trigger != "" {
				t.Errorf("%s: give the card, the trigger, or what is missing", place)
			}
			if e, ok := entries[a.Trigger]; a.Trigger != "" && (!ok || !strings.EqualFold(e.Title, a.Action)) {
				t.Errorf("%s: there is no trigger %s with this title", place, a.Trigger)
			}
			if a.Card == "" {
				if a.Kind == "" {
					t.Errorf("%s: no card", place)
				}
				continue
			}
			actions++
			e, ok := entries[a.Card]
			if !ok {
				t.Errorf("%s: the card %s does not exist", place, a.Card)
				continue
			}
			name, _, _ := strings.Cut(a.Action, ",")
			settings := a.Kind == "provisioning" // and not names of cards: "Create" would find any card that creates
			if !settings && !slices.ContainsFunc(append([]string{e.Title}, e.Also...), func(title string) bool { return strings.EqualFold(title, name) }) {
				t.Errorf("%s: %s has the titles %q: add it to Also", place, e.Name, append([]string{e.Title}, e.Also...))
			}
			for _, in := range a.Inputs {
				if fault := in.fault(e); fault != "" {
					t.Errorf("%s, %s: %s", place, in.Input, fault)
				}
			}
		}
	}
	// The documents of the connectors describe 45 actions of Prismatic, 5 and a data source of Nintex, and 5 of Okta.
	if actions < 56 {
		t.Errorf("only %d actions are in %s", actions, connectorsFile)
	}
}

// fault says what is wrong about the input's counterpart in the card, or "".
func (in connectorInput) fault(e catalogue.Entry) string {
	if strings.Contains(in.Here, ": ") {
		var keys map[string]any
		if err := yaml.Unmarshal([]byte(in.Here), &keys); err != nil {
			return err.Error()
		}
		there := keywords()
		for key := range keys {
			if !there[key] {
				return "a step has no key " + key
			}
		}
		return ""
	}
	i := slices.IndexFunc(e.Inputs, func(f catalogue.Field) bool { return f.Name == in.Here })
	if i < 0 {
		return fmt.Sprintf("%s has no input %q", e.Name, in.Here)
	}
	ours := e.Inputs[i].Default
	// An option that is not sent is false to Okta.
	if in.Default == "" || in.Default == ours || in.Default == "false" && ours == "" || in.Why != "" {
		return ""
	}
	return fmt.Sprintf("the default is %q in the other connector and %q here: explain it with why", in.Default, ours)
}

func connectorsDoc(all []connector) string {
	var b strings.Builder
	b.WriteString(connectorsDocHead)
	for _, c := range all {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| action | card | its input | here | default | |\n|---|---|---|---|---|---|\n", c.Name, c.About)
		for _, a := range c.Actions {
			name := a.Action
			if a.Kind != "" {
				name += " (" + a.Kind + ")"
			}
			if a.Trigger != "" {
				fmt.Fprintf(&b, "| %s | [`%s`](cards.md#triggers) | | | | %s |\n", name, a.Trigger, a.About)
				continue
			}
			if a.Card == "" {
				fmt.Fprintf(&b, "| %s | not available yet | | | | %s |\n", name, a.Missing)
				continue
			}
			// The first input shares the row of the action.
			start := fmt.Sprintf("%s | [`%s`](cards.md#%s)", name, a.Card, anchor(a.Card))
			if len(a.Inputs) == 0 {
				fmt.Fprintf(&b, "| %s | | | | |\n", start)
			}
			for _, in := range a.Inputs {
				fmt.Fprintf(&b, "| %s | %s | `%s` | %s | %s |\n", start, in.Input, in.Here, in.Default, in.Why)
				start = " | "
			}
		}
		b.WriteString("\n| connection | here |\n|---|---|\n")
		for _, conn := range c.Connections {
			here := conn.Here
			if conn.Missing != "" {
				here = "not available yet: " + conn.Missing
			}
			fmt.Fprintf(&b, "| %s | %s |\n", conn.Connection, here)
		}
	}
	return b.String()
}

func TestConnectorsDocIsFresh(t *testing.T) {
	t.Parallel()
	want := connectorsDoc(connectors(t))
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(connectorsDocFile, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(connectorsDocFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got), make generate rewrites it:\n%s", diff)
	}
}
