package simhost

import (
	"errors"

	"github.com/gofrs/flock"
)

// A state is a folder that this process has, with the journal in it.
type state struct {
	lock    *flock.Flock
	journal *journal
}

// openState takes a folder and makes the server that is in it. The error is ErrInUse if another process has it.
func openState(f folder, s Simulator) (Server, *state, error) {
	lock, err := f.take()
	if err != nil {
		return nil, nil, err
	}
	st := &state{lock: lock, journal: &journal{simulator: s, path: f.file(journalFile)}}
	server, err := st.journal.open()
	if err != nil {
		return nil, nil, errors.Join(err, st.close())
	}
	return server, st, nil
}

// close gives the folder back. No request may be under way.
func (s *state) close() error {
	return errors.Join(s.journal.close(), s.lock.Close()) // the lock last: until then nobody else may write
}
