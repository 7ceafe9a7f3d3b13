package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/words"
)

type hookDeleteOptions struct {
	dir      string
	all, yes bool
}

func hookDeleteCommand(e env) *cobra.Command {
	var o hookDeleteOptions
	cmd := &cobra.Command{
		Use:   "delete ID | --all",
		Short: "Delete event hooks in Okta, such as those of a workspace that is given up",
		Long: `Delete event hooks that a server has created in Okta. ID is that of 'flowdeck hook list'. It is refused while a server runs, which would create
them again: stop it, or remove register: true from the flow, so that the server deletes the hook itself.

A hook whose connection the workspace does not have any more, or that leads to another org now, is forgotten, and may still
exist in Okta.

Before it writes to an org that is not simulated, it asks.

Exit codes: 0 done, 1 failed, 2 wrong usage, also while a server runs, 4 connection, 130 interrupted.`,
		Example: "  flowdeck hook delete who1a2b3c4d5e6f7g8h9\n  flowdeck hook delete --all --yes",
		Args: func(cmd *cobra.Command, args []string) error {
			if o.all && len(args) > 0 || !o.all && len(args) != 1 {
				return usage("flowdeck hook list  shows the ids", "delete takes one ID, or --all")
			}
			return nil
		},
		ValidArgsFunction: completeHook(e, &o.dir),
		RunE: func(cmd *cobra.Command, args []string) error {
			return deleteHooks(cmd.Context(), e, strings.Join(args, ""), o)
		},
	}
	workspaceFlag(cmd, &o.dir)
	cmd.Flags().BoolVar(&o.all, "all", false, "delete all event hooks of the workspace")
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "write to an org that is not simulated, without asking")
	return cmd
}

func deleteHooks(ctx context.Context, e env, id string, o hookDeleteOptions) (err error) {
	w, err := openWorkspace(e, o.dir, ".")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	history, err := w.Kept()
	if err != nil {
		return err
	}
	switch {
	case history == nil && !o.all:
		return usage("", "there is no event hook %q", id)
	case history == nil:
		fmt.Fprintln(e.err, "there are no event hooks")
		return nil
	}
	ctx, _, stop := interrupts(ctx)
	defer stop()
	lead, err := history.Lead(ctx, time.Time{}) // no server can start meanwhile
	if led := (*store.LedError)(nil); errors.As(err, &led) {
		return usage("stop it, or remove `register` from the flow: the server then deletes the hook", "%v, and would create the event hook again", led)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lead.Resign(context.WithoutCancel(ctx))) }()
	all, err := history.Hooks(ctx)
	if err != nil {
		return err
	}
	if !o.all {
		ids := idsOf(all)
		if all = slices.DeleteFunc(all, func(h store.Hook) bool { return h.Hook != id }); len(all) == 0 {
			return usage(words.Hint("hooks", id, ids), "there is no event hook %q", id)
		}
	}
	if len(all) == 0 {
		fmt.Fprintln(e.err, "there are no event hooks")
	}
	d := &hookDeletion{env: e, workspace: w, yes: o.yes, all: all, open: map[string]*host.Connections{}}
	defer func() { err = errors.Join(err, d.close()) }()
	for _, h := range all {
		if err := d.delete(ctx, h); err != nil {
			return err
		}
		if err := history.RemoveHook(ctx, lead, h.ID); err != nil {
			return err
		}
	}
	return nil
}

// hookDeletion deletes hooks in their service.
type hookDeletion struct {
	env
	workspace *host.Workspace
	yes       bool
	all       []store.Hook
	open      map[string]*host.Connections // by connection, after the person has agreed
}

// delete deletes a hook, unless nobody can reach it.
func (d *hookDeletion) delete(ctx context.Context, h store.Hook) error {
	if h.Hook == "" {
		return nil
	}
	use, keeper, err := d.workspace.HookKeeper(h.Connection)
	if err != nil && card.AsError(err).Kind == card.NotFound {
		fmt.Fprintf(d.err, "event hook %s of flow %s was forgotten, and may still exist: %v\n", h.Hook, h.Flow, err)
		return nil
	}
	if err != nil {
		return usage(card.AsError(err).Hint, "%v", err)
	}
	conns, err := d.connect(ctx, use)
	if err != nil {
		return err
	}
	if org := conns.Org(use.Name); org != h.Org {
		fmt.Fprintf(d.err, "event hook %s of flow %s was forgotten, and may still exist in %s: connection %s leads to %s\n", h.Hook, h.Flow, h.Org, use.Name, org)
		return nil
	}
	call := card.Call{ConnName: use.Name, Conn: conns.Open(use.Name)}
	if err := d.workspace.Again(ctx, use.Name, func() error { return keeper.Delete(ctx, call, h.Hook) }); err != nil {
		return failed(ctx, d.env, "delete event hook "+h.Hook, err)
	}
	fmt.Fprintf(d.err, "event hook %s of flow %s was deleted\n", h.Hook, h.Flow)
	return nil
}

// connect opens a connection, and asks whether its hooks may be deleted: once.
func (d *hookDeletion) connect(ctx context.Context, use engine.Use) (*host.Connections, error) {
	if conns := d.open[use.Name]; conns != nil {
		return conns, nil
	}
	conns, err := d.workspace.Connect(ctx, []engine.Use{use})
	if err != nil {
		return nil, err
	}
	d.open[use.Name] = conns
	of := slices.DeleteFunc(slices.Clone(d.all), func(h store.Hook) bool { return h.Connection != use.Name })
	return conns, agreed(ctx, d.env, conns, "delete event hook "+strings.Join(idsOf(of), ", "), d.yes, false)
}

func (d *hookDeletion) close() error {
	var errs []error
	for _, conns := range d.open {
		errs = append(errs, conns.Close())
	}
	return errors.Join(errs...)
}

// idsOf returns the ids of hooks in their service.
func idsOf(all []store.Hook) (ids []string) {
	for _, h := range all {
		if h.Hook != "" {
			ids = append(ids, h.Hook)
		}
	}
	return ids
}

// completeHook completes the id of a hook.
func completeHook(e env, dir *string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		var ids []string
		if len(args) == 0 {
			all, _ := keptHooks(cmd.Context(), e, *dir)
			for _, h := range all {
				if h.Hook != "" {
					ids = append(ids, described(terminal.OneLine(e.err, h.Hook), h.Flow))
				}
			}
		}
		return ids, cobra.ShellCompDirectiveNoFileComp
	}
}
