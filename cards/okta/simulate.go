package okta

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/engine/card"
)

type simulate struct {
	Seed string `json:"seed" jsonschema:"the file that describes the org, in the workspace's folder"`
}

func openSimulated(s card.Settings, c simulate, door *pace.Governor) (card.Connection, error) {
	source, err := fs.ReadFile(s.Files, c.Seed)
	if err != nil {
		return nil, misconfigured("`seed` is a path below the workspace's folder", fmt.Sprintf("the seed cannot be read: %v", err))
	}
	seed, err := oktasim.Load(source)
	if err != nil {
		return nil, misconfigured("", fmt.Sprintf("%s: %v", c.Seed, err))
	}
	tokens := seed.Tokens()
	if len(tokens) == 0 {
		return nil, misconfigured("give it one, or leave `tokens` out for demo-token", c.Seed+" lets nobody in: it has no tokens")
	}
	org := &simulation{from: c.Seed, seed: seed, dir: stateFolder(s), afresh: "flowdeck org reset " + s.Name + " lets it begin afresh"}
	err = org.use()
	if err == nil {
		_, err = org.address()
	}
	if err != nil {
		hint := org.afresh
		if file := (*fs.PathError)(nil); errors.As(err, &file) { // it could not be read or written at all
			hint = "simulated orgs keep their state in .flowdeck, in the workspace's folder"
		}
		return nil, errors.Join(misconfigured(hint, fmt.Sprintf("the simulated org of %s: %v", c.Seed, err)), org.close())
	}
	session, err := oktaapi.Open(oktaapi.Config{
		Domain: "http://localhost", Dial: org.dial, Unused: unusedFor, Token: card.NewSecret(tokens[0]), Product: s.Product, Door: door,
	})
	if err != nil {
		return nil, errors.Join(err, org.close())
	}
	return &connection{Session: session, simulation: org}, nil
}

// ResetSimulated forgets all that the runs did to the simulated org of a connection, so that the next one finds it
// as its seed says. Of the settings it needs Name, Config and State. Its errors are *card.Error: of kind invalid
// if the connection is not a simulated org, of kind conflict while some process uses the org.
func ResetSimulated(s card.Settings) error {
	if _, ok := s.Config["simulate"]; !ok {
		return misconfigured("only a connection with `simulate` has a state of ours", "it is not a simulated org")
	}
	switch err := oktasim.Reset(stateFolder(s)); {
	case errors.Is(err, oktasim.ErrInUse):
		return &card.Error{Kind: card.Conflict, Message: "another process uses its simulated org", Hint: "wait until it has ended"}
	case err != nil:
		return misconfigured("", err.Error())
	}
	return nil
}

// stateFolder is where the simulated org of a connection remembers; empty if nothing is kept.
func stateFolder(s card.Settings) string {
	if s.State == "" {
		return ""
	}
	return filepath.Join(s.State, "orgs", s.Name)
}
