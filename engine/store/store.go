// Package store keeps runs in a SQLite database, so that they survive the end of their process and people can see what they
// did. It implements engine.Journal.
//
// One goroutine of a process writes. It takes everything that is queued, and commits it at once: see writer.go. Several
// processes can use a database at the same time. A run has one owner: see lease.go.
//
// The package is the only one that knows SQL and the files of the database. It must not know flows, cards or the terminal.
package store

import (
	"context"
	"database/sql"
	"io/fs"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// Durability is what an entry that was committed survives.
type Durability string

const (
	Process Durability = "process" // the end of the process, however it ends
	Power   Durability = "power"   // a power failure, too; slower
)

// Config configures a Store.
type Config struct {
	State      string      // the folder of the database; it is created
	Clock      clock.Clock // nil: the system's
	Durability Durability  // empty: Process
	// Veil knows the secrets that must not be written as they are. It learns those that are read. nil: there are none.
	Veil *veil.Veil
	// Key returns the secret with which secrets are encrypted, a key or a passphrase. It is called when the first secret is
	// written or read. nil, or an empty key: secrets are not kept.
	Key func() ([]byte, error)
	// Keyed makes the hashes of chains with a key that is made of Key: see Verify. It is for a Key that is not on the machine of the database.
	Keyed bool
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	config Config
	file   string
	opened fs.FileInfo // of the file
	db     *sql.DB
	writer *writer
	keys   keys

	owning sync.Mutex // one lease is made
	lease  atomic.Pointer[lease]

	mu         sync.Mutex
	logs       map[int64]*Log // that this process owns
	unreleased map[int64]bool // the runs whose Release failed
}

// Name is the name of the database in the state folder.
const Name = "journal.db"

// Open opens the database in a folder, and creates it if it does not exist.
func Open(c Config) (*Store, error) {
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	s := &Store{config: c, file: filepath.Join(c.State, Name), logs: map[int64]*Log{}, unreleased: map[int64]bool{}}
	if err := s.prepare(); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", s.source())
	if err != nil {
		return nil, s.failure(err)
	}
	db.SetMaxIdleConns(connections) // more are opened when needed: a reader may need a second one to go on
	s.db = db
	if err := s.migrate(); err != nil {
		db.Close()
		return nil, err
	}
	if s.writer, err = s.newWriter(); err != nil {
		db.Close()
		return nil, s.failure(err)
	}
	s.keys = keys{store: s}
	return s, nil
}

// connections is the number of connections to the database that stay open: one writes, the others read.
const connections = 4

// Close writes what is queued, gives up the runs of this process and closes the database.
func (s *Store) Close() error {
	l := s.lease.Load()
	if l != nil {
		l.quiet()
	}
	err := s.writer.close(true)
	if l != nil {
		l.end() // after the last write of its runs
	}
	if closed := s.db.Close(); err == nil && closed != nil {
		err = s.failure(closed)
	}
	return err
}

// now returns the time for a row.
func (s *Store) now() int64 { return s.config.Clock.Now().UnixMicro() }

// write calls f in a transaction of its own: for what commands do, not runs.
func (s *Store) write(ctx context.Context, f func(*tx) error) error {
	return s.writer.wait(ctx, &entry{apply: f})
}

// invalid returns the error of a call that names something that does not exist or does not fit.
func invalid(kind card.Kind, code, message, hint string) error {
	return &card.Error{Kind: kind, Code: code, Message: message, Hint: hint}
}
