package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// These are the exit codes, as `flowdeck help` and the docs list them.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitDetailed    = 2 // of plan --detailed-exitcode
	exitProblems    = 3
	exitConnection  = 4
	exitPaused      = 5
	exitWithErrors  = 6
	exitInterrupted = 130
)

// exit is an error with an exit code. Most errors do not need it, because exitOf knows the exit code of each type.
type exit struct {
	code int
	err  error // nil if the error has already been printed
	hint string
}

func (e *exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

func usage(hint, format string, args ...any) error { return host.Usage(hint, format, args...) }

// exitOf returns the exit code, the error to print, and the hint for an error. No other function knows the exit codes
// of errors.
func exitOf(err error) *exit {
	own, wrong := (*exit)(nil), (*host.UsageError)(nil)
	nowhere, problems, conn := (*host.NoWorkspaceError)(nil), (*host.ProblemsError)(nil), (*host.ConnectionError)(nil)
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &problems):
		return &exit{code: exitProblems, err: problems}
	case errors.As(err, &wrong):
		return &exit{code: exitUsage, err: wrong, hint: wrong.Hint}
	case errors.As(err, &nowhere):
		return &exit{code: exitUsage, err: nowhere, hint: whereToLook(nowhere.Folder)}
	case errors.As(err, &conn):
		return &exit{code: exitConnection, err: conn, hint: conn.Cause.Hint}
	case engine.IsCanceled(err), errors.Is(err, errInterrupted):
		return &exit{code: exitInterrupted, err: errInterrupted}
	}
	failure := (*card.Error)(nil)
	if errors.As(err, &failure) {
		return &exit{code: exitFailed, err: err, hint: failure.Hint}
	}
	return &exit{code: exitFailed, err: err}
}

// exitOfRun returns the exit code of a run that ended with a status.
func exitOfRun(status engine.Status) int {
	switch status {
	case engine.Failed:
		return exitFailed
	case engine.SucceededWithErrors:
		return exitWithErrors
	case engine.Canceled:
		return exitInterrupted
	case store.Paused:
		return exitPaused
	}
	return exitOK
}

// printError prints an error, and returns the exit code.
func printError(e env, err error) int {
	end := exitOf(err)
	if problems := (*host.ProblemsError)(nil); errors.As(end.err, &problems) {
		terminal.Problems(e.err, e.lookup, problems.Problems, problems.Source)
	} else if end.err != nil {
		fmt.Fprintf(e.err, "flowdeck: %s\n", strings.ReplaceAll(end.err.Error(), "\n", "\n   "))
		terminal.Hint(e.err, end.hint)
	}
	return end.code
}

// whereToLook returns the hint for a folder that is not in a workspace.
func whereToLook(folder string) string {
	below, _ := fs.Glob(os.DirFS(folder), "*/"+flow.WorkspaceFile) // the only possible error is a bad pattern
	if len(below) == 0 {
		return "pass -C DIR for another folder, or write a workspace with 'flowdeck init DIR'"
	}
	var dirs []string
	for _, file := range below {
		dirs = append(dirs, "-C "+fromHere(filepath.Join(folder, filepath.Dir(file))))
	}
	return "there is one below: " + strings.Join(dirs, ", ")
}
