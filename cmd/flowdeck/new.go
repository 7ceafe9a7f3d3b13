package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/inputs"
	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/inside"
	"github.com/flowdeck/flowdeck/engine/words"
)

func newCommand(e env) *cobra.Command {
	var dir, from string
	cmd := &cobra.Command{
		Use:   "new FLOW",
		Short: "Write a new flow from a template",
		Long: `Write a new flow with the name FLOW from a template: a flow that runs, with comments that explain it, to be changed.
The templates are:

` + strings.Join(templateLines(), "\n") + `

The file is written into the folder that has the flows of the workspace, and a first test of it into the folder tests,
never in place of another file. The flow uses
the connection "okta" of the workspace or, without a connection to Okta of that name, its first one, a simulated one if it
has one.

Without --from it asks for the template. Where nobody can be asked, --from is required.

Exit codes: 0 done, 1 a file could not be written, 2 wrong usage, or the flow exists, 130 interrupted.`,
		Example: `  flowdeck new add-contractors --from stream
  flowdeck run add-contractors --dry-run`,
		SuggestFor: []string{"create", "template"},
		Args:       exactlyOne("FLOW"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error { return writeFlow(cmd.Context(), e, dir, args[0], from) },
	}
	workspaceFlag(cmd, &dir)
	cmd.Flags().StringVar(&from, "from", "", "the `TEMPLATE`: "+words.Or(templateNames()))
	completes(cmd, "from", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var offered []string
		for _, t := range flowTemplates {
			offered = append(offered, described(t.name, t.about))
		}
		return offered, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	})
	return cmd
}

// writeFlow writes the flow called name. dir is the value of -C.
func writeFlow(ctx context.Context, e env, dir, name, from string) error {
	w, err := openWorkspace(e, dir, ".")
	if err != nil {
		return err
	}
	if hint := flow.FlowNameHint(name); hint != "" {
		return usage(hint, "%q is not a valid name of a flow", name)
	}
	if flow.NeedsQuotes(name) {
		return usage("choose a name that is a word, such as "+name+"-users", "%q cannot be the name of a new flow: YAML reads it as a value, not as text", name)
	}
	t, err := whichTemplate(ctx, e, from)
	if err != nil {
		return err
	}
	folder := flowFolder(w)
	conn, others := oktaConnection(w)
	flows, err := t.flows(name, settings{
		schema: schemaOf(w, folder), connection: conn, timezone: w.Timezone != nil,
	})
	if err != nil {
		return err
	}
	var files []newFile
	for _, f := range flows {
		if there := w.Flow(f.name); there != nil {
			return usage("choose another name", "the flow %q exists: %s; nothing was written", f.name, there.Name.Pos.File)
		}
		if other := webhookOf(w, f); other != nil {
			return usage("choose another name", "the webhook %q exists: %s; nothing was written", other.Text, other.Pos)
		}
		files = append(files, newFile{filepath.Join(folder, f.name+".yaml"), f.text})
	}
	test, err := t.test(name)
	if err != nil {
		return err
	}
	files = append(files, newFile{filepath.Join("tests", name+".yaml"), test})
	for _, file := range files {
		if _, err := os.Lstat(filepath.Join(w.Dir, file.path)); err == nil {
			return usage("choose another name", "already exists: %s; nothing was written", filepath.Join(w.Dir, file.path))
		} else if !errors.Is(err, fs.ErrNotExist) {
			return &host.UsageError{Err: inside.Plain(err)}
		}
	}
	if err := writeNew(e, w.Dir, files); err != nil {
		return err
	}
	if len(others) > 0 {
		fmt.Fprintf(e.err, "it uses the connection %q; other connections to Okta: %s\n", conn, strings.Join(others, ", "))
	}
	printNext(e, dir, name)
	return nil
}

// whichTemplate returns the template with a name. If the name is empty, it asks; if questions are not possible, its error lists the
// templates.
func whichTemplate(ctx context.Context, e env, name string) (template, error) {
	i := slices.Index(templateNames(), name)
	switch asked := person(e, false); {
	case i >= 0:
	case name != "":
		return template{}, usage(words.Hint("templates", name, templateNames()), "unknown template %q", name)
	case asked == nil:
		return template{}, usage("templates:\n"+strings.Join(templateLines(), "\n"), "--from is required")
	default:
		ctx, _, stop := interrupts(ctx)
		defer stop()
		var err error
		if i, err = asked.Choose(ctx, "Which template?", func(width int) []string {
			var lines []string
			for _, line := range templateLines() {
				lines = append(lines, terminal.Cut(strings.TrimSpace(line), width))
			}
			return lines
		}); err != nil {
			return template{}, interrupted(err)
		}
		fmt.Fprintf(e.err, "template: %s\n", flowTemplates[i].name)
	}
	return flowTemplates[i], nil
}

