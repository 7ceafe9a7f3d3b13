package host

import (
	"fmt"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// UsageError is a request that cannot be met, such as a flow that does not exist.
type UsageError struct {
	Err  error
	Hint string // empty: there is no hint
}

func (e *UsageError) Error() string { return e.Err.Error() }

func (e *UsageError) Unwrap() error { return e.Err }

// Usage returns a UsageError.
func Usage(hint, format string, args ...any) error {
	return &UsageError{Err: fmt.Errorf(format, args...), Hint: hint}
}

// NoWorkspaceError is the error of a folder that is not in a workspace.
type NoWorkspaceError struct{ Folder string }

func (e *NoWorkspaceError) Error() string {
	return fmt.Sprintf("there is no %s in %s or above it", flow.WorkspaceFile, e.Folder)
}

// ProblemsError is the error of a flow or a workspace with problems. Problems.Print shows them, with Source.
type ProblemsError struct {
	Problems flow.Problems
	Source   func(file string) []byte
}

func (e *ProblemsError) Error() string { return e.Problems.Error() }

// ConnectionError is the error of a connection that does not work.
type ConnectionError struct {
	Name  string
	Cause *card.Error
}

func (e *ConnectionError) Error() string { return fmt.Sprintf("connection %q: %v", e.Name, e.Cause) }

func (e *ConnectionError) Unwrap() error { return e.Cause }
