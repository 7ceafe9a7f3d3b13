package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/serve/web"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/words"
)

func tokenCommand(e env) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "token",
		Short:   "Create, list and revoke the tokens of a server",
		Long:    `Create, list and revoke the tokens with which programs use 'flowdeck serve'.`,
		Example: "  flowdeck token create ci --role operator\n  flowdeck token list\n  flowdeck token revoke ci",
	}
	cmd.AddCommand(tokenCreateCommand(e), tokenListCommand(e), tokenRevokeCommand(e))
	return cmd
}

type tokenOptions struct {
	dir, role, expires string
	flows              []string
}

func tokenCreateCommand(e env) *cobra.Command {
	var o tokenOptions
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Create a token, and print it",
		Long: `Create a token, and print it: once, since only its hash is kept.

A viewer sees flows and runs; an operator also starts and stops runs, and calls webhooks; an admin may do everything. Any
other role is one that flows name, as in triggers: [{manual: {roles: [helpdesk]}}]: its tokens start these flows over the
API, and see nothing but them and the runs that they started themselves.

With --flow, the token is for these flows only: others do not exist for it. To replace a token, create one with another
name, use it, and revoke the old one.

Exit codes: 0 done, 1 failed, also if a token of this name exists, 2 wrong usage.`,
		Example: `  flowdeck token create ci --role operator
  flowdeck token create helpdesk --role operator --flow offboard-user --expires 90d
  flowdeck token create ada --role helpdesk`,
		Args: exactlyOne("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error { return createToken(cmd.Context(), e, args[0], o) },
	}
	workspaceFlag(cmd, &o.dir)
	cmd.Flags().StringVar(&o.role, "role", "", "what the token allows, as `ROLE`: "+strings.Join(web.Roles, ", ")+", or one that flows name")
	cmd.Flags().StringArrayVar(&o.flows, "flow", nil, "only for the flow `NAME`; may be repeated")
	cmd.Flags().StringVar(&o.expires, "expires", "", "the `TIME` after which it is not valid, such as 90d; without it, it does not end")
	completes(cmd, "role", cobra.FixedCompletions(web.Roles, cobra.ShellCompDirectiveNoFileComp))
	completes(cmd, "flow", completeFlow(e, &o.dir))
	return cmd
}

var tokenNames = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

func createToken(ctx context.Context, e env, name string, o tokenOptions) (err error) {
	if !tokenNames.MatchString(name) {
		return usage("letters, digits, - _ and ., such as ci", "%q cannot be the name of a token", name)
	}
	t := store.Token{Name: name, Role: o.role}
	if o.expires != "" {
		length, err := flow.ParseDuration(o.expires)
		if err != nil || length <= 0 {
			return usage("such as --expires 90d", "--expires %q is not a time", o.expires)
		}
		t.Expires = now(e).Add(length)
	}
	return withHistory(e, o.dir, func(history *store.Store, flows []*flow.Flow) error {
		if roles := rolesOf(flows); !slices.Contains(roles, o.role) {
			return usage(words.Hint("roles", o.role, roles), "--role must be %s, or a role that `manual` of a flow names, not %q", strings.Join(web.Roles, ", "), o.role)
		}
		names := namesOfFlows(flows)
		for _, name := range o.flows {
			if !slices.Contains(names, name) {
				return usage(words.Hint("flows", name, names), "there is no flow %q", name)
			}
			t.Flows = append(t.Flows, name)
		}
		text := "fd_" + rand.Text() // at least 128 random bits
		if err := history.AddToken(ctx, t, text); err != nil {
			return err
		}
		fmt.Fprintln(e.data, text)
		fmt.Fprintf(e.err, "token %s (%s): it is not shown again\n", name, o.role)
		return nil
	})
}

// rolesOf returns the roles that a token can have: those that include others, and those that flows name.
func rolesOf(flows []*flow.Flow) []string {
	roles := slices.Clone(web.Roles)
	for _, f := range flows {
		for _, t := range f.Triggers {
			named := t.Value.Field("roles")
			if t.Kind != string(engine.ManualTrigger) || named == nil {
				continue
			}
			for _, role := range named.Items {
				if !slices.Contains(roles, role.Text) {
					roles = append(roles, role.Text)
				}
			}
		}
	}
	return roles
}

// withHistory calls do with the history of a workspace, and its flows.
func withHistory(e env, dir string, do func(history *store.Store, flows []*flow.Flow) error) (err error) {
	w, err := openWorkspace(e, dir, ".")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	history, err := w.History()
	if err != nil {
		return err
	}
	return do(history, w.Named())
}

func tokenListCommand(e env) *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the tokens",
		Long: `List the tokens that were not revoked, with their role, the flows that they are restricted to, when they end, and about when they
were used last.

--json prints a list of {"name", "role", "flows", "created", "expires", "used"}.

Exit codes: 0 done, 2 wrong usage.`,
		Example: "  flowdeck token list\n  flowdeck token list --json | jq -r '.[].name'",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withHistory(e, dir, func(history *store.Store, _ []*flow.Flow) error { return listTokens(cmd.Context(), e, history, asJSON) })
		},
	}
	workspaceFlag(cmd, &dir)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON list on standard output, and nothing else")
	return cmd
}

type tokenJSON struct {
	Name    string    `json:"name"`
	Role    string    `json:"role"`
	Flows   []string  `json:"flows"` // null: all
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"`
	Used    time.Time `json:"used,omitzero"`
}

func listTokens(ctx context.Context, e env, history *store.Store, asJSON bool) error {
	all, err := history.Tokens(ctx)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(t store.Token) bool { return !t.Revoked.IsZero() })
	if asJSON {
		list := []tokenJSON{}
		for _, t := range all {
			list = append(list, tokenJSON{t.Name, t.Role, t.Flows, t.Created, t.Expires, t.Used})
		}
		return printJSON(e.data, list)
	}
	if len(all) == 0 {
		fmt.Fprintln(e.err, "there are no tokens")
		return nil
	}
	s := terminal.NewStyles(e.lookup, e.out)
	day := func(at time.Time, none string) string {
		if at.IsZero() {
			return none
		}
		return at.Local().Format(time.DateOnly)
	}
	var rows [][]terminal.Cell
	for _, t := range all {
		flows, expires := "all flows", "expires "+day(t.Expires, "never")
		if t.Flows != nil {
			flows = strings.Join(t.Flows, ", ")
		}
		if !t.Valid(now(e)) {
			expires = "expired " + day(t.Expires, "")
		}
		rows = append(rows, []terminal.Cell{
			{Text: t.Name, Style: s.Heading}, {Text: t.Role, Style: s.Plain}, {Text: flows, Style: s.Plain}, {Text: expires, Style: s.Plain}, {Text: "used " + day(t.Used, "never"), Style: s.Dim},
		})
	}
	terminal.Table{Width: terminal.Limit(e.out)}.Write(e.out, rows)
	return nil
}

func tokenRevokeCommand(e env) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "revoke NAME",
		Short: "Revoke a token",
		Long: `Revoke a token: a server refuses it at once.

Exit codes: 0 done, 1 failed, also if there is no such token, 2 wrong usage.`,
		Example: "  flowdeck token revoke ci",
		Args:    exactlyOne("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withHistory(e, dir, func(history *store.Store, _ []*flow.Flow) error {
				err := history.RevokeToken(cmd.Context(), args[0])
				if err == nil {
					fmt.Fprintf(e.err, "token %s was revoked\n", args[0])
				}
				return err
			})
		},
	}
	workspaceFlag(cmd, &dir)
	return cmd
}
