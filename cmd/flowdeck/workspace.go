package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/cards/grant"
	"github.com/flowdeck/flowdeck/cards/secret"
	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/words"
)

// namesOfFlows returns the names of flows, in their order.
func namesOfFlows(flows []*flow.Flow) (names []string) {
	for _, f := range flows {
		names = append(names, f.Name.Text)
	}
	return names
}

// openRuns loads the workspace that contains the folder dir, for a command about its runs.
func openRuns(e env, dir string) (*host.Workspace, error) {
	dir = cmp.Or(dir, ".")
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, usage("", "there is no folder %s", dir)
	}
	w, err := openWorkspace(e, "", dir)
	if err != nil {
		return nil, err
	}
	w.FetchWith(func(ctx context.Context, run string) error {
		runs, err := onTemporal(ctx, e, w)
		if runs == nil || err != nil {
			return cmp.Or(err, error(&card.Error{Kind: card.NotFound, Message: "there is no Temporal server"}))
		}
		defer runs.Close()
		return runs.Fetch(ctx, run)
	})
	return w, nil
}

// openWorkspace loads the workspace in dir or, if dir is empty, the workspace that contains the folder near.
func openWorkspace(e env, dir, near string) (*host.Workspace, error) {
	if dir == "" {
		found, err := host.Find(near)
		if err != nil {
			return nil, err
		}
		dir = fromHere(found)
	}
	state := fromHere(filepath.Join(dir, host.StateDir))
	key, _ := e.lookup("FLOWDECK_KEY")
	return host.Open(dir, host.Config{
		Cards: cards.All(), Triggers: cards.Triggers(), Services: cards.Services(),
		Secret: func(ctx context.Context, dir string, reference card.Value) (card.Secret, error) {
			return secret.Resolver{Dir: dir, Env: e.lookup, Err: e.err, Environ: os.Environ(), Mute: terminal.InCI(e.lookup)}.Resolve(ctx, reference)
		},
		Key:   sync.OnceValues(func() ([]byte, error) { return historyKey(e, state) }),
		Keyed: strings.TrimSpace(key) != "", // a key in the keyring is where the history is
		Trust: trusting(e),
		Grants: grant.Store{State: state, Key: card.NewSecret(key), Hide: e.veil.Learn, Waiting: func(connection string, most time.Duration) {
			fmt.Fprintf(e.err, "connection %q: waiting for another process that uses its grant, %s at most\n", connection, most)
		}},
		Person: whoami(), State: state, Product: "flowdeck/" + thisBuild().Version, Veil: e.veil, Clock: e.clock,
		Waiting: func(connection string, wait time.Duration, err error) {
			fmt.Fprintf(e.err, "connection %q: %v; trying again in %s\n", connection, err, wait.Round(100*time.Millisecond))
		},
	})
}

// openWorkspaceOf opens the workspace of a file. It is like openWorkspace with the folder of the file.
func openWorkspaceOf(e env, dir, file string) (*host.Workspace, error) {
	return openWorkspace(e, dir, filepath.Dir(file))
}

// openWorkspaceFor opens the workspace for the FLOW of a command: a name in the workspace, or a file.
func openWorkspaceFor(e env, dir, arg string) (*host.Workspace, error) {
	if file, _, ok := looksLikeFile(arg); ok {
		return openWorkspaceOf(e, dir, file)
	}
	return openWorkspace(e, dir, ".")
}

// openFlow finds the FLOW of a command, and loads its workspace: the one in dir or, if dir is empty, the one that
// contains the file or else the current folder.
func openFlow(e env, dir, arg string) (*host.Workspace, *flow.Flow, error) {
	w, err := openWorkspaceFor(e, dir, arg)
	if err != nil {
		return nil, nil, err
	}
	f, err := find(w, arg)
	return w, f, err
}

// looksLikeFile reports whether the FLOW of a command is a file, as FILE or FILE#NAME.
func looksLikeFile(arg string) (file, name string, ok bool) {
	file, name, _ = strings.Cut(arg, "#")
	ext := filepath.Ext(file)
	return file, name, ext == ".yaml" || ext == ".yml" || strings.ContainsRune(file, filepath.Separator)
}

// find finds the FLOW of a command, in the workspace or in a file.
func find(w *host.Workspace, arg string) (*flow.Flow, error) {
	file, name, ok := looksLikeFile(arg)
	if !ok {
		return w.FlowNamed(arg)
	}
	found, err := w.AddFile(file)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range found.Flows {
		if f.Name == nil {
			continue
		}
		if f.Name.Text == name || name == "" && len(found.Flows) == 1 {
			return f, nil
		}
		names = append(names, f.Name.Text)
	}
	switch {
	case len(w.Problems) > 0:
		return nil, w.Refuse(w.Problems)
	case name == "":
		return nil, usage("flows: "+strings.Join(names, ", "), "%s has %d flows: choose one, such as %s#%s", file, len(names), file, names[0])
	}
	return nil, usage(words.Hint("flows", name, names), "there is no flow %q in %s", name, file)
}

// checkFlow finds and checks the FLOW of a command, with the connections that --connection selects. It prints
// warnings.
func checkFlow(e env, dir, arg string, connections []string) (*host.Workspace, *host.Checked, error) {
	w, f, err := openFlow(e, dir, arg)
	if err != nil {
		return nil, nil, err
	}
	chosen, err := choose(w, connections)
	if err != nil {
		return nil, nil, err
	}
	checked, err := w.Check(f, chosen)
	if err != nil {
		return nil, nil, err
	}
	terminal.Problems(e.err, e.lookup, checked.Warnings, w.Source)
	return w, checked, nil
}

// choose returns the choices of --connection in a workspace, by service.
func choose(w *host.Workspace, connections []string) (map[string]string, error) {
	chosen, err := readChoices(connections)
	if err != nil {
		return nil, err
	}
	for _, service := range slices.Sorted(maps.Keys(chosen)) {
		if _, ok := w.Connection(chosen[service]); !ok {
			return nil, usage(words.Hint("connections", chosen[service], w.ConnectionNames()), "--connection %s=%s: there is no connection %q", service, chosen[service], chosen[service])
		}
	}
	return chosen, nil
}

// readChoices parses the values of --connection SERVICE=NAME into a map from service to connection.
func readChoices(given []string) (map[string]string, error) {
	chosen := map[string]string{}
	for _, pair := range given {
		service, name, ok := strings.Cut(pair, "=")
		if !ok || service == "" || name == "" {
			return nil, usage("such as --connection okta=prod", "--connection %q is not SERVICE=NAME", pair)
		}
		if services := cards.Services(); services[service].Name == "" {
			return nil, usage(words.Hint("services", service, slices.Sorted(maps.Keys(services))), "there is no service %q", service)
		}
		if other, twice := chosen[service]; twice && other != name {
			return nil, usage("a flow uses one connection for a service; remove one of them", "--connection is given twice for %s: %s and %s", service, other, name)
		}
		chosen[service] = name
	}
	return chosen, nil
}

// aboutOf returns the description of a flow as one line; empty if it has none.
func aboutOf(f *flow.Flow) string {
	if f.About == nil {
		return ""
	}
	return words.Folded(f.About.Text)
}

// workspaceFlag adds the flag -C to a command.
func workspaceFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVarP(dir, "dir", "C", "", "use the workspace in `DIR` instead of that of this folder")
	completes(cmd, "dir", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveFilterDirs
	})
}

// fromHere returns a path relative to the current folder if that is shorter to write.
func fromHere(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(here, path); err == nil && len(rel) < len(path) {
		return rel
	}
	return path
}
