package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cards/catalogue"
	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/words"
)

func showCardCommand(e env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Show a card or a trigger in full: inputs, output, effect, undo, scopes, an example",
		Long: `Show a card in full: its inputs with types and defaults ("= VALUE"), its output, its effect on the org and whether
that can be undone, the OAuth scopes that it needs, and a step to copy into a flow.

For a trigger it shows the inputs under "with", the event types, and the fields of the root "trigger" in addition to kind. If an event and a poll have the
same name, it shows both.

--json prints the card's object of 'flowdeck cards --json'; if two have the name, that of the event.`,
		Example: `  flowdeck cards show okta.user.suspend
  flowdeck cards show okta.user.create --json | jq .input.properties`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("flowdeck cards lists all cards", "show takes one NAME, not %d", len(args))
			}
			return nil
		},
		ValidArgsFunction: completeCard,
		RunE: func(_ *cobra.Command, args []string) error {
			all := everyCard()
			found := slices.DeleteFunc(slices.Clone(all), func(c catalogue.Entry) bool { return c.Name != args[0] })
			switch {
			case len(found) == 0:
				return unknownCard(all, args[0])
			case asJSON:
				return printJSON(e.data, found[0])
			}
			for i, c := range found {
				if i > 0 {
					fmt.Fprintln(e.out)
				}
				if err := showCard(e, c); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// completeCard completes the NAME of a card.
func completeCard(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var offered []string
	if len(args) == 0 {
		for _, c := range everyCard() {
			offered = append(offered, cobra.CompletionWithDesc(c.Name, c.Summary))
		}
	}
	return offered, cobra.ShellCompDirectiveNoFileComp
}

// unknownCard returns the error for an unknown card. It suggests a card with a similar name, or else the first result
// of a search, as for "suspend".
func unknownCard(all []catalogue.Entry, name string) error {
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = c.Name
	}
	hint := "flowdeck cards lists all cards"
	near, ok := words.Nearest(name, names)
	if found := catalogue.Search(all, name); !ok && len(found) > 0 {
		near, ok = found[0].Name, true
	}
	if ok {
		hint = fmt.Sprintf("did you mean %q? %s", near, hint)
	}
	return usage(hint, "there is no card %q", name)
}

// showCard prints the complete description of a card.
func showCard(e env, c catalogue.Entry) error {
	w, s, width := &bytes.Buffer{}, terminal.NewStyles(e.lookup, e.out), terminal.Width(e.out)
	t := terminal.Table{Width: width, Indent: len(terminal.Gap)}
	fmt.Fprintf(w, "%s  %s\n", s.Heading.Render(c.Name), s.Dim.Render(c.Title))
	for _, line := range terminal.Wrap(c.Summary, width) {
		fmt.Fprintln(w, line)
	}
	fmt.Fprintln(w)
	var facts [][]terminal.Cell
	for _, fact := range []struct {
		name, text string
		style      terminal.Style
	}{
		{"effect", c.EffectInWords(), effectStyle(s, c)}, {"types", strings.Join(c.Types, ", "), s.Plain}, {"undo", c.UndoInWords(), s.Plain}, {"scopes", c.ScopesInWords(), s.Plain},
		{"list", c.ListInWords(), s.Plain}, {"also", strings.Join(c.Also, ", "), s.Plain},
	} {
		if fact.text != "" {
			facts = append(facts, []terminal.Cell{{Text: fact.name, Style: s.Dim}, {Text: fact.text, Style: fact.style}})
		}
	}
	t.Write(w, facts)

	if len(c.Inputs) > 0 {
		fmt.Fprintf(w, "\n%s\n", s.Heading.Render("Inputs"))
		t.Write(w, inputRows(s, c.Inputs))
	}
	of := "Output"
	switch {
	case c.List:
		of += ", of each record"
	case c.Trigger != "":
		of = "The root trigger"
	}
	fmt.Fprintf(w, "\n%s\n", s.Heading.Render(of))
	t.Write(w, outputRows(s, c.Outputs))
	fmt.Fprintf(w, "\n%s\n", s.Heading.Render("Example"))
	for line := range strings.Lines(c.Step() + "\n") {
		fmt.Fprint(w, "  "+line)
	}
	_, err := w.WriteTo(e.out)
	return err
}

func inputRows(s terminal.Styles, fields []catalogue.Field) [][]terminal.Cell {
	rows := make([][]terminal.Cell, len(fields))
	for i, f := range fields {
		must := terminal.Cell{Text: "", Style: s.Plain}
		switch {
		case f.Required:
			must = terminal.Cell{Text: "required", Style: s.Warning}
		case f.Default != "":
			must.Text = "= " + f.Default
		}
		rows[i] = []terminal.Cell{{Text: indented(f), Style: s.Heading}, {Text: f.Type, Style: s.Plain}, must, {Text: f.About, Style: s.Plain}}
	}
	return rows
}

func outputRows(s terminal.Styles, fields []catalogue.Field) [][]terminal.Cell {
	rows := make([][]terminal.Cell, len(fields))
	for i, f := range fields {
		rows[i] = []terminal.Cell{{Text: indented(f), Style: s.Heading}, {Text: f.TypeOrNull(), Style: s.Plain}, {Text: f.About, Style: s.Plain}}
	}
	return rows
}

// indented returns the last part of a field's name, indented once for each field around it.
func indented(f catalogue.Field) string {
	parts := strings.Split(f.Name, ".")
	return strings.Repeat("  ", len(parts)-1) + parts[len(parts)-1]
}
