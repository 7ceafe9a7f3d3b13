package main

import (
	"fmt"
	"slices"
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
		Short: "List the cards and triggers, or find one by what it does",
		Long: `List the cards and triggers that a flow can use, or those that match SEARCH, the best match first.

SEARCH is one or more words in any order, or the name of the card in another connector: "add a user to a group",
"custom API action". Each word must occur in the card's names, its summary or its inputs. If no card matches, the exit
code is 1, and the error names similar cards, if there are any.

The second column is the effect of a card on the org:
  reads     changes nothing
  writes    changes something; the second time it changes nothing more
  creates   the second time it creates another, sends another mail, or fails
  destroys  removes something that cannot be restored in full
  any       depends on the inputs
A trigger starts a flow for each event or record:
  event     the service sends it
  poll      the service is asked for new ones

--json prints {"cards": [...], "triggers": [...]}. Each card has name, title, also (other names), summary, resource, effect (reads,
idempotent, creates, destroys), effect_by_input, undo (extent, card, rest, needs_before; or null), no_connection, scopes,
register_scopes (of an event: those that register: true needs, too), list, key, example, trigger (event or poll; "" for a
card), types (of the events of a trigger), and the JSON Schemas input and output. Keys are only ever added.`,
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
	all := everyCard()
	found := catalogue.Search(all, query)
	switch {
	case asJSON:
		some := map[string][]catalogue.Entry{"cards": {}, "triggers": {}}
		for _, c := range found {
			key := "cards"
			if c.Trigger != "" {
				key = "triggers"
			}
			some[key] = append(some[key], c)
		}
		if err := printJSON(e.data, some); err != nil {
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

// everyCard returns the entries of all cards, and then of all triggers.
func everyCard() []catalogue.Entry {
	return slices.Concat(catalogue.Of(cards.All()), catalogue.Triggers(cards.Triggers()))
}

// printCards writes a row for each card. For the whole catalogue, each card has one line, and a blank line separates
// resources. For a search, each card has as many lines as it needs.
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
		fmt.Fprintf(e.out, "\n%s\n", s.Dim.Render("flowdeck cards show NAME  shows one in full: inputs, output, scopes, an example"))
	}
}

// effectStyle returns the style for a card's effect.
func effectStyle(s terminal.Styles, c catalogue.Entry) terminal.Style {
	switch c.Effect {
	case "reads":
		return s.OK
	case "destroys":
		return s.Failed
	}
	return s.Warning
}

// noCard returns the error of a search without results. It suggests the nearest cards.
func noCard(all []catalogue.Entry, query string) error {
	hint := "flowdeck cards lists all cards"
	near, some := catalogue.Near(all, query)
	switch {
	case near != "":
		hint = fmt.Sprintf("did you mean %q? %s", near, hint)
	case len(some) > 0:
		names := make([]string, len(some))
		for i, c := range some {
			names[i] = c.Name
		}
		hint = fmt.Sprintf("nearest: %s; %s", strings.Join(names, ", "), hint)
	}
	return &exit{code: exitFailed, err: fmt.Errorf("no card matches %q", query), hint: hint}
}
