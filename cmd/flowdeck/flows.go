package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cards/catalogue"
	"github.com/flowdeck/flowdeck/cmd/flowdeck/inputs"
	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
)

func flowsCommand(e env) *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "flows [FLOW]",
		Short: "List the flows of a workspace, or show the inputs of one",
		Long: `List the flows of the workspace of this folder, or of -C, with their descriptions. A helper, which other flows run, is
marked with their names. With FLOW, show its inputs with types and defaults ("= VALUE").

--json prints {"flows": [{"name", "about", "file", "called_by"}]}; "called_by" has the names of the flows that run it. With
FLOW it prints the object of that flow, which also has "inputs": of each the name, about, required, default, secret, options (whether 'flowdeck options' lists its values) and
the JSON Schema.

Exit codes: 0 done, 2 wrong usage, 3 problems in the flow, or in every flow.`,
		Example: `  flowdeck flows
  flowdeck flows suspend-idle-members
  flowdeck flows -C flows --json | jq -r '.flows[].name'`,
		SuggestFor:        []string{"list", "ls", "show"},
		Args:              atMostOne("FLOW"),
		ValidArgsFunction: completeFlow(e, &dir),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return listFlows(e, dir, asJSON)
			}
			w, f, plan, err := planFor(e, dir, args[0])
			switch {
			case err != nil:
				return err
			case asJSON:
				return printJSON(e.data, describeWhole(f, w.Callers(), plan))
			}
			return showFlow(e, dir, plan)
		},
	}
	workspaceFlag(cmd, &dir)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object on standard output, and nothing else")
	return cmd
}

// flowJSON is a flow in the output of --json.
type flowJSON struct {
	Name   string      `json:"name"`
	About  string      `json:"about"`
	File   string      `json:"file"`
	By     []string    `json:"called_by"`       // sorted; never nil
	Inputs []inputJSON `json:"inputs,omitzero"` // left out in a list of flows
}

type inputJSON struct {
	Name     string       `json:"name"`
	About    string       `json:"about"`
	Required bool         `json:"required"`
	Default  engine.Value `json:"default"`
	Secret   bool         `json:"secret"`
	Options  bool         `json:"options"`
	Schema   any          `json:"schema"`
}

// describe returns a flow. callers are those of all flows of its workspace.
func describe(f *flow.Flow, callers map[string][]string) flowJSON {
	return flowJSON{Name: f.Name.Text, About: aboutOf(f), File: f.File.Name, By: append([]string{}, callers[f.Name.Text]...)}
}

func describeWhole(f *flow.Flow, callers map[string][]string, p *engine.Plan) flowJSON {
	d := describe(f, callers)
	d.Inputs = []inputJSON{}
	for _, in := range p.Inputs {
		d.Inputs = append(d.Inputs, inputJSON{in.Name, in.About, in.Required, in.Default, in.Secret, in.Options != nil, shownSchema(in)})
	}
	return d
}

func listFlows(e env, dir string, asJSON bool) error {
	w, err := openWorkspace(e, dir, ".")
	if err != nil {
		return err
	}
	flows := w.Named()
	if len(flows) == 0 && len(w.Problems) > 0 {
		return w.Refuse(w.Problems)
	}
	callers := w.Callers()
	if asJSON {
		all := []flowJSON{}
		for _, f := range flows {
			all = append(all, describe(f, callers))
		}
		return printJSON(e.data, map[string]any{"flows": all})
	}
	s, width := terminal.NewStyles(e.lookup, e.out), terminal.Limit(e.out)
	var rows [][]terminal.Cell
	for _, f := range flows {
		about := aboutOf(f)
		if by := callers[f.Name.Text]; len(by) > 0 {
			about = strings.TrimSpace(about + " (helper of " + strings.Join(by, ", ") + ")")
		}
		rows = append(rows, []terminal.Cell{{Text: f.Name.Text, Style: s.Heading}, {Text: about, Style: s.Plain}})
	}
	terminal.Table{Width: width, Indent: len(terminal.Gap)}.Write(e.out, rows)
	if width > 0 {
		fmt.Fprintf(e.out, "\n%s\n", s.Dim.Render("flowdeck flows FLOW  shows the inputs of one"))
	}
	return nil
}

