package machines

import (
	"context"
	"errors"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// reopens is the time between two tries of a connection that cannot be opened.
const reopens = 15 * time.Second

// opens opens a connection, and tries again until it can be opened or ctx ends. It returns nil then. first gets the error of the first try.
func (w *working) opens(ctx context.Context, name string, first chan<- error) *temporal.Connected {
	for said := ""; ; {
		to, err := w.reached(ctx, name)
		if first != nil {
			first <- err
			first = nil
		}
		switch {
		case err == nil:
			w.Log.Info("serving a connection", "connection", name, "org", to.Org, "read_only", !w.writes(name))
			return &to
		case ctx.Err() != nil:
			return nil
		case err.Error() != said: // nobody reads the same line every few seconds
			said = err.Error()
			w.Log.Error("a connection cannot be opened: its calls wait for another worker, or until it can be", "connection", name, "error", said)
		}
		wait := time.NewTimer(reopens)
		select {
		case <-ctx.Done():
			wait.Stop()
			return nil
		case <-wait.C:
		}
	}
}

// writes reports whether a connection of the workspace may be used to write.
func (w *working) writes(name string) bool {
	conn, known := w.Workspace.Connection(name)
	return known && !check.ReadOnly(conn)
}

// reached opens a connection of the workspace, and returns whom it reaches.
func (w *working) reached(ctx context.Context, name string) (temporal.Connected, error) {
	conn, err := w.Workspace.WorkingConnection(name)
	if err != nil {
		return temporal.Connected{}, err
	}
	use := []engine.Use{{Service: conn.Type.Text, Name: name}}
	conns, err := w.pool.Connect(ctx, use)
	if err != nil {
		return temporal.Connected{}, err
	}
	return temporal.Connected(conns.Kept(use)[0]), nil
}

// unusable waits for the first tries of n connections, and returns the error of one if none of them can be opened on this machine before somebody changes
// something, such as without a token; nil if one could, or will perhaps be able to.
func unusable(n int, tries <-chan error) (first error) {
	for range n {
		err := <-tries
		if !misused(err) {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// misused reports whether an error of a connection is one of its settings, and not one of its service.
func misused(err error) bool {
	failure := (*card.Error)(nil)
	switch {
	case err == nil, engine.IsCanceled(err):
		return false
	case !errors.As(err, &failure): // it is not trusted
		return true
	}
	switch failure.Kind {
	case card.Unavailable, card.Timeout, card.RateLimit:
		return false
	}
	return true
}
