// Flowdeck runs Okta automation written as code.
//
// This package connects all others: it reads the command line, calls package host, and prints the results. Each file
// has one command, or one thing that several commands use.
package main

import (
	"context"
	"errors"
	"io"
	"log"
	"os"
	"slices"
	_ "time/tzdata" // for format_date and schedules on machines without a time zone database

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/ballast"
	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/veil"
)

func main() {
	defer ballast.Keep()
	_ = os.Unsetenv("TEA_TRACE") // bubbletea would log every typed key to the file that this variable names
	hidden := veil.New()
	log.SetOutput(io.Discard) // Go's HTTP client logs what a server sends unasked, and the headers of requests if GODEBUG asks for it
	os.Exit(run(context.Background(), env{
		args: os.Args[1:], in: os.Stdin, out: os.Stdout, err: os.Stderr, lookup: os.LookupEnv, veil: hidden,
	}))
}

// env has the input, the output and the environment of a command.
type env struct {
	args     []string
	in       io.Reader
	out, err io.Writer // the result of the command, and everything else; both for people, through a terminal.Door
	data     io.Writer // the result for programs: out without its door, unless it is a terminal
	screen   io.Writer // err without its door and veil, for forms and bars
	lookup   func(string) (string, bool)
	clock    clock.Clock // for waits before a run starts; nil: the system clock
	veil     *veil.Veil  // hides secrets in output: run applies it to err, commands apply it to values that they print
}

// run runs one command, and returns its exit code. main sets the fields of e; run sets data and screen.
func run(ctx context.Context, e env) int {
	out := &output{Writer: e.out}
	e.screen, e.err = e.err, e.veil.Over(terminal.Door(e.err))
	e.data, e.out = out, terminal.Door(out)
	if terminal.Is(out) {
		e.data = e.out
	}
	root := rootCommand(e)
	root.SetArgs(e.args)
	root.SetIn(e.in)
	root.SetOut(e.out)
	root.SetErr(e.err)
	if len(e.args) > 0 && (e.args[0] == cobra.ShellCompRequestCmd || e.args[0] == cobra.ShellCompNoDescRequestCmd) {
		plainFlags(root)
	}
	ran := false // the command line was parsed without an error
	for _, cmd := range allCommands(root) {
		if do := cmd.RunE; do != nil {
			cmd.RunE = func(cmd *cobra.Command, args []string) error {
				ran = true
				return do(cmd, args)
			}
		}
	}
	cmd, err := swallowed(root, e.args)
	if err == nil {
		cmd, err = root.ExecuteContextC(ctx)
	}
	if err != nil && !ran {
		err = misuse(e, cmd, err)
		if cmd.Name() == "plan" && slices.Contains(e.args, "--detailed-exitcode") {
			err = detailed(err)
		}
		if cmd.Name() == "run" {
			err = unstarted(e, cmd.Flags().Arg(0), runOptions{json: asksForJSON(e.args)}, err)
		}
	}
	if lost := out.lost(); lost != nil && (err == nil || errors.Is(err, out.err)) {
		err = lost
	} else if lost != nil {
		printError(e, lost)
	}
	if err == nil {
		return exitOK
	}
	return printError(e, err)
}

func rootCommand(e env) *cobra.Command {
	root := &cobra.Command{
		Use:   "flowdeck",
		Short: "Okta automation as code",
		Long: `Flowdeck runs Okta automation written as code: flows of cards, in YAML.

A workspace is a folder with flows and a flowdeck.yaml, which describes their connections.
'flowdeck init' writes one that runs at once, on a simulated org.`,
		Example: `  flowdeck init okta-flows
  flowdeck run suspend-idle-members --input group=Contractors
  flowdeck run flows/suspend-idle-members.yaml --input group=Contractors --json
  flowdeck org flows/orgs/acme.yaml`,
		Version:            thisBuild().Version,
		SilenceErrors:      true,
		SilenceUsage:       true,
		DisableSuggestions: true, // misuse makes the suggestions, as hints
		CompletionOptions:  cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetVersionTemplate(thisBuild().String() + "\n")
	for _, group := range []struct {
		title    string
		commands []*cobra.Command
	}{
		{"Run flows:", []*cobra.Command{
			runCommand(e), planCommand(e), resumeCommand(e), retryCommand(e), undoCommand(e), approvalsCommand(e), approveCommand(e), flowsCommand(e), optionsCommand(e),
		}},
		{"Serve a workspace:", []*cobra.Command{serveCommand(e), workerCommand(e), scheduleCommand(e), triggerCommand(e), startsCommand(e), hookCommand(e), tokenCommand(e)}},
		{"Look at runs:", []*cobra.Command{runsCommand(e), resultsCommand(e), logsCommand(e), historyCommand(e), stopCommand(e), pauseCommand(e), setCommand(e), pruneCommand(e)}},
		{"Write flows:", []*cobra.Command{
			initCommand(e), newCommand(e), cardsCommand(e), checkCommand(e), testCommand(e), fmtCommand(e), evalCommand(e), explainCommand(e), graphCommand(e), schemaCommand(e),
		}},
		{"Orgs, connections and tables:", []*cobra.Command{connectionCommand(e), connectCommand(e), disconnectCommand(e), scopesCommand(e), trustCommand(e), orgCommand(e), tableCommand(e)}},
		{"More:", []*cobra.Command{completionCommand(e), manCommand(e), versionCommand(e)}},
	} {
		root.AddGroup(&cobra.Group{ID: group.title, Title: group.title})
		for _, cmd := range group.commands {
			cmd.GroupID = group.title
			root.AddCommand(cmd)
		}
	}
	root.SetHelpCommand(helpCommand())
	root.SetHelpCommandGroupID("More:")
	root.InitDefaultHelpCmd() // otherwise cobra adds it when it runs a command
	root.AddCommand(helpTopics()...)
	fitHelp(root)
	takeOnce(root)
	return root
}
