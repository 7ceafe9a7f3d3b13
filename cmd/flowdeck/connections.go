package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/cards/secret"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check"
)

// opened is the connections of a run.
type opened struct {
	conns map[string]card.Connection
	ids   map[string]card.Identity
	names []string // in the order of opening
}

// openConnections opens and tests the connections that a run uses. Its error has the code for connections.
func openConnections(ctx context.Context, e env, w *workspace, uses []engine.Use) (*opened, error) {
	o := &opened{conns: map[string]card.Connection{}, ids: map[string]card.Identity{}}
	resolver := secret.Resolver{Dir: w.dir, Env: e.lookup}
	for _, use := range uses {
		if _, ok := o.conns[use.Name]; ok {
			continue
		}
		conn, _ := w.Connection(use.Name) // the check has seen to it that it is there
		c, err := cards.Services()[use.Service].Open(card.Settings{
			Name: use.Name, Config: check.Settings(conn), Secret: resolver.Resolve,
			Files: os.DirFS(w.dir), State: w.state(), Product: "flowdeck/" + thisBuild().Version,
		})
		if err != nil {
			return nil, errors.Join(o.failed(use.Name, err), o.close())
		}
		o.conns[use.Name] = c
		o.names = append(o.names, use.Name)
		if o.ids[use.Name], err = c.Test(ctx); err != nil {
			return nil, errors.Join(o.failed(use.Name, err), o.close())
		}
	}
	return o, nil
}

// openConnection opens and tests one connection of the workspace, by its name.
func openConnection(ctx context.Context, e env, dir, name string) (*opened, error) {
	w, err := openWorkspace(dir, ".")
	if err != nil {
		return nil, err
	}
	conn, err := w.connection(name)
	if err != nil {
		return nil, err
	}
	return openConnections(ctx, e, w, []engine.Use{{Service: conn.Type.Text, Name: name}})
}

func (o *opened) failed(name string, err error) error {
	if errors.Is(err, errInterrupted) {
		return &exit{code: exitInterrupted, err: errInterrupted}
	}
	failure := card.AsError(err)
	return &exit{code: exitConnection, err: fmt.Errorf("connection %q: %w", name, failure), hint: failure.Hint}
}

func (o *opened) close() error {
	var errs []error
	for _, c := range o.conns {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// by is the one who begins the run, as far as its connections tell.
func (o *opened) by() string {
	for _, name := range o.names {
		if as := o.ids[name].As; as != "" {
			return as
		}
	}
	return ""
}

// announce says which orgs the run is about to touch, and as whom.
func (o *opened) announce(w io.Writer) {
	for _, name := range o.names {
		fmt.Fprintln(w, introduced(name, o.ids[name]))
	}
}

// introduced is where a connection leads, and as whom.
func introduced(name string, id card.Identity) string {
	line := fmt.Sprintf("%s: %s", name, id.Org)
	if id.Simulated {
		line += " (" + strings.Join(nonEmpty("simulated org", id.Note), ", ") + ")"
	}
	if id.As != "" {
		line += " as " + id.As
	}
	return line
}

func nonEmpty(words ...string) (kept []string) {
	for _, word := range words {
		if word != "" {
			kept = append(kept, word)
		}
	}
	return kept
}
