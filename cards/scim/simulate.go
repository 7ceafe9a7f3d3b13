package scim

import (
	"fmt"
	"net/url"
	"time"

	"github.com/flowdeck/flowdeck/cards/scim/scimsim"
	"github.com/flowdeck/flowdeck/cards/simhost"
	"github.com/flowdeck/flowdeck/cards/web"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/inside"
)

type simulate struct {
	Seed string `json:"seed" jsonschema:"the file that describes the target, in the workspace's folder"`
}

// load reads the seed.
func (c simulate) load(s card.Settings) (scimsim.Seed, error) {
	source, err := inside.Read(s.Files, c.Seed, scimsim.MaxSeedSize)
	if err != nil {
		return scimsim.Seed{}, misconfigured("`seed` is the path of a file in the workspace's folder", fmt.Sprintf("the seed cannot be read: %v", err))
	}
	seed, err := scimsim.Load(source)
	if err != nil {
		return scimsim.Seed{}, simhost.Mistaken(c.Seed, err)
	}
	return seed, nil
}

func openSimulated(s card.Settings, c config) (card.Connection, error) {
	seed, err := c.Simulate.load(s)
	if err != nil {
		return nil, err
	}
	sim, err := simhost.OpenSimulation(s, "target", c.Simulate.Seed, simhost.Simulator{
		Format: scimsim.Format, Digest: seed.Digest(), Headers: scimsim.KeptHeaders(), Secrets: [][]string{{"password"}}, URI: (*url.URL).RequestURI,
		New: func(began time.Time, keep simhost.Keep) (simhost.Server, error) {
			return scimsim.New(seed, scimsim.Options{Began: began, Keep: keep, Clock: s.Clock.Now})
		},
	})
	if err != nil {
		return nil, err
	}
	session, err := c.Site.OpenSimulated(s, "http://localhost"+seed.Base(), card.NewSecret(seed.Token()), web.Line{Dial: sim.Dial, Unused: simhost.Unused})
	if err != nil {
		_ = sim.Close()
		return nil, err
	}
	return &target{Session: session, simulation: sim, authority: c.Authority, settings: s}, nil
}
