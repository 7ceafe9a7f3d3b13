package okta

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/cards/simhost"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/inside"
)

type simulate struct {
	Seed string `json:"seed" jsonschema:"the file that describes the org, in the workspace's folder"`
}

// simulation is the simulated org of a connection. The session reaches it over HTTP, as it reaches a real org.
type simulation struct {
	*simhost.Access
	from  string // the seed's file
	reset string // the hint if the state cannot be used
}

// stateHint is the hint if the state cannot be written.
const stateHint = "simulated orgs keep their state in .flowdeck in the workspace, which must be writable and have no links to other folders"

// load reads the seed.
func (c simulate) load(s card.Settings) (oktasim.Seed, error) {
	source, err := inside.Read(s.Files, c.Seed, oktasim.MaxSeedSize)
	if err != nil {
		return oktasim.Seed{}, misconfigured("`seed` is the path of a file in the workspace's folder", fmt.Sprintf("the seed cannot be read: %v", err))
	}
	seed, err := oktasim.Load(source)
	if err != nil {
		return oktasim.Seed{}, mistaken(c.Seed, err)
	}
	if len(seed.Tokens()) == 0 {
		return oktasim.Seed{}, misconfigured("add a token, or leave out `tokens` to get demo-token", c.Seed+" has no tokens, so that nobody can sign in")
	}
	return seed, nil
}

// mistaken returns the error of a seed with mistakes: the first one, and how to see the others.
func mistaken(seed string, err error) error {
	first, all := (*oktasim.SeedError)(nil), []error(nil)
	if !errors.As(err, &first) {
		return misconfigured("", fmt.Sprintf("%s: %v", seed, err))
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		all = joined.Unwrap()
	}
	alone := *first
	alone.Hint = ""
	message := fmt.Sprintf("%s: %v", seed, &alone)
	if more := len(all) - 1; more > 0 {
		message += fmt.Sprintf(" (and %d more: 'flowdeck org %s' lists them)", more, seed)
	}
	return misconfigured(first.Hint, message)
}

func openSimulated(s card.Settings, c simulate, door *pace.Governor) (card.Connection, error) {
	seed, err := c.load(s)
	if err != nil {
		return nil, err
	}
	org := &simulation{from: c.Seed, reset: "flowdeck org reset " + s.Name + " resets it"}
	dir, err := stateFolder(s)
	if err != nil {
		return nil, err
	}
	org.Access, err = simhost.Open(simulator(seed, s.Clock), dir)
	if err != nil {
		hint := org.reset
		if file := (*fs.PathError)(nil); errors.As(err, &file) { // the file cannot be read or written
			hint = stateHint
		}
		return nil, misconfigured(hint, fmt.Sprintf("the simulated org of %s: %v", c.Seed, err))
	}
	token, err := oktaapi.APIToken(card.NewSecret(seed.Tokens()[0]))
	if err != nil {
		return nil, errors.Join(err, org.Close())
	}
	session, err := oktaapi.Open(oktaapi.Config{
		Domain: "http://localhost", Dial: org.Dial, Unused: simhost.Unused, Credentials: token, Product: s.Product, Door: door,
	})
	if err != nil {
		return nil, errors.Join(err, org.Close())
	}
	return &connection{Session: session, excerpt: s.Excerpt, simulation: org, simulated: true}, nil
}

// simulator describes how simhost creates and restores the simulated org of a seed.
func simulator(seed oktasim.Seed, c clock.Clock) simhost.Simulator {
	return simhost.Simulator{
		Format: oktasim.Format, Digest: seed.Digest(), Headers: []string{oktasim.KeptHeader}, Secrets: oktasim.SecretKeys(), URI: oktasim.MaskedURI,
		New: func(began time.Time, keep simhost.Keep) (simhost.Server, error) {
			return oktasim.New(seed, oktasim.Options{Began: began, Keep: keep, Clock: c.Now})
		},
	}
}

// note returns a phrase for people about the seed of the org and its changes.
func (s *simulation) note() string {
	switch changes, here := s.Changes(); {
	case !here:
		return "shared with another process, from " + s.from
	case changes == 0:
		return "fresh, from " + s.from
	case changes == 1:
		return "1 change since " + s.from
	default:
		return fmt.Sprintf("%d changes since %s", changes, s.from)
	}
}

// ResetSimulated resets the simulated org of a connection to its seed. It needs the settings Name, Config and State.
// Its errors are *card.Error: of kind invalid if the connection does not have `simulate`, of kind conflict if a
// process is using the org.
func ResetSimulated(s card.Settings) error {
	if _, ok := s.Config["simulate"]; !ok {
		return misconfigured("only a connection with `simulate` can be reset", "it does not have `simulate`")
	}
	dir, err := stateFolder(s)
	if err != nil {
		return err
	}
	switch err := simhost.Reset(dir); {
	case errors.Is(err, simhost.ErrInUse):
		return &card.Error{Kind: card.Conflict, Message: "another process is using its simulated org", Hint: "wait until it has ended"}
	case err != nil:
		return misconfigured("", err.Error())
	}
	return nil
}

// stateFolder returns the folder for the state of a connection's simulated org, and creates it if it does not exist.
// It returns "" if no state is kept. It refuses connection names that are not names of a folder, such as "../x", and
// links that lead out of the state folder.
func stateFolder(s card.Settings) (string, error) {
	if s.State == "" {
		return "", nil
	}
	if !filepath.IsLocal(s.Name) || filepath.Base(s.Name) != s.Name || s.Name == "." {
		return "", misconfigured("rename the connection", fmt.Sprintf("the state of a simulated org is kept in a folder of its connection's name, which %q cannot be", s.Name))
	}
	dir := filepath.Join("orgs", s.Name)
	if err := makeInside(s.State, dir); err != nil {
		return "", misconfigured(stateHint, fmt.Sprintf("the folder of the simulated org: %v", inside.Plain(err)))
	}
	return filepath.Join(s.State, dir), nil
}

// makeInside creates a folder in the folder state. It returns an error if a link leads out of state.
func makeInside(state, dir string) error {
	if err := os.MkdirAll(state, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(state)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	made, err := root.OpenRoot(dir)
	if err != nil {
		return err
	}
	return made.Close()
}
