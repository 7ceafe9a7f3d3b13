package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
)

func connectCommand(e env) *cobra.Command {
	var dir string
	var noBrowser bool
	cmd := &cobra.Command{
		Use:   "connect NAME",
		Short: "Sign in to an org in the browser, for a connection that acts for a person",
		Long: `Sign in to an org in the browser, for a connection with auth: {authorization_code: ...}. From then on, flows act as
the person who signed in, within the scopes of the connection, until 'flowdeck disconnect NAME'.

The browser comes back to this machine, to http://127.0.0.1:8765/callback or the redirect_port of the connection. The
app must have exactly this sign-in redirect URI. --no-browser prints the URL instead of opening it; it must be opened in
a browser of this machine.

The grant is kept in .flowdeck/grants, encrypted under a key in the keyring of the system or, if FLOWDECK_KEY is set,
under that: an age identity or a passphrase.

Exit codes: 0 connected, 2 wrong usage, 3 problems in the connection, 4 the person or the org did not allow it.`,
		Example: `  flowdeck connect prod
  flowdeck connect prod --no-browser`,
		Args:              exactlyOne("NAME"),
		ValidArgsFunction: completeConnection(e, &dir),
		RunE: func(cmd *cobra.Command, args []string) error {
			if terminal.InCI(e.lookup) && !noBrowser {
				return usage("--no-browser prints the URL of the page, for a browser of this machine", "nobody can sign in here: CI is set")
			}
			return connect(cmd.Context(), e, dir, args[0], noBrowser)
		},
	}
	workspaceFlag(cmd, &dir)
	cmd.Flags().BoolVar(&noBrowser, "no-browser", false, "print the URL instead of opening the browser")
	return cmd
}

func disconnectCommand(e env) *cobra.Command {
	var dir string
	var only bool
	cmd := &cobra.Command{
		Use:   "disconnect NAME",
		Short: "Revoke and delete what 'flowdeck connect' was granted",
		Long: `Revoke the tokens of a connection at the org, and delete its grant here.

If the org cannot be reached, the grant is deleted all the same, and its tokens may still be valid. If the grant cannot
be read, or the org refuses to revoke it, such as without the client secret, it is kept. --no-revoke only deletes it, such
as after its key was lost.

Exit codes: 0 done, 2 wrong usage, 3 problems in the connection, 4 not revoked.`,
		Example: `  flowdeck disconnect prod
  flowdeck disconnect prod --no-revoke`,
		Args:              exactlyOne("NAME"),
		ValidArgsFunction: completeConnection(e, &dir),
		RunE: func(cmd *cobra.Command, args []string) error {
			return disconnect(cmd.Context(), e, dir, args[0], !only)
		},
	}
	workspaceFlag(cmd, &dir)
	cmd.Flags().BoolVar(&only, "no-revoke", false, "only delete the grant: its tokens stay valid at the org")
	return cmd
}

func connect(ctx context.Context, e env, dir, name string, noBrowser bool) (err error) {
	ctx, _, stop := interrupts(ctx)
	defer stop()
	w, conn, err := connectionOf(e, dir, name)
	if err != nil {
		return err
	}
	granted, err := w.SignIn(ctx, conn, func(c card.Consent) error {
		fmt.Fprintf(e.err, "the app must have this sign-in redirect URI, exactly: %s\n", c.Redirect)
		if !noBrowser {
			err := openBrowser(ctx, c.URL)
			if err == nil {
				fmt.Fprintln(e.err, "sign in in the browser, within five minutes")
				return nil
			}
			fmt.Fprintf(e.err, "cannot open the browser: %v\n", err)
		}
		fmt.Fprintf(e.err, "open this URL in a browser on this machine, within five minutes:\n%s\n", c.URL)
		return nil
	})
	if err != nil {
		return err
	}
	o, err := w.Connect(ctx, []engine.Use{{Service: conn.Type.Text, Name: name}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	fmt.Fprintln(e.out, terminal.Connection(name, o.Identity(name)))
	return moreThanNeeded(e, w, conn, granted)
}

// moreThanNeeded warns about scopes that a connection was granted and no flow of the workspace needs.
func moreThanNeeded(e env, w *host.Workspace, conn flow.Connection, granted []string) error {
	service := cards.Services()[conn.Type.Text]
	all, err := w.Scopes(w.Named(), map[string]string{conn.Type.Text: conn.Name.Text})
	if problems := (*host.ProblemsError)(nil); errors.As(err, &problems) {
		return nil // check shows them
	} else if err != nil {
		return err
	}
	var needed, more []string
	for _, n := range all {
		if n.Connection != conn.Name.Text {
			continue
		}
		if len(n.Unknown) > 0 { // such as okta.request, which may need any
			return nil
		}
		for _, s := range n.Scopes {
			needed = append(needed, s.Name)
			for _, included := range s.Includes {
				needed = append(needed, included.Name)
			}
		}
	}
	for _, scope := range granted {
		if strings.Contains(scope, ".") && !service.Grants(needed, scope) && !replaces(service, scope, needed, granted) {
			more = append(more, scope)
		}
	}
	if len(more) > 0 {
		fmt.Fprintf(e.err, "warning: no flow of the workspace needs %s\n", strings.Join(more, ", "))
	}
	return nil
}

// replaces reports whether a granted scope includes one that is needed and was not granted itself.
func replaces(service card.Service, scope string, needed, granted []string) bool {
	return slices.ContainsFunc(needed, func(need string) bool {
		return !slices.Contains(granted, need) && service.Grants([]string{scope}, need)
	})
}

func disconnect(ctx context.Context, e env, dir, name string, revoke bool) error {
	ctx, _, stop := interrupts(ctx)
	defer stop()
	w, conn, err := connectionOf(e, dir, name)
	if err != nil {
		return err
	}
	was, err := w.SignOut(ctx, conn, revoke)
	switch {
	case err != nil:
		return err
	case !was:
		fmt.Fprintf(e.out, "%s: there is no grant\n", name)
	case !revoke:
		fmt.Fprintf(e.out, "%s: the grant was deleted, and not revoked: its tokens stay valid at the org\n", name)
	default:
		fmt.Fprintf(e.out, "%s: the grant was revoked and deleted\n", name)
	}
	return nil
}

// connectionOf opens the workspace, and returns the connection with this name.
func connectionOf(e env, dir, name string) (*host.Workspace, flow.Connection, error) {
	w, err := openWorkspace(e, dir, ".")
	if err != nil {
		return nil, flow.Connection{}, err
	}
	conn, err := w.WorkingConnection(name)
	return w, conn, err
}
