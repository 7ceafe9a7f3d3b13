package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
	"github.com/flowdeck/flowdeck/cards/simhost"
	"github.com/flowdeck/flowdeck/engine/inside"
)

func orgCommand(e env) *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "org SEED",
		Short: "Serve a simulated Okta org over HTTP",
		Long: `Serve a simulated Okta org over HTTP, until Ctrl-C. The org is kept in memory: each start loads SEED again. The
simulated org of a workspace's connection (simulate) needs no server, and keeps its changes. 'flowdeck help seeds'
describes the format of SEED.

A connection of a workspace reaches it with
  local:
    type: okta
    domain: http://127.0.0.1:8642
    simulated: true
    auth: {api_token: {env: OKTA_API_TOKEN}}

From this machine, GET /-/dump returns the whole state, GET /-/stats counts the requests, GET /-/requests?since=N lists
them, GET /-/hooks?since=N lists those that it sent to event hooks, and POST /-/faults replaces the faults with a list as in
the seed ([] removes them). Event hooks are called on loopback addresses only; any other URL is as if nobody answered there.

It answers programs only: a request of a web page is refused, and so is one to a host other than localhost, its address
or the host in --listen.`,
		Example: `  flowdeck org flows/orgs/acme.yaml
  curl -H 'Authorization: SSWS demo-token' 'http://127.0.0.1:8642/api/v1/users?limit=2'`,
		Args: exactlyOne("SEED"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return serveOrg(cmd.Context(), e, args[0], listen)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8642", "the `ADDRESS` to listen on; port 0 is any free port")
	cmd.AddCommand(orgDumpCommand(e), orgCopyCommand(e), orgResetCommand(e))
	return cmd
}

func serveOrg(ctx context.Context, e env, path, listen string) error {
	source, err := inside.ReadFile(path, oktasim.MaxSeedSize)
	if err != nil {
		return usage("", "%v", err)
	}
	seed, err := oktasim.Load(source)
	if err != nil {
		return &exit{code: exitProblems, err: fmt.Errorf("%s: %w", path, err)}
	}
	org, err := oktasim.New(seed, oktasim.Options{})
	if err != nil {
		return &exit{code: exitProblems, err: fmt.Errorf("%s: %w", path, err)}
	}
	defer org.Close() // returns nil
	listener, err := listenOn(ctx, listen, "--listen 127.0.0.1:0 takes any free port")
	if err != nil {
		return err
	}
	host, _, _ := net.SplitHostPort(listen)
	ctx, _, stop := interrupts(ctx) // before the first line of output, because other programs may send the signal as soon as they see it
	defer stop()
	server := simhost.NewServer(org, host)
	server.ErrorLog = log.New(e.err, "", 0)
	if addr, ok := listener.Addr().(*net.TCPAddr); ok && !addr.IP.IsLoopback() {
		fmt.Fprintf(e.err, "warning: %s can be reached from other machines, and its tokens are in the seed\n", addr)
	}
	fmt.Fprintf(e.err, "simulated org of %s on http://%s (Ctrl-C stops it)\n", path, reached(listener.Addr()))
	fmt.Fprintln(e.err, "  event hooks are delivered to loopback addresses only")
	for _, token := range seed.Tokens() {
		fmt.Fprintf(e.err, "  curl -H 'Authorization: SSWS %s' 'http://%s/api/v1/users?limit=2'\n", token, reached(listener.Addr()))
	}

	closed := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer closed()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// reached returns the address at which a program on this machine reaches a listener: one that listens on all addresses is not one itself.
func reached(at net.Addr) string {
	if tcp, ok := at.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: tcp.Port}).String()
	}
	return at.String()
}
