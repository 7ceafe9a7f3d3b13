package store

import (
	"context"
	"strconv"
)

// SQLite appends what is committed to its log, the file -wal, and copies it to the database later: a checkpoint, which waits for
// the disk. The writer would make it in the middle of its work, while all runs wait. So another goroutine makes it as often as it can while
// the writer goes on, and the writer makes one only when the log is so long that it has to start at its beginning again.
const (
	commitsToCopy = 200      // the number of commits after which they are copied
	longestLog    = 16 << 10 // pages
	checkpoint    = "PRAGMA wal_checkpoint(passive)"
)

var autoCheckpoint = "wal_autocheckpoint(" + strconv.Itoa(longestLog) + ")"

// copier makes the checkpoints next to a writer.
type copier struct {
	due   chan struct{} // has room for one
	ended chan struct{}
}

// newCopier starts a copier.
func (s *Store) newCopier() copier {
	c := copier{due: make(chan struct{}, 1), ended: make(chan struct{})}
	go func() {
		defer close(c.ended)
		for range c.due {
			// An error is that of the disk, which the next commit meets as well.
			_, _ = s.db.ExecContext(context.Background(), checkpoint)
		}
	}()
	return c
}

// want makes a checkpoint soon. It is for one goroutine.
func (c copier) want() {
	select {
	case c.due <- struct{}{}:
	default: // it is due already
	}
}

// stop waits for the end of the checkpoint in progress. The copier must not be used again.
func (c copier) stop() {
	close(c.due)
	<-c.ended
}
