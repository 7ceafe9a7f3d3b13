package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
)

func hookCommand(e env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hook",
		Short: "List and delete the event hooks that a server keeps",
		Long: `List and delete the event hooks that 'flowdeck serve' keeps in Okta for the event triggers with register: true. docs/serve.md
describes them.`,
		Example: "  flowdeck hook list\n  flowdeck hook delete --all",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(hookListCommand(e), hookDeleteCommand(e))
	return cmd
}

func hookListCommand(e env) *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the event hooks, with their status and the last problem",
		Long: `List the event hooks that a server keeps, as it has seen them last: it looks each minute. Nothing is sent. The status is active, inactive,
or unverified; replaced is a hook whose place another one has taken, and that is deleted after a minute.

--json prints a list of {"flow", "trigger", "connection", "hook", "url", "status", "problem", "seen", "replaced"}. hook is the id in
Okta; it is empty if the hook could not be created.

Exit codes: 0 done, 2 wrong usage.`,
		Example: "  flowdeck hook list\n  flowdeck hook list --json | jq -r '.[] | select(.problem) | .flow'",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := keptHooks(cmd.Context(), e, dir)
			if err != nil {
				return err
			}
			return listHooks(e, all, asJSON)
		},
	}
	workspaceFlag(cmd, &dir)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON list on standard output, and nothing else")
	return cmd
}

type hookJSON struct {
	Flow       string          `json:"flow"`
	Trigger    string          `json:"trigger"`
	Connection string          `json:"connection"`
	Hook       string          `json:"hook"`
	URL        string          `json:"url"`
	Status     card.HookStatus `json:"status"`
	Problem    string          `json:"problem,omitempty"`
	Seen       time.Time       `json:"seen"`
	Replaced   time.Time       `json:"replaced,omitzero"`
}

// keptHooks returns the hooks that the history of a workspace has.
func keptHooks(ctx context.Context, e env, dir string) (all []store.Hook, err error) {
	w, err := openWorkspace(e, dir, ".")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	history, err := w.Kept()
	if err != nil || history == nil {
		return nil, err
	}
	return history.Hooks(ctx)
}

func listHooks(e env, all []store.Hook, asJSON bool) error {
	if asJSON {
		list := []hookJSON{}
		for _, h := range all {
			list = append(list, hookJSON{h.Flow, triggerOf(h), h.Connection, h.Hook, h.URL, h.Status, h.Problem, h.Seen, h.Retired})
		}
		return printJSON(e.data, list)
	}
	if len(all) == 0 {
		fmt.Fprintln(e.err, "there are no event hooks: 'flowdeck serve' creates one for each event trigger with register: true")
		return nil
	}
	s := terminal.NewStyles(e.lookup, e.out)
	var rows [][]terminal.Cell
	for _, h := range all {
		status, style := string(h.Status), s.Plain
		switch {
		case !h.Retired.IsZero():
			status, style = "replaced", s.Dim
		case h.Hook == "":
			status = "not created"
		}
		if h.Problem != "" {
			style = s.Warning
		}
		rows = append(rows, []terminal.Cell{
			{Text: h.Flow, Style: s.Heading}, {Text: triggerOf(h), Style: s.Plain}, {Text: terminal.OneLine(e.out, h.Hook), Style: s.Plain}, {Text: status, Style: style},
			{Text: terminal.OneLine(e.out, h.Problem), Style: s.Plain},
		})
	}
	terminal.Table{Width: terminal.Limit(e.out)}.Write(e.out, rows)
	return nil
}

// triggerOf returns the trigger of a hook for people, who know its kind.
func triggerOf(h store.Hook) string {
	return strings.TrimPrefix(h.Trigger, string(engine.EventTrigger)+" ")
}
