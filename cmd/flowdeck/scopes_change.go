package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/host"
)

// change is what a command does with the scopes of an application.
type change struct {
	verb, did, not string // grant, granted; and the state in which nothing changes
	to             string // the word between the scopes and the application
	do             func(ctx context.Context, conn card.Connection, app, scope string) (changed bool, err error)
}

var (
	granting = change{"grant", "granted", "was granted already", "to", okta.GrantScope}
	revoking = change{"revoke", "revoked", "was not granted", "from", okta.RevokeScope}
)

type scopesChangeOptions struct {
	dir, connection string
	yes, json       bool
}

func scopesChangeCommand(e env, c change) *cobra.Command {
	var o scopesChangeOptions
	cmd := &cobra.Command{
		Use:   c.verb + " APP SCOPE...",
		Short: strings.ToUpper(c.verb[:1]) + c.verb[1:] + " OAuth scopes " + c.to + " an application",
		Long: strings.ToUpper(c.verb[:1]) + c.verb[1:] + " OAuth scopes " + c.to + ` an application of an org, as the tab Okta API Scopes does. APP is its id, which is the client ID of an
OAuth client, or its label. The connection acts as a super administrator: Okta refuses others. An app cannot do this for
itself unless it has okta.appGrants.manage.

A connection that signs in with a private key asks for the scopes in its settings: change them, too. An access token
keeps its scopes until it expires.

Before it writes to an org that is not simulated, it asks.

Exit codes: 0 done, 1 failed, 2 wrong usage, 4 connection, 130 interrupted.`,
		Example: fmt.Sprintf(`  flowdeck scopes %s 0oa1b2c3d4e5f6g7h8i9 okta.users.manage okta.groups.read --connection admin
  flowdeck scopes %s "Nightly report" okta.logs.read --connection admin --yes`, c.verb, c.verb),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return nil
			}
			return usage(cmd.CommandPath()+" --help", "%s takes APP and one SCOPE or more, not %d arguments", c.verb, len(args))
		},
		ValidArgsFunction: completeGrant(e, &o.dir),
		RunE: func(cmd *cobra.Command, args []string) error {
			return changeScopes(cmd.Context(), e, c, args[0], args[1:], o)
		},
	}
	workspaceFlag(cmd, &o.dir)
	flags := cmd.Flags()
	flags.StringVar(&o.connection, "connection", "okta", "`NAME` of the connection to the org, of a super administrator")
	flags.BoolVarP(&o.yes, "yes", "y", false, "write to an org that is not simulated, without asking")
	flags.BoolVar(&o.json, "json", false, "print one JSON list of {scope, changed} on standard output, and nothing else")
	completes(cmd, "connection", completeNames(e, &o.dir))
	return cmd
}

// changed is the result for one scope.
type changed struct {
	Scope   string `json:"scope"`
	Changed bool   `json:"changed"`
}

func changeScopes(ctx context.Context, e env, c change, app string, scopes []string, o scopesChangeOptions) (err error) {
	w, err := openWorkspace(e, o.dir, ".")
	if err != nil {
		return err
	}
	conn, err := w.WorkingConnection(o.connection)
	switch {
	case err != nil:
		return err
	case conn.Type.Text != okta.Service().Name:
		return usage("", "connection %q is of type %s, not okta", o.connection, conn.Type.Text)
	case check.ReadOnly(conn):
		return usage("use another connection, or remove read_only from it", "%s writes, but connection %q is read_only", c.verb, o.connection)
	}
	for _, scope := range scopes {
		if strings.TrimSpace(scope) == "" {
			return usage("such as okta.users.read", "a scope is empty")
		}
	}
	ctx, _, stop := interrupts(ctx)
	defer stop()
	conns, err := w.Connect(ctx, []engine.Use{{Service: conn.Type.Text, Name: o.connection}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conns.Close()) }()
	open := conns.Open(o.connection)
	found, err := okta.FindApp(ctx, open, app)
	if err != nil {
		return failed(ctx, e, fmt.Sprintf("find application %q", app), err)
	}
	name := fmt.Sprintf("%q (%s)", found.Label, found.ID)
	if err := agreed(ctx, e, conns, fmt.Sprintf("%s %s %s %s", c.verb, strings.Join(scopes, ", "), c.to, name), o.yes, o.json); err != nil {
		return err
	}
	results := []changed{}
	for i, scope := range scopes {
		did, err := c.surely(ctx, w, open, o.connection, found.ID, scope)
		if err != nil {
			what := fmt.Sprintf("%s %s", c.verb, scope)
			if left := scopes[i+1:]; len(left) > 0 {
				what += fmt.Sprintf(" (and not %s)", strings.Join(left, ", "))
			}
			return errors.Join(failed(ctx, e, what, err), showChanged(e, o, results))
		}
		results = append(results, changed{scope, did})
		switch {
		case o.json:
		case did:
			fmt.Fprintf(e.err, "%s %s %s %s\n", c.did, scope, c.to, name)
		default:
			fmt.Fprintf(e.err, "%s %s\n", scope, c.not)
		}
	}
	return showChanged(e, o, results)
}