// planFor finds a flow and checks it.
func planFor(e env, dir, arg string) (*host.Workspace, *flow.Flow, *engine.Plan, error) {
	w, f, err := openFlow(e, dir, arg)
	if err != nil {
		return nil, nil, nil, err
	}
	checked, err := w.Check(f, nil)
	if err != nil {
		return nil, nil, nil, err
	}
	terminal.Problems(e.err, e.lookup, checked.Warnings, w.Source)
	return w, f, checked.Plan, nil
}

// showFlow prints the inputs of a flow. dir is the value of -C.
func showFlow(e env, dir string, p *engine.Plan) error {
	w, s, width := &bytes.Buffer{}, terminal.NewStyles(e.lookup, e.out), terminal.Width(e.out)
	fmt.Fprintln(w, s.Heading.Render(p.Flow))
	if p.About != "" {
		fmt.Fprintln(w, strings.Join(terminal.Wrap(p.About, width), "\n"))
	}
	run := "flowdeck run " + p.Flow
	if dir != "" {
		run += " -C " + dir
	}
	if len(p.Inputs) > 0 {
		var fields []catalogue.Field
		for _, in := range p.Inputs {
			fields = append(fields, fieldOf(in))
			if in.Required {
				run += " --input " + inputs.Placeholder(in)
			}
		}
		fmt.Fprintf(w, "\n%s\n", s.Heading.Render("Inputs"))
		terminal.Table{Width: width, Indent: len(terminal.Gap)}.Write(w, inputRows(s, fields))
	}
	fmt.Fprintf(w, "\n%s\n  %s\n", s.Heading.Render("Run it"), run)
	_, err := w.WriteTo(e.out)
	return err
}

// shownSchema returns the schema of an input. For a secret input it leaves out the values.
func shownSchema(in engine.Input) *jsonschema.Schema {
	if !in.Secret || in.Schema == nil {
		return in.Schema
	}
	shown := *in.Schema
	shown.Enum, shown.Const, shown.Examples, shown.Pattern = nil, nil, nil, ""
	return &shown
}

// fieldOf returns an input of a flow in the form of a card's field.
func fieldOf(in engine.Input) catalogue.Field {
	f := catalogue.Described(shownSchema(in))
	f.Name, f.Type, f.Required = in.Name, f.TypeOrNull(), in.Required
	if len(in.Choices()) > 0 {
		f.Type = "choice"
	}
	if !in.Required {
		f.Default = engine.Words(in.Default)
	}
	about := []string{in.About, strings.TrimPrefix(strings.TrimPrefix(f.About, in.About), "; ")}
	if in.Options != nil {
		about = append(about, "flowdeck options lists the values")
	}
	if in.Secret {
		about = append(about, "secret")
	}
	f.About = strings.Join(slices.DeleteFunc(about, func(part string) bool { return part == "" }), "; ")
	return f
}

// helpWithFlow makes `COMMAND FLOW --help` print the inputs of the flow. If the flow does not exist, the usual help
// is printed.
func helpWithFlow(cmd *cobra.Command, e env, dir *string) {
	help := cmd.HelpFunc()
	cmd.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if named := cmd.Flags().Args(); len(named) == 1 {
			if _, _, plan, err := planFor(env{err: io.Discard, lookup: e.lookup}, *dir, named[0]); err == nil && showFlow(e, *dir, plan) == nil {
				fmt.Fprintf(e.out, "\nSee '%s --help' for its flags.\n", cmd.CommandPath())
				return
			}
		}
		help(cmd, args)
	})
}