// flowFolder returns the folder in a workspace that has most of its flows, and "flows" if it has none.
func flowFolder(w *host.Workspace) string {
	count, most := map[string]int{}, "flows"
	for _, f := range w.Files {
		within, err := filepath.Rel(w.Dir, filepath.FromSlash(f.Name))
		if err != nil {
			continue
		}
		folder := filepath.Dir(within)
		if count[folder]++; count[folder] > count[most] {
			most = folder
		}
	}
	return most
}

// schemaOf returns the path of the schema that editors use for a flow in a folder; empty if the workspace does not have it.
func schemaOf(w *host.Workspace, folder string) string {
	schema := filepath.Join(schemaFolder("."), "flow.json")
	if _, err := os.Stat(filepath.Join(w.Dir, schema)); err != nil {
		return ""
	}
	up, err := filepath.Rel(folder, schema)
	if err != nil {
		return ""
	}
	return path.Clean(filepath.ToSlash(up))
}

// webhookOf returns the webhook of the workspace that has the path of one of a new flow; nil if none has it.
func webhookOf(w *host.Workspace, f newFlow) *flow.Node {
	file, _ := flow.Parse("", f.text)
	for _, mine := range webhooks(file.Flows) {
		for _, other := range webhooks(w.Flows()) {
			if other.Text == mine.Text {
				return other
			}
		}
	}
	return nil
}

// webhooks returns the paths of the webhooks of flows.
func webhooks(flows []*flow.Flow) (paths []*flow.Node) {
	for _, f := range flows {
		for _, t := range f.Triggers {
			if t.Kind == "webhook" && t.Value != nil {
				paths = append(paths, t.Value)
			}
		}
	}
	return paths
}

// oktaConnection returns the connection to Okta that a new flow must name, and the others that it could use. It is empty if a flow finds
// its connection without a name, or if the workspace has none.
func oktaConnection(w *host.Workspace) (name string, others []string) {
	if c, ok := w.Connection("okta"); ok && (c.Type == nil || c.Type.Text == "okta") {
		return "", nil
	}
	list, _ := w.List()
	for _, c := range list {
		if c.Type == "okta" {
			others = append(others, c.Name)
			if name == "" && c.Simulated {
				name = c.Name
			}
		}
	}
	if len(others) == 0 {
		return "", nil
	}
	name = cmp.Or(name, others[0])
	return name, slices.DeleteFunc(others, func(other string) bool { return other == name })
}

// printNext prints the commands to try on a new flow.
func printNext(e env, dir, name string) {
	in := ""
	if dir != "" {
		in = " -C " + terminal.Quoted(dir)
	}
	steps := []nextStep{{"flowdeck check" + in, "report the problems of flows"}}
	if _, _, plan, err := planFor(env{err: io.Discard, lookup: e.lookup, veil: e.veil}, dir, name); err == nil {
		run := "flowdeck run " + name + in
		for _, input := range plan.Inputs {
			if input.Required {
				run += " --input " + inputs.Placeholder(input)
			}
		}
		test := "flowdeck test " + terminal.Quoted(filepath.Join(dir, "tests", name+".yaml"))
		steps = []nextStep{{run + " --dry-run", "list what it would change"}, {run, "run it"}, steps[0], {test, "run its first test, on an org of its own"}}
	}
	fmt.Fprint(e.err, "\nNext steps:\n")
	writeSteps(e.err, terminal.Limit(e.err), steps)
}

// nextStep is a command to try, and what it does.
type nextStep struct{ command, does string }

// writeSteps prints commands in a column, next to what each does; if a line would be wider than width, what it does is on a line of its own below,
// so that a command can be copied. 0 is no limit.
func writeSteps(w io.Writer, width int, steps []nextStep) {
	var beside, below [][]terminal.Cell
	commands, about := 0, 0
	for _, s := range steps {
		beside = append(beside, []terminal.Cell{{Text: s.command}, {Text: s.does}})
		below = append(below, []terminal.Cell{{Text: s.command}}, []terminal.Cell{{Text: terminal.Gap + s.does}})
		commands, about = max(commands, utf8.RuneCountInString(s.command)), max(about, utf8.RuneCountInString(s.does))
	}
	rows := beside
	if width > 0 && commands+about+2*len(terminal.Gap) > width {
		rows = below
	}
	terminal.Table{Indent: len(terminal.Gap)}.Write(w, rows)
}
