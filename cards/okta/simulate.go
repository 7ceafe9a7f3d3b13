package okta

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"time"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/engine/card"
)

type simulate struct {
	Seed string `json:"seed" jsonschema:"the file that describes the org, in the workspace's folder"`
}

// simulation is a simulated org on a loopback port of its own: the session reaches it over HTTP, as it
// would reach a real one.
type simulation struct {
	server *http.Server
	note   string
}

func openSimulated(s card.Settings, c simulate, door *pace.Governor) (card.Connection, error) {
	source, err := fs.ReadFile(s.Files, c.Seed)
	if err != nil {
		return nil, misconfigured(s, "`seed` is a path below the workspace's folder", fmt.Sprintf("the seed cannot be read: %v", err))
	}
	seed, err := oktasim.Load(source)
	if err != nil {
		return nil, misconfigured(s, "", fmt.Sprintf("%s: %v", c.Seed, err))
	}
	org, err := oktasim.New(seed, oktasim.Options{})
	if err != nil {
		return nil, misconfigured(s, "", fmt.Sprintf("%s: %v", c.Seed, err))
	}
	tokens := seed.Tokens()
	if len(tokens) == 0 {
		return nil, misconfigured(s, "give it one, or leave `tokens` out for demo-token", c.Seed+" lets nobody in: it has no tokens")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, misconfigured(s, "", fmt.Sprintf("the simulated org cannot listen: %v", err))
	}
	server := &http.Server{Handler: org, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // ends with close
	session, err := oktaapi.Open(oktaapi.Config{
		Domain: "http://" + listener.Addr().String(), Token: card.NewSecret(tokens[0]),
		Product: s.Product, Door: door,
	})
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	return &connection{Session: session, simulation: &simulation{server: server, note: "fresh, from " + c.Seed}}, nil
}

func (s *simulation) close() error { return s.server.Close() }
