package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/ask"
	"github.com/flowdeck/flowdeck/engine/host"
)

func trustCommand(e env) *cobra.Command {
	var revoke bool
	cmd := &cobra.Command{
		Use:   "trust [DIR]",
		Short: "Trust the connections of a workspace, so that they get secrets of this machine",
		Long: `Show which secrets of this machine the connections of a workspace send to which host, and which programs they run, and ask
whether you trust them. DIR is the workspace's folder; by default, that of this folder.

Until you agree, no secret of the workspace is read and no program of a {command: ...} is run: a flowdeck.yaml that you
have cloned may send your variables to a stranger. Commands that need a secret ask by themselves on a terminal.
If a connection is added or changed, they ask again and show the difference. rate_limit and read_only may change. The secrets
of event triggers with register: true count, too: a server sends them to the org of the connection. What you agreed to is kept in
flowdeck/trusted in your configuration folder (XDG_CONFIG_HOME).

Connections with simulate need no trust as long as no event hook sends a secret to them. One to a server on this machine does, also if the
workspace declares it as simulated: who wrote the workspace may know what listens there.

FLOWDECK_TRUST=1 trusts every workspace, for CI and containers.

Exit codes: 0 done or nothing to trust, 1 not trusted, 2 wrong usage, 130 interrupted.`,
		Example: `  flowdeck trust
  flowdeck trust okta-flows
  flowdeck trust --revoke okta-flows
  FLOWDECK_TRUST=1 flowdeck run nightly-report`,
		Args: atMostOne("DIR"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := strings.Join(args, "")
			if revoke {
				return revokeTrust(e, dir)
			}
			return trustWorkspace(cmd.Context(), e, dir)
		},
	}
	cmd.Flags().BoolVar(&revoke, "revoke", false, "forget that you trust the workspace")
	return cmd
}

func trustWorkspace(ctx context.Context, e env, dir string) error {
	w, err := openWorkspace(e, dir, ".")
	if err != nil {
		return err
	}
	t, folder, stakes, err := stakesOf(e, w)
	if err != nil {
		return err
	}
	allowed, _ := e.lookup(trustVariable)
	asked := person(e, false)
	switch changed := t.changed(folder, stakes); {
	case len(stakes) == 0:
		fmt.Fprintf(e.err, "nothing to trust: the connections of %s send no secret of this machine to a host, and run no program\n", w.Dir)
		return nil
	case len(changed) == 0:
		t.show(e.err, folder, stakes)
		fmt.Fprintln(e.err, "trusted already; 'flowdeck trust --revoke' forgets it")
		return nil
	case allowed == "1":
		t.show(e.err, folder, stakes)
		return t.agree(e, folder, stakes)
	case asked == nil:
		t.show(e.err, folder, stakes)
		return usage("set "+trustVariable+"=1 to trust it without being asked", "nobody can be asked here: this needs a terminal")
	}
	ctx, _, stop := interrupts(ctx)
	defer stop()
	return t.ask(ctx, e, asked, folder, stakes)
}

// ask shows the stakes of a workspace, and asks whether the person trusts them.
func (t *trusted) ask(ctx context.Context, e env, asked *ask.Person, folder string, stakes []host.Stake) error {
	first := "flowdeck has not seen the workspace %s on this machine. Its connections use secrets of this machine:\n"
	if len(t.Workspaces[folder]) > 0 {
		first = "the connections of %s have changed since you trusted them:\n"
	}
	fmt.Fprintf(e.err, first, folder)
	t.show(e.err, folder, stakes)
	yes, err := asked.Confirm(ctx, "do you trust it?")
	switch {
	case err != nil:
		return interrupted(err)
	case !yes:
		return errors.New("not trusted: no secret was read, and no program was run")
	}
	return t.agree(e, folder, stakes)
}

// agree remembers that the person trusts a workspace.
func (t *trusted) agree(e env, folder string, stakes []host.Stake) error {
	if err := t.trust(folder, stakes); err != nil {
		return err
	}
	fmt.Fprintf(e.err, "trusted; %s remembers it\n", t.path)
	return nil
}

func revokeTrust(e env, dir string) error {
	if dir == "" {
		found, err := host.Find(".")
		if err != nil {
			return err
		}
		dir = found
	}
	folder, err := folderOf(dir)
	if err != nil {
		return &host.UsageError{Err: err}
	}
	t, err := readTrusted(e)
	if err != nil {
		return err
	}
	if _, known := t.Workspaces[folder]; !known {
		fmt.Fprintf(e.err, "%s was not trusted\n", folder)
		return nil
	}
	delete(t.Workspaces, folder)
	if err := t.write(); err != nil {
		return err
	}
	fmt.Fprintf(e.err, "%s is no longer trusted\n", folder)
	return nil
}