// surely changes a scope, again while the org is not available. An attempt that finds nothing to change after one whose answer was lost
// reports the change of that one.
func (c change) surely(ctx context.Context, w *host.Workspace, conn card.Connection, name, app, scope string) (changed bool, err error) {
	doubt := false
	err = w.Again(ctx, name, func() error {
		did, err := c.do(ctx, conn, app, scope)
		changed = did || err == nil && doubt
		doubt = doubt || err != nil && card.AsError(err).MayBeDone()
		return err
	})
	if err != nil && doubt {
		unsure := *card.AsError(err)
		unsure.Message += fmt.Sprintf("; it may have been %s: run the command again", c.did)
		return false, &unsure
	}
	return changed, err
}

func showChanged(e env, o scopesChangeOptions, results []changed) error {
	if !o.json {
		return nil
	}
	return printJSON(e.data, results)
}

// failed returns the error of a request, or that of the person who interrupted it.
func failed(ctx context.Context, e env, what string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", engine.ErrCanceled, context.Cause(ctx))
	}
	failure := e.veil.Error(card.AsError(err))
	hint := failure.Hint
	if failure.Kind == card.Forbidden && hint == "" {
		hint = "the connection must be that of a super administrator; an app also needs okta.apps.read and okta.appGrants.manage"
	}
	return &exit{code: exitFailed, err: fmt.Errorf("%s: %s", what, failure.Message), hint: hint}
}

// agreed asks before something is written to an org that is not simulated.
func agreed(ctx context.Context, e env, conns *host.Connections, what string, yes, asJSON bool) error {
	orgs := conns.Real()
	if yes || len(orgs) == 0 {
		return nil
	}
	where := strings.Join(orgs, " and ")
	asked := person(e, asJSON)
	if asked == nil {
		return usage("pass --yes to confirm", "this would %s in %s, which is not simulated", what, where)
	}
	yes, err := asked.Confirm(ctx, fmt.Sprintf("%s in %s?", what, where))
	if err == nil && !yes {
		err = errors.New("aborted, nothing was changed")
	}
	return interrupted(err)
}

// completeGrant completes an application with the client IDs in flowdeck.yaml, and then scopes with those of all cards.
func completeGrant(e env, dir *string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		offered := map[string]bool{}
		if len(args) == 0 {
			w, err := openWorkspace(e, *dir, ".")
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			for _, conn := range w.Connections {
				auth := conn.Settings.Field("auth")
				if auth == nil {
					continue
				}
				for _, how := range auth.Fields {
					if id := how.Value.Field("client_id"); id != nil && id.Text != "" {
						offered[id.Text] = true
					}
				}
			}
			return slices.Sorted(maps.Keys(offered)), cobra.ShellCompDirectiveNoFileComp
		}
		for _, c := range cards.All() {
			for _, scope := range c.Scopes {
				offered[scope] = !slices.Contains(args, scope)
			}
		}
		maps.DeleteFunc(offered, func(_ string, free bool) bool { return !free })
		return slices.Sorted(maps.Keys(offered)), cobra.ShellCompDirectiveNoFileComp
	}
}
