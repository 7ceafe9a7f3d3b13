package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/machines"
	"github.com/flowdeck/flowdeck/engine/serve"
	"github.com/flowdeck/flowdeck/engine/words"
)

type serveOptions struct {
	dir    string
	runs   int
	grace  time.Duration
	memory string
	log    string
	http   httpOptions
}

func serveCommand(e env) *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Start flows by their triggers, until it is stopped",
		Long: `Start flows by their triggers, until it is stopped.

A schedule starts its flow at its times. A time that was missed while no server ran is run when the next one starts, as the
schedule says: see 'flowdeck schedule list'. Each time starts one run, also after a crash or with two servers; the second
one stands by until the first has ended.

The flows are read again when their files change. A change with a problem leaves them as they are, and is logged. A change
of flowdeck.yaml needs a restart.

If all runs together take more than --memory, the one that made the most values fails. auto is half of the memory of the
machine, container or unit; off removes the limit.

SIGTERM or Ctrl-C stops the server: it starts nothing more, records in flight finish within the grace time, and runs that
have not ended are parked. The next server goes on with them, and with the runs of a server that was killed.

With engine: temporal in flowdeck.yaml, the runs go on on the workspace's Temporal server, and workers take them
('flowdeck worker'): they go on when the server stops, and the next one follows them. A flow that cannot run there is a problem.

With register: true, an event trigger has its event hook created in Okta, and kept as the flow says, for which Okta must reach
--public-url: see 'flowdeck hook list'.

Webhooks, event hooks and the API are on --listen: see docs/serve.md. Only this machine reaches the default. Another address needs a
token ('flowdeck token create') and a certificate, its own or that of a proxy.

The log has a line for each start and end of a run: for people on a terminal, as JSON elsewhere. FLOWDECK_EVENTS and the
variables of OpenTelemetry send events and traces of runs to other systems: see docs/events.md.

Exit codes: 0 it was stopped, 1 it cannot go on, 2 wrong usage, 3 problems in the flows.`,
		Example: `  flowdeck serve
  flowdeck serve -C flows --runs 8
  flowdeck serve --listen 0.0.0.0:8321 --public-url https://flows.example.com
  flowdeck serve --log json --grace 2m`,
		SuggestFor: []string{"server", "daemon", "start"},
		Args:       cobra.NoArgs,
		RunE:       func(cmd *cobra.Command, _ []string) error { return serveFlows(cmd.Context(), e, o) },
	}
	flags := cmd.Flags()
	workspaceFlag(cmd, &o.dir)
	flags.IntVar(&o.runs, "runs", serve.DefaultRuns, "the number of runs at a time, `N`")
	flags.DurationVar(&o.grace, "grace", serve.DefaultGrace, "how long records in flight may take when the server stops, as a `DURATION`")
	flags.StringVar(&o.memory, "memory", "auto", "the memory that all runs together may take, as a `SIZE` such as 2GiB: then one run fails")
	flags.StringVar(&o.http.listen, "listen", defaultListen, "the `ADDRESS` of webhooks and the API; port 0 is any free port, and off leaves them out")
	flags.StringVar(&o.http.public, "public-url", "", "the `URL` at which others reach the server, such as that of a proxy")
	flags.StringVar(&o.http.cert, "tls-cert", "", "the `FILE` with the certificate of the server, in PEM")
	flags.StringVar(&o.http.key, "tls-key", "", "the `FILE` with the key of the certificate, in PEM")
	flags.StringVar(&o.log, "log", "auto", "the form of the log, as `FORM`: text, json or auto")
	completes(cmd, "log", cobra.FixedCompletions([]string{"auto", "text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func serveFlows(ctx context.Context, e env, o serveOptions) (err error) {
	if o.runs < 1 {
		return usage("such as --runs 8", "--runs must be at least 1")
	}
	if o.grace < 0 {
		return usage("such as --grace 30s", "--grace must not be negative")
	}
	memory, err := readMemory(o.memory)
	if err != nil {
		return err
	}
	ctx, _, stop := interrupts(ctx, syscall.SIGHUP) // the terminal is gone
	defer stop()
	w, log, err := e.toServe(o.dir, o.log)
	if err != nil {
		return err
	}
	defer func() {
		if closed := w.Close(); err == nil {
			err = closed
		}
	}()
	m, err := monitor(ctx, e, w, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.close()) }()
	config := serve.Config{Workspace: w, Clock: e.clock, Log: log, Runs: o.runs, Memory: memory, Grace: o.grace, Lost: m.lost}
	on, err := servesOn(ctx, e, w)
	if err != nil {
		return err
	}
	if on != nil {
		defer on.Close()
		config.Elsewhere = on
	}
	server, err := serve.New(config)
	if err != nil {
		return err
	}
	if err := w.Trusts(ctx, server.Flows()...); err != nil { // better now than at the first event
		return err
	}
	if kind := network(w.Dir); kind != "" {
		log.Warn("the workspace is on a network file system: run one server only, since others on other machines could damage its database", "kind", kind)
	}
	defer survivePipes()()
	site, err := o.http.open(ctx, w, server)
	if err != nil {
		return err
	}
	return together(ctx, server, site)
}

// servesOn returns the runs on Temporal that the server of a workspace starts; nil if they go on in its process.
func servesOn(ctx context.Context, e env, w *host.Workspace) (*machines.Serving, error) {
	if w.Engine == nil || w.Engine.Text != "temporal" {
		return nil, nil
	}
	server, err := machines.ServerOf(ctx, w, e.lookup)
	if err != nil {
		return nil, err
	}
	if server.Address == "" {
		return nil, usage("write temporal: {address: HOST:PORT} beside it, or set TEMPORAL_ADDRESS", "%s has `engine: temporal`, and it is not known where Temporal is", w.File.Name)
	}
	key, _ := e.lookup("FLOWDECK_KEY")
	return machines.NewServing(w, server, key)
}

// together serves triggers and requests until ctx ends, or one of both fails.
func together(ctx context.Context, server *serve.Server, site *listening) error {
	if site == nil {
		return server.Run(ctx)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answering := make(chan error, 1)
	go func() {
		defer cancel()
		answering <- site.Run(ctx, site.on)
	}()
	err := server.Run(ctx)
	cancel()
	return errors.Join(err, <-answering)
}

// visible escapes what a terminal would obey in lines of JSON.
type visible struct{ to io.Writer }

func (v visible) Write(line []byte) (int, error) {
	if _, err := v.to.Write(words.VisibleJSON(line)); err != nil {
		return 0, err
	}
	return len(line), nil
}

// serveLog returns the log of a server: for people on a terminal, as JSON elsewhere.
func serveLog(e env, s *terminal.Screen, form string) (*slog.Logger, error) {
	switch form {
	case "auto":
		if s.IsTerminal() {
			return terminal.NewLog(s, slog.LevelInfo), nil
		}
	case "text":
		return terminal.NewLog(s, slog.LevelInfo), nil
	case "json":
	default:
		return nil, usage("text, json or auto", "--log %s: there is no such form", form)
	}
	return slog.New(slog.NewJSONHandler(visible{e.err}, nil)), nil
}

// toServe opens a workspace for a process that goes on until it is stopped, and its log, which has messages of the command from now on.
func (e *env) toServe(dir, format string) (*host.Workspace, *slog.Logger, error) {
	log, err := serveLog(*e, terminal.NewScreen(e.screen, e.lookup, e.veil.Text, func() {}), format)
	if err != nil {
		return nil, nil, err
	}
	e.err = logged{log}
	w, err := openWorkspace(*e, dir, ".")
	return w, log, err
}
