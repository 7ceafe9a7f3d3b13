package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/cards/catalogue"
	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
)

func cardsCommand(e env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "cards [SEARCH]",
		Short: "List the cards, or find one by what it does",
		Long: `List the cards that a flow can use, or those that SEARCH finds, best first.

SEARCH is words in any order, as you would say it, or the name that another connector has for the card:
"add a user to a group", "custom API action". All of them must be found in the card's names, its summary
or its inputs. If none is found, the exit code is 1, and what is nearest is named.

The second column is what a card does to the org:
  reads     it changes nothing
  writes    it changes something, and doing it twice is as doing it once
  creates   a second time it makes a second thing, sends a second mail, or fails
  destroys  it takes away what cannot be given back whole
  any       its inputs decide which of these

--json prints {"cards": [...]}: of each name, title, also (other names for it), summary, resource, effect (reads,
idempotent, creates, destroys), effect_by_input, undo (extent, card, rest; or null), scopes, list, key, example,
and the JSON Schemas input and output. A key that is there stays.`,
		Example: `  flowdeck cards
  flowdeck cards add a user to a group
  flowdeck cards show okta.user.suspend
  flowdeck cards --json | jq -r '.cards[] | select(.effect != "reads") | .name'`,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(_ *cobra.Command, args []string) error {
			return listCards(e, strings.Join(args, " "), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	cmd.AddCommand(showCardCommand(e))
	return cmd
}

func listCards(e env, query string, asJSON bool) error {
	all := catalogue.Of(cards.All())
	found := catalogue.Search(all, query)
	switch {
	case asJSON:
		if err := printJSON(e.out, map[string]any{"cards": found}); err != nil {
			return err
		}
	case len(found) > 0:
		printCards(e, found, query == "")
	}
	if len(found) == 0 {
		return noCard(all, query)
	}
	return nil
}

// printCards writes a row for each card. Of the whole catalogue, each has one line, and a blank one stands between
// those of two resources; what was searched for is told whole.
func printCards(e env, found []catalogue.Entry, whole bool) {
	s, width := terminal.NewStyles(e.lookup, e.out), terminal.Limit(e.out)
	var rows [][]terminal.Cell
	for i, c := range found {
		if whole && i > 0 && c.Resource != found[i-1].Resource {
			rows = append(rows, nil)
		}
		rows = append(rows, []terminal.Cell{{Text: c.Name, Style: s.Heading}, {Text: c.Mark(), Style: effectStyle(s, c)}, {Text: c.Summary, Style: s.Plain}})
	}
	terminal.Table{Width: width, Indent: len(terminal.Gap), OneLine: whole}.Write(e.out, rows)
	if width > 0 {
		fmt.Fprintf(e.out, "\n%s\n", s.Dim.Render("flowdeck cards show NAME  says all of one: inputs, answer, scopes, an example"))
	}
}

// effectStyle is the style of a card's effect.
func effectStyle(s terminal.Styles, c catalogue.Entry) terminal.Style {
	switch c.Effect {
	case "reads":
		return s.OK
	case "destroys":
		return s.Failed
	}
	return s.Warning
}

// noCard says what is nearest to a search that found nothing.
func noCard(all []catalogue.Entry, query string) error {
	hint := "flowdeck cards lists them all"
	spelt, some := catalogue.Near(all, query)
	switch {
	case spelt != "":
		hint = fmt.Sprintf("did you mean %q? %s", spelt, hint)
	case len(some) > 0:
		names := make([]string, len(some))
		for i, c := range some {
			names[i] = c.Name
		}
		hint = fmt.Sprintf("nearest: %s; %s", strings.Join(names, ", "), hint)
	}
	return &exit{code: exitFailed, err: fmt.Errorf("no card is found by %q", query), hint: hint}
}
