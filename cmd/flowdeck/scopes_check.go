package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
)

// checkedScopes is the result of scopes --check. Its fields are the object that --json prints.
type checkedScopes struct {
	Connection string `json:"connection"`
	host.Connected
	*host.Access
}

// checkScopes shows which scopes flows need that a connection was not granted, and which admin roles.
func checkScopes(ctx context.Context, e env, names []string, o scopesOptions) (err error) {
	w, flows, err := flowsFor(e, o.dir, names)
	if err != nil {
		return err
	}
	conn, err := w.WorkingConnection(o.check)
	if err != nil {
		return err
	}
	chosen, err := choose(w, o.connections)
	if err != nil {
		return err
	}
	service := conn.Type.Text
	switch _, given := chosen[service]; {
	case given && chosen[service] != o.check:
		return usage("", "--check %s and --connection %s=%s name two connections", o.check, service, chosen[service])
	case len(names) > 0:
		chosen[service] = o.check
	}
	if _, err := w.Scopes(flows, chosen); err != nil { // before anything is sent
		return err
	}
	ctx, _, stop := interrupts(ctx)
	defer stop()
	conns, err := w.Connect(ctx, []engine.Use{{Service: service, Name: o.check}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conns.Close()) }()
	id := conns.Identity(o.check)
	c := checkedScopes{Connection: o.check, Connected: host.Connected{Org: id.Org, As: id.As, Simulated: id.Simulated}}
	if c.Access, err = w.Access(ctx, conns, o.check, flows, chosen); err != nil {
		return err
	}
	if o.json {
		err = printJSON(e.data, c)
	} else {
		printChecked(e, c, terminal.Connection(o.check, id))
	}
	if err == nil && len(c.Missing)+len(c.NoRole) > 0 {
		err = &exit{code: exitFailed}
	}
	return err
}

func printChecked(e env, c checkedScopes, line string) {
	fmt.Fprintln(e.out, line)
	s := terminal.NewStyles(e.lookup, e.out)
	printAccess(e.out, s, c.Access)
	if len(c.Unknown) > 0 {
		fmt.Fprintf(e.out, "   not checked: %s: their scopes depend on the inputs\n", neededBy(c.Unknown))
	}
	accessHints(e.err, c.Connection, c.Access)
	switch {
	case len(c.Missing) > 0:
	case c.Scopes != nil:
		fmt.Fprintln(e.out, "   "+s.OK.Render("no scope is missing"))
	case c.Simulated && c.SignsIn == "":
		fmt.Fprintln(e.out, "   a simulated org: its token may do everything that its seed allows")
	}
}
