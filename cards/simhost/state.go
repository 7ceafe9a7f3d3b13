package simhost

import (
	"errors"

	"github.com/gofrs/flock"
)

// A state is a folder that this process has locked, and its journal.
type state struct {
	lock    *flock.Flock
	journal *journal
}

// openState locks a folder and creates its server. The error is ErrInUse if another process has locked it.
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

// close unlocks the folder. There must be no pending requests.
func (s *state) close() error {
	return errors.Join(s.journal.close(), s.lock.Close()) // unlock last, because another process may write as soon as the lock is released
}
