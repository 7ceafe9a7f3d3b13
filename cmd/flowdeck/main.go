// Flowdeck runs Okta automation written as code.
//
// This package wires everything: it reads the command line, finds the workspace, opens connections, and
// prints. One file is one command, or one thing that commands share.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	_ "time/tzdata" // format_date and schedules name zones, which a bare machine may not know

	"github.com/spf13/cobra"
)

func main() {
	os.Exit(run(context.Background(), env{
		args: os.Args[1:], in: os.Stdin, out: os.Stdout, err: os.Stderr, lookup: os.LookupEnv,
	}))
}

// env is what a command sees of the world around it.
type env struct {
	args     []string
	in       io.Reader
	out, err io.Writer // what was asked for, and everything that is said besides
	lookup   func(string) (string, bool)
}

// The exit codes, as `flowdeck help` and the docs list them.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitProblems    = 3
	exitConnection  = 4
	exitWithErrors  = 6
	exitInterrupted = 130
)

// exit is an error that has been told, or still has to be, with the code to end with.
type exit struct {
	code int
	err  error // nil: it has been told
	hint string
}

func (e *exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

// run runs one command and gives its exit code. It is the only place that prints an error.
func run(ctx context.Context, e env) int {
	cmd := rootCommand(e)
	cmd.SetArgs(e.args)
	cmd.SetIn(e.in)
	cmd.SetOut(e.out)
	cmd.SetErr(e.err)
	err := cmd.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	return printError(e, err)
}

// printError prints an error, and gives the code to end with.
func printError(e env, err error) int {
	if found := (*problemsError)(nil); errors.As(err, &found) {
		found.problems.Print(e.err, found.source)
		return exitProblems
	}
	told := (*exit)(nil)
	if !errors.As(err, &told) { // cobra's: unknown commands, flags, arguments
		told = &exit{code: exitUsage, err: err, hint: "flowdeck --help"}
	}
	if told.err != nil {
		fmt.Fprintf(e.err, "flowdeck: %v\n", told.err)
		if told.hint != "" {
			fmt.Fprintf(e.err, "   hint: %s\n", strings.ReplaceAll(told.hint, "\n", "\n         "))
		}
	}
	return told.code
}

func usage(hint, format string, args ...any) error {
	return &exit{code: exitUsage, err: fmt.Errorf(format, args...), hint: hint}
}

func rootCommand(e env) *cobra.Command {
	root := &cobra.Command{
		Use:   "flowdeck",
		Short: "Okta automation as code",
		Long: `Flowdeck runs Okta automation written as code: flows of cards, in YAML.

A workspace is a folder with a flowdeck.yaml, which names the connections, and flows below it.`,
		Example: `  flowdeck run suspend-idle-members --input group=Contractors
  flowdeck run flows/suspend-idle-members.yaml --json
  flowdeck org flows/orgs/acme.yaml`,
		Version:           version(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: false},
	}
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	root.AddCommand(runCommand(e), checkCommand(e), cardsCommand(e), fmtCommand(e), orgCommand(e), connectionCommand(e), explainCommand(e), graphCommand(e), optionsCommand(e), schemaCommand(e))
	return root
}

// version is the module's version, as the go command recorded it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "dev"
	}
	return info.Main.Version
}

// interrupts gives a context that ends with the first Ctrl-C (or SIGTERM), and one that ends with the
// second. stop must be called when neither is needed any more.
func interrupts(ctx context.Context) (soft, hard context.Context, stop func()) {
	soft, cancelSoft := context.WithCancelCause(ctx)
	hard, cancelHard := context.WithCancelCause(context.WithoutCancel(ctx))
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		for _, cancel := range []context.CancelCauseFunc{cancelSoft, cancelHard} {
			select {
			case <-signals:
				cancel(errInterrupted)
			case <-done:
				return
			}
		}
	}()
	return soft, hard, func() {
		signal.Stop(signals)
		close(done)
		cancelSoft(nil)
		cancelHard(nil)
	}
}

var errInterrupted = errors.New("interrupted")
