package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/inside"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// Connections are open connections of a workspace. They are safe for concurrent use until they are closed.
type Connections struct {
	conns map[string]card.Connection
	ids   map[string]card.Identity
	names []string // in the order in which they were opened
	veil  *veil.Veil
}

// Connect opens and tests connections, as steps that only read: it bridges an outage of 20 seconds, and waits for rate limits.
// Close them when no run uses them any more. The error is a ConnectionError, or that of Config.Trust; if
// ctx has ended, it wraps engine.ErrCanceled.
func (w *Workspace) Connect(ctx context.Context, uses []engine.Use) (*Connections, error) {
	o := &Connections{conns: map[string]card.Connection{}, ids: map[string]card.Identity{}, veil: w.config.Veil}
	for _, use := range uses {
		if _, ok := o.conns[use.Name]; ok {
			continue
		}
		conn, _ := w.Connection(use.Name) // Check reported a missing connection
		c, err := w.config.Services[use.Service].Open(w.Settings(ctx, conn))
		if err != nil {
			return nil, errors.Join(failed(ctx, o.veil, use.Name, err), o.Close())
		}
		o.conns[use.Name] = c
		o.names = append(o.names, use.Name)
		if o.ids[use.Name], err = w.firstTest(ctx, o, use.Name); err != nil {
			return nil, errors.Join(err, o.Close())
		}
	}
	return o, nil
}

// firstTest tests a connection. One that was reached is tested again, also if its answer was lost.
func (w *Workspace) firstTest(ctx context.Context, o *Connections, name string) (id card.Identity, err error) {
	err = w.Again(ctx, name, func() error {
		id, err = o.Test(ctx, name)
		return err
	})
	return id, err
}

// Again calls try, which can be repeated, until it succeeds: again while the service of a connection is not available or its rate limit is
// used up. A service that cannot be reached at all is not tried again: its address is mistyped more often than its network is down, and
// nothing has started that would be lost. The error is that of try or, if ctx has ended, wraps engine.ErrCanceled.
func (w *Workspace) Again(ctx context.Context, name string, try func() error) error {
	return engine.RetryRead(name, func(wait time.Duration, failure *card.Error) error {
		if w.config.Waiting != nil {
			w.config.Waiting(name, wait, w.config.Veil.Error(failure))
		}
		if err := w.config.Clock.Sleep(ctx, w.config.Clock.Now().Add(wait)); err != nil {
			return failed(ctx, w.config.Veil, name, err)
		}
		return nil
	}, func() (again bool, err error) {
		err = try()
		return !unreached(err), err
	})
}

// unreached reports whether an error means that no connection to the service could be made, or that something else answered.
func unreached(err error) bool {
	failure := (*card.Error)(nil)
	if !errors.As(err, &failure) || failure.Kind != card.Unavailable {
		return false
	}
	return failure.Code == card.CodeRefused && failure.Status == 0 || failure.Status >= 200 && failure.Status < 500
}

// Settings returns the settings with which a service opens a connection of the workspace. Secrets can be resolved until
// ctx ends.
func (w *Workspace) Settings(ctx context.Context, conn flow.Connection) card.Settings {
	return card.Settings{
		Name: conn.Name.Text, Config: check.Settings(conn), Secret: func(reference card.Value) (card.Secret, error) { return w.SentSecret(ctx, reference) },
		Files: inside.FS(w.Dir), State: w.config.State, Product: w.config.Product, Hide: w.config.Veil.Learn, Excerpt: w.config.Veil.Excerpt,
		Grants: w.config.Grants, Exchanged: w.config.exchanged, Clock: w.config.Clock,
	}
}

// SentSecret resolves the reference to a secret that leaves this process: that of a connection, or of an event hook that a server creates. The error may be that of
// Config.Trust.
func (w *Workspace) SentSecret(ctx context.Context, reference card.Value) (card.Secret, error) {
	if w.config.Secret != nil {
		if err := w.trusted(ctx); err != nil {
			return card.Secret{}, err
		}
	}
	return w.HookSecret(ctx, reference)
}

// HookSecret resolves the reference to the secret of a webhook or an event, which stays in this process: nobody needs to trust the workspace for it.
func (w *Workspace) HookSecret(ctx context.Context, reference card.Value) (card.Secret, error) {
	if w.config.Secret == nil {
		return card.Secret{}, &card.Error{Kind: card.Invalid, Message: "secrets cannot be resolved here"}
	}
	found, err := w.config.Secret(ctx, w.Dir, reference)
	w.config.Veil.Learn(found.Reveal()) // before anything can show it
	return found, err
}

// Learn makes the workspace hide texts in everything that it shows and keeps.
func (w *Workspace) Learn(secrets ...string) { w.config.Veil.Learn(secrets...) }

// Hide returns a text without the secrets that are known.
func (w *Workspace) Hide(text []byte) []byte { return w.config.Veil.Text(text) }

// failed returns the error of a connection that failed or, if ctx has ended, was interrupted.
func failed(ctx context.Context, v *veil.Veil, name string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", engine.ErrCanceled, context.Cause(ctx))
	}
	if d := (*distrust)(nil); errors.As(err, &d) {
		return d.error
	}
	return &ConnectionError{Name: name, Cause: v.Error(card.AsError(err))}
}

// Close closes all connections.
func (o *Connections) Close() error {
	var errs []error
	for _, name := range o.names {
		errs = append(errs, o.conns[name].Close())
	}
	return errors.Join(errs...)
}

// Names returns the names of the connections in the workspace, in the order in which they were opened.
func (o *Connections) Names() []string { return slices.Clone(o.names) }

// Open returns the open connection with a name; nil if there is none.
func (o *Connections) Open(name string) card.Connection { return o.conns[name] }

// Identity returns the identity that a connection had when it was opened: its org and its account.
func (o *Connections) Identity(name string) card.Identity { return o.ids[name] }

// Test asks a connection for its current identity. Its errors are those of Connect.
func (o *Connections) Test(ctx context.Context, name string) (card.Identity, error) {
	id, err := o.conns[name].Test(ctx)
	if err != nil {
		return card.Identity{}, failed(ctx, o.veil, name, err)
	}
	id.Org, id.As, id.Note = o.veil.String(id.Org), o.veil.String(id.As), o.veil.String(id.Note)
	id.Key = o.veil.String(id.Key)
	return id, nil
}

// By returns the login or client of the first connection that has one.
func (o *Connections) By() string {
	for _, name := range o.names {
		if as := o.ids[name].As; as != "" {
			return as
		}
	}
	return ""
}

// Real returns the orgs that are not simulated.
func (o *Connections) Real() (orgs []string) {
	for _, name := range o.names {
		if id := o.ids[name]; !id.Simulated {
			orgs = append(orgs, id.Org)
		}
	}
	return orgs
}
