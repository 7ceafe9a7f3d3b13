package host

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/inside"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// Connections is open connections of a workspace. It is safe for concurrent use until it is closed.
type Connections struct {
	conns map[string]card.Connection
	ids   map[string]card.Identity
	names []string // in the order of opening
	veil  *veil.Veil
}

// Connect opens and tests connections. They must be closed when no run uses them any more. Its error is a
// ConnectionError, or wraps engine.ErrCanceled if ctx has ended.
func (w *Workspace) Connect(ctx context.Context, uses []engine.Use) (*Connections, error) {
	o := &Connections{conns: map[string]card.Connection{}, ids: map[string]card.Identity{}, veil: w.config.Veil}
	for _, use := range uses {
		if _, ok := o.conns[use.Name]; ok {
			continue
		}
		conn, _ := w.Connection(use.Name) // the check has found it
		c, err := w.config.Services[use.Service].Open(w.Settings(ctx, conn))
		if err != nil {
			return nil, errors.Join(o.failed(ctx, use.Name, err), o.Close())
		}
		o.conns[use.Name] = c
		o.names = append(o.names, use.Name)
		if o.ids[use.Name], err = o.Test(ctx, use.Name); err != nil {
			return nil, errors.Join(err, o.Close())
		}
	}
	return o, nil
}

// Settings is how a service opens a connection of the workspace. Secrets are resolved until ctx ends.
func (w *Workspace) Settings(ctx context.Context, conn flow.Connection) card.Settings {
	return card.Settings{
		Name: conn.Name.Text, Config: check.Settings(conn), Secret: func(reference card.Value) (card.Secret, error) { return w.secret(ctx, reference) },
		Files: inside.FS(w.Dir), State: w.config.State, Product: w.config.Product,
	}
}

func (w *Workspace) secret(ctx context.Context, reference card.Value) (card.Secret, error) {
	if w.config.Secret == nil {
		return card.Secret{}, &card.Error{Kind: card.Invalid, Message: "secrets cannot be resolved here"}
	}
	found, err := w.config.Secret(ctx, w.Dir, reference)
	w.config.Veil.Learn(found.Reveal()) // before anything can repeat it
	return found, err
}

// failed is the error of a connection that failed or, if ctx has ended, was interrupted.
func (o *Connections) failed(ctx context.Context, name string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", engine.ErrCanceled, context.Cause(ctx))
	}
	return &ConnectionError{Name: name, Cause: o.veil.Error(card.AsError(err))}
}

// Close closes all connections.
func (o *Connections) Close() error {
	var errs []error
	for _, name := range o.names {
		errs = append(errs, o.conns[name].Close())
	}
	return errors.Join(errs...)
}

// Names is the names of the connections in the workspace, in the order in which they were opened.
func (o *Connections) Names() []string { return slices.Clone(o.names) }

// Open is an open connection by its name.
func (o *Connections) Open(name string) card.Connection { return o.conns[name] }

// Identity is the org that a connection reached when it was opened, and as whom.
func (o *Connections) Identity(name string) card.Identity { return o.ids[name] }

// Test asks a connection again which org it reaches, and as whom. Its errors are those of Connect.
func (o *Connections) Test(ctx context.Context, name string) (card.Identity, error) {
	id, err := o.conns[name].Test(ctx)
	if err != nil {
		return card.Identity{}, o.failed(ctx, name, err)
	}
	id.Org, id.As, id.Note = o.veil.String(id.Org), o.veil.String(id.As), o.veil.String(id.Note)
	return id, nil
}

// By is the login or client of the first connection that has one.
func (o *Connections) By() string {
	for _, name := range o.names {
		if as := o.ids[name].As; as != "" {
			return as
		}
	}
	return ""
}

// Real is the orgs that are not simulated.
func (o *Connections) Real() (orgs []string) {
	for _, name := range o.names {
		if id := o.ids[name]; !id.Simulated {
			orgs = append(orgs, id.Org)
		}
	}
	return orgs
}
