package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/words"
)

func completionCommand(e env) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print the script that completes commands, flows and inputs in a shell",
		Long: `Print the script by which a shell completes the commands and flags of flowdeck, and the flows, inputs and connections
of the workspace. SHELL is bash, zsh, fish or powershell. To install it:

bash, with the package bash-completion:
  mkdir -p ~/.local/share/bash-completion/completions
  flowdeck completion bash > ~/.local/share/bash-completion/completions/flowdeck

zsh, with 'autoload -U compinit; compinit' in ~/.zshrc:
  flowdeck completion zsh > "${fpath[1]}/_flowdeck"

fish:
  flowdeck completion fish > ~/.config/fish/completions/flowdeck.fish

PowerShell:
  flowdeck completion powershell >> $PROFILE

Then start a new shell.`,
		Example: `  source <(flowdeck completion bash)
  source <(flowdeck completion zsh)
  flowdeck completion fish | source
  flowdeck completion powershell | Out-String | Invoke-Expression`,
		Args:      exactlyOne("SHELL"),
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			root, out := cmd.Root(), e.data
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(out)
			}
			return usage(words.Hint("shells", args[0], shells), "there are no completions for %q", args[0])
		},
	}
}

// plainFlags removes the backquotes from the descriptions of flags. In help they mark the names of values; a
// completion would show them.
func plainFlags(root *cobra.Command) {
	for _, cmd := range allCommands(root) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) { f.Usage = strings.ReplaceAll(f.Usage, "`", "") })
	}
}

// completes sets the completion of a flag's value. It panics if the flag does not exist, which every test would show.
func completes(cmd *cobra.Command, flag string, values cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, values); err != nil {
		panic(err)
	}
}

// completeInput completes NAME=VALUE for the inputs of the flow on the command line: first the names of inputs that
// are not given yet, then the values, if there are few.
func completeInput(e env, dir *string, given *[]string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		plan := plannedFor(e, *dir, args)
		if plan == nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		name, _, valued := strings.Cut(typed, "=")
		var offered []string
		for _, in := range plan.Inputs {
			switch {
			case valued && in.Name == name:
				for _, value := range valuesOf(in) {
					offered = append(offered, in.Name+"="+value)
				}
			case !valued && !slices.ContainsFunc(*given, func(g string) bool { return strings.HasPrefix(g, in.Name+"=") }):
				offered = append(offered, described(in.Name+"=", in.About))
			}
		}
		if !valued {
			return offered, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
		}
		return offered, cobra.ShellCompDirectiveNoFileComp
	}
}

// plannedFor returns the plan of the flow in a command's arguments; nil if the flow does not exist or has problems.
func plannedFor(e env, dir string, args []string) *engine.Plan {
	if len(args) == 0 {
		return nil
	}
	e.err = io.Discard // a warning would appear in the middle of the command line
	_, checked, err := checkFlow(e, dir, args[0], nil)
	if err != nil {
		return nil
	}
	return checked.Plan
}

// valuesOf returns the values of an enum; true and false for a boolean; otherwise the default of the input, if any;
// without those that no completion can have.
func valuesOf(in engine.Input) []string {
	var values []any
	switch {
	case len(in.Choices()) > 0:
		values = in.Choices()
	case in.Schema != nil && in.Schema.Type == "boolean":
		values = []any{true, false}
	case in.Default != nil:
		values = []any{in.Default}
	}
	var texts []string
	for _, v := range values {
		if text := fmt.Sprint(v); !strings.ContainsAny(text, "\t\n") { // cobra would cut it there: another value
			texts = append(texts, text)
		}
	}
	return texts
}

// described returns a completion with a description. A shell shows it on one line, and cobra would cut it at a line break.
func described(name, about string) cobra.Completion {
	return cobra.CompletionWithDesc(name, words.Folded(about))
}

// completeChoice completes SERVICE=NAME with the connections of the workspace.
func completeChoice(e env, dir *string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		flow := ""
		if len(args) > 0 {
			flow = args[0]
		}
		w, err := openWorkspaceFor(e, *dir, flow)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var offered []string
		for _, c := range w.Connections {
			if c.Type != nil {
				offered = append(offered, c.Type.Text+"="+c.Name.Text)
			}
		}
		return offered, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeFlow completes the FLOW of a command with the names in the workspace, and with files.
func completeFlow(e env, dir *string) cobra.CompletionFunc {
	flows := completeFlows(e, dir)
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return flows(cmd, args, typed)
	}
}

// completeFlows completes any number of FLOWs.
func completeFlows(e env, dir *string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		w, err := openWorkspace(e, *dir, ".")
		if err != nil {
			return nil, cobra.ShellCompDirectiveDefault
		}
		var offered []string
		for _, f := range w.Named() {
			if !slices.Contains(args, f.Name.Text) {
				offered = append(offered, described(f.Name.Text, aboutOf(f)))
			}
		}
		return offered, cobra.ShellCompDirectiveDefault
	}
}

// completeOption completes the FLOW and the INPUT of `flowdeck options`: inputs whose values it lists.
func completeOption(e env, dir *string) cobra.CompletionFunc {
	flows := completeFlow(e, dir)
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) != 1 {
			return flows(cmd, args, typed)
		}
		var offered []string
		if plan := plannedFor(e, *dir, args); plan != nil {
			for _, in := range plan.Inputs {
				if in.Options != nil || len(in.Choices()) > 0 {
					offered = append(offered, described(in.Name, in.About))
				}
			}
		}
		return offered, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeConnection completes the NAME of a command with the connections of the workspace.
func completeConnection(e env, dir *string) cobra.CompletionFunc {
	names := completeNames(e, dir)
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return names(cmd, args, typed)
	}
}

// completeNames completes the value of a flag with the connections of the workspace.
func completeNames(e env, dir *string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		w, err := openWorkspace(e, *dir, ".")
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return w.ConnectionNames(), cobra.ShellCompDirectiveNoFileComp
	}
}
