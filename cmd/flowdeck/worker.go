package main

import (
	"context"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/machines"
	"github.com/flowdeck/flowdeck/engine/words"
)

type workerOptions struct {
	dir, log    string
	server      machines.Server
	apiKey      string
	connections []string
	calls       int
	grace       time.Duration
}

func workerCommand(e env) *cobra.Command {
	var o workerOptions
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Work on runs that go on on several machines, until it is stopped",
		Long: `Work on runs that go on on several machines, until it is stopped. They share a Temporal server, which keeps what the runs have
done: 'flowdeck run FLOW --on temporal' starts a run there, and if a worker ends, the others go on with its runs.

Each worker needs the workspace, whose flowdeck.yaml has the connections, their secrets, and FLOWDECK_KEY, which encrypts
all that the server keeps: the same on each machine. A worker with another key gets no tasks of these runs. The flows come
with the run. A connection that leads to another org here than when a run was started gets no calls of the run: they wait for
a worker whose connection leads there.

The server is that of --temporal or, without it, of 'temporal' in flowdeck.yaml or of TEMPORAL_ADDRESS, with
TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS, TEMPORAL_TLS_CLIENT_CERT_PATH, TEMPORAL_TLS_CLIENT_KEY_PATH,
TEMPORAL_TLS_SERVER_CA_CERT_PATH and TEMPORAL_TLS_SERVER_NAME. A namespace is for one workspace.

A worker makes the calls of all connections of the workspace, or only those of --connection: where other machines cannot
reach a service. It opens them when it starts, and makes the calls of those that it could open; it tries the others again
every 15 seconds, and logs why.

SIGTERM or Ctrl-C stops it: it takes nothing more, and calls in flight finish within the grace time.

The log has a line for each start and end of a run: for people on a terminal, as JSON elsewhere.

Exit codes: 0 it was stopped, 1 it cannot go on, 2 wrong usage, 4 the server cannot be reached, or a
connection of --connection cannot be opened.`,
		Example: `  flowdeck worker --temporal temporal.example.com:7233 -C flows
  flowdeck worker --temporal cloud.example.com:7233 --namespace flows --api-key TEMPORAL_API_KEY
  flowdeck worker --connection okta`,
		SuggestFor: []string{"work", "agent"},
		Args:       cobra.NoArgs,
		RunE:       func(cmd *cobra.Command, _ []string) error { return work(cmd.Context(), e, o) },
	}
	flags := cmd.Flags()
	workspaceFlag(cmd, &o.dir)
	flags.StringVar(&o.server.Address, "temporal", "", "the `ADDRESS` of the Temporal server, as HOST:PORT")
	flags.StringVar(&o.server.Namespace, "namespace", "", "the `NAME` of its namespace, with --temporal; without it, default")
	flags.StringVar(&o.apiKey, "api-key", "", "the `VARIABLE` of the environment that has the API key of the server, with --temporal")
	flags.BoolVar(&o.server.TLS, "tls", false, "encrypt the connection, with --temporal; the flags below and --api-key do so, too")
	flags.StringVar(&o.server.Cert, "tls-cert", "", "the `FILE` with the certificate of this client, in PEM")
	flags.StringVar(&o.server.Key, "tls-key", "", "the `FILE` with the key of the certificate, in PEM")
	flags.StringVar(&o.server.CA, "tls-ca", "", "the `FILE` with the certificates of authorities to trust, in PEM")
	flags.StringVar(&o.server.ServerName, "tls-server-name", "", "the `NAME` in the certificate of the server")
	flags.StringArrayVar(&o.connections, "connection", nil, "make only the calls of the connection `NAME`; may be repeated")
	flags.IntVar(&o.calls, "calls", 0, "make at most `N` calls of a connection at a time; 0 is as many as its rate limits and the flows allow")
	flags.DurationVar(&o.grace, "grace", time.Minute, "how long calls in flight may take when it stops, as a `DURATION`")
	flags.StringVar(&o.log, "log", "auto", "the form of the log, as `FORM`: text, json or auto")
	completes(cmd, "log", cobra.FixedCompletions([]string{"auto", "text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func work(ctx context.Context, e env, o workerOptions) error {
	if o.calls < 0 {
		return usage("such as --calls 8", "--calls must not be negative")
	}
	if o.grace < 0 {
		return usage("such as --grace 30s", "--grace must not be negative")
	}
	ctx, _, stop := interrupts(ctx, syscall.SIGHUP) // the terminal is gone
	defer stop()
	w, log, err := e.toServe(o.dir, o.log)
	if err != nil {
		return err
	}
	for _, name := range o.connections {
		if all := w.ConnectionNames(); !slices.Contains(all, name) {
			return usage(words.Hint("connections", name, all), "--connection %s: there is no such connection", name)
		}
	}
	server, err := o.serverOf(ctx, e, w)
	if err != nil {
		return err
	}
	defer survivePipes()()
	key, _ := e.lookup("FLOWDECK_KEY")
	return machines.Work(ctx, machines.Worker{
		Workspace: w, Cards: cards.All(), Server: server, Key: key, Connections: o.connections, Calls: o.calls, Grace: o.grace, Log: log, Hide: e.veil.Learn,
	})
}

// serverOf returns the server of the flags or, without them, of the workspace.
func (o workerOptions) serverOf(ctx context.Context, e env, w *host.Workspace) (machines.Server, error) {
	if o.server.Address == "" {
		if o.server != (machines.Server{}) || o.apiKey != "" {
			return o.server, usage("such as --temporal temporal.example.com:7233", "the flags of a server need --temporal")
		}
		return machines.ServerOf(ctx, w, e.lookup)
	}
	if o.apiKey != "" {
		value, ok := e.lookup(o.apiKey)
		if !ok || value == "" {
			return o.server, usage("it is the name of a variable, which has the key", "--api-key: the environment has no variable of that name")
		}
		o.server.APIKey = value
	}
	return o.server, nil
}
