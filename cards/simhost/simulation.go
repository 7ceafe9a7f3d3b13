package simhost

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/inside"
)

// A Simulation is the simulated server of a connection with `simulate`.
type Simulation struct {
	*Access
	Reset string // the hint if the state cannot be used
	from  string // the seed's file
}

// OpenSimulation starts the simulated server of a connection, or joins it. what is the server for people, such as "org", and seed the file that
// describes it. It needs the settings Name and State. Its errors are *card.Error of kind invalid.
func OpenSimulation(s card.Settings, what, seed string, simulator Simulator) (*Simulation, error) {
	sim := &Simulation{from: seed, Reset: "flowdeck org reset " + s.Name + " resets it"}
	dir, err := stateFolder(s, what)
	if err != nil {
		return nil, err
	}
	if sim.Access, err = Open(simulator, dir); err != nil {
		hint := sim.Reset
		if file := (*fs.PathError)(nil); errors.As(err, &file) { // the file cannot be read or written
			hint = stateHint(what)
		}
		return nil, misconfigured(hint, fmt.Sprintf("the simulated %s of %s: %v", what, seed, err))
	}
	return sim, nil
}

// Identify sets what a simulation knows of the identity of its connection.
func (s *Simulation) Identify(id *card.Identity) error {
	address, err := s.Address()
	if err != nil {
		return err
	}
	id.Org, id.Key, id.Note = address, s.ID(), s.note()
	return nil
}

// note returns a phrase for people about the seed and the changes since.
func (s *Simulation) note() string {
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

// ResetSimulation resets the simulated server of a connection to its seed. what is the server for people. It needs the settings Name, Config and State.
// Its errors are *card.Error: of kind invalid if the connection does not have `simulate`, of kind conflict if a
// process is using the server.
func ResetSimulation(s card.Settings, what string) error {
	if _, ok := s.Config["simulate"]; !ok {
		return misconfigured("only a connection with `simulate` can be reset", "it does not have `simulate`")
	}
	dir, err := stateFolder(s, what)
	if err != nil {
		return err
	}
	switch err := Reset(dir); {
	case errors.Is(err, ErrInUse):
		return &card.Error{Kind: card.Conflict, Message: "another process is using its simulated " + what, Hint: "wait until it has ended"}
	case err != nil:
		return misconfigured("", err.Error())
	}
	return nil
}

// stateHint is the hint if the state cannot be written.
func stateHint(what string) string {
	return "simulated " + what + "s keep their state in .flowdeck in the workspace, which must be writable and have no links to other folders"
}

// stateFolder returns the folder for the state of a connection's simulated server, and creates it if it does not exist.
// It returns "" if no state is kept. It refuses connection names that are not names of a folder, such as "../x", and
// links that lead out of the state folder.
func stateFolder(s card.Settings, what string) (string, error) {
	if s.State == "" {
		return "", nil
	}
	if !filepath.IsLocal(s.Name) || filepath.Base(s.Name) != s.Name || s.Name == "." {
		return "", misconfigured("rename the connection", fmt.Sprintf("the state of a simulated %s is kept in a folder of its connection's name, which %q cannot be", what, s.Name))
	}
	dir := filepath.Join("orgs", s.Name)
	if err := makeInside(s.State, dir); err != nil {
		return "", misconfigured(stateHint(what), fmt.Sprintf("the folder of the simulated %s: %v", what, inside.Plain(err)))
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

func misconfigured(hint, message string) error {
	return &card.Error{Kind: card.Invalid, Message: message, Hint: hint}
}
