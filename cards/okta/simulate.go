package okta

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/cards/simhost"
	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/inside"
)

type simulate struct {
	Seed string `json:"seed" jsonschema:"the file that describes the org, in the workspace's folder"`
}

// load reads the seed.
func (c simulate) load(s card.Settings) (oktasim.Seed, error) {
	source, err := inside.Read(s.Files, c.Seed, oktasim.MaxSeedSize)
	if err != nil {
		return oktasim.Seed{}, misconfigured("`seed` is the path of a file in the workspace's folder", fmt.Sprintf("the seed cannot be read: %v", err))
	}
	seed, err := oktasim.Load(source)
	if err != nil {
		return oktasim.Seed{}, simhost.Mistaken(c.Seed, err)
	}
	if len(seed.Tokens()) == 0 {
		return oktasim.Seed{}, misconfigured("add a token, or leave out `tokens` to get demo-token", c.Seed+" has no tokens, so that nobody can sign in")
	}
	return seed, nil
}

func openSimulated(s card.Settings, c simulate, door *pace.Governor) (card.Connection, error) {
	seed, err := c.load(s)
	if err != nil {
		return nil, err
	}
	org, err := simhost.OpenSimulation(s, "org", c.Seed, simulator(seed, s))
	if err != nil {
		return nil, err
	}
	token, err := oktaapi.APIToken(card.NewSecret(seed.Tokens()[0]))
	if err != nil {
		return nil, errors.Join(err, org.Close())
	}
	session, err := oktaapi.Open(oktaapi.Config{
		Domain: "http://localhost", Dial: org.Dial, Unused: simhost.Unused, Credentials: token, Product: s.Product, Door: door, Trace: wire.TraceOf(s),
	})
	if err != nil {
		return nil, errors.Join(err, org.Close())
	}
	return &connection{Session: session, excerpt: s.Excerpt, simulation: org, simulated: true, offline: s.Offline}, nil
}

// simulator describes how simhost creates and restores the simulated org of a seed.
func simulator(seed oktasim.Seed, s card.Settings) simhost.Simulator {
	options := oktasim.Options{Clock: s.Clock.Now}
	if s.Offline {
		options.Hooks = nobody{}
	}
	return simhost.Simulator{
		Format: oktasim.Format, Digest: seed.Digest(), Headers: []string{oktasim.KeptHeader}, Secrets: oktasim.SecretKeys(), URI: oktasim.MaskedURI,
		New: func(began time.Time, keep simhost.Keep) (simhost.Server, error) {
			options.Began, options.Keep = began, keep
			return oktasim.New(seed, options)
		},
	}
}

// nobody is a transport to servers of which none answers.
type nobody struct{}

func (nobody) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("nothing leaves this process")
}
