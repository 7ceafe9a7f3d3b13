package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/flowdeck/flowdeck/engine/inside"
)

// A process owns its runs by a row in the table owners and a lock on a file, which the system releases when the process
// ends. Another process of this machine tries the lock, to know whether the owner lives. For other machines there is the
// heartbeat.

const (
	owners    = "owners"        // the folder of the locks
	heartbeat = 5 * time.Second // between two heartbeats of an owner
	dead      = 6 * heartbeat   // the age of the last heartbeat from which an owner on another machine counts as dead
	poll      = 250 * time.Millisecond
)

// lease is this process as the owner of runs.
type lease struct {
	store *Store
	id    string
	lock  *flock.Flock
	stop  context.CancelFunc
	ended chan struct{}
}

// owner returns the lease of this process, and makes it for the first run.
func (s *Store) owner() (*lease, error) {
	s.owning.Lock()
	defer s.owning.Unlock()
	if l := s.lease.Load(); l != nil {
		return l, nil
	}
	l := &lease{store: s, id: strings.ToLower(rand.Text()), ended: make(chan struct{})}
	path, err := s.lockFile(l.id, true)
	if err != nil {
		return nil, err
	}
	l.lock = flock.New(path)
	if held, err := l.lock.TryLock(); err != nil || !held {
		return nil, s.failure(errors.Join(err, errors.New("cannot lock "+path)))
	}
	host, boot := machine()
	if err := s.write(context.Background(), func(tx *tx) error {
		return tx.exec("INSERT INTO owners (id, pid, host, boot, heartbeat) VALUES (?, ?, ?, ?, ?)", l.id, os.Getpid(), host, boot, time.Now().UnixMicro())
	}); err != nil {
		return nil, errors.Join(err, l.lock.Unlock())
	}
	ctx, stop := context.WithCancel(context.Background())
	l.stop = stop
	go l.beat(ctx)
	s.lease.Store(l)
	return l, nil
}

// lockFile returns the path of the lock of an owner. If create is set, it makes the file. Links are refused, because the lock is
// opened by its path.
func (s *Store) lockFile(id string, create bool) (string, error) {
	root, err := os.OpenRoot(s.config.State)
	if err != nil {
		return "", s.failure(inside.Plain(err))
	}
	defer root.Close()
	if create {
		if err := root.Mkdir(owners, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", s.failure(inside.Plain(err))
		}
	}
	if info, err := root.Lstat(owners); err != nil {
		return "", err
	} else if !info.IsDir() {
		return "", s.unsafe(owners, "a folder")
	}
	name := owners + "/" + id + ".lock"
	if create {
		file, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
		if err != nil {
			return "", s.failure(inside.Plain(err))
		}
		if err := file.Close(); err != nil {
			return "", s.failure(err)
		}
	}
	if info, err := root.Lstat(name); err != nil {
		return "", err
	} else if !info.Mode().IsRegular() {
		return "", s.unsafe(name, "a file")
	}
	return filepath.Join(s.config.State, name), nil
}

// machine returns the name of this machine and an id of its start.
func machine() (host, boot string) {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	if text, err := inside.ReadFile("/proc/sys/kernel/random/boot_id", 100); err == nil {
		boot = strings.TrimSpace(string(text))
	}
	return host, boot
}

// lives reports whether an owner lives.
func (s *Store) lives(id, host string, last time.Time) bool {
	here, _ := machine()
	if host != here {
		return time.Since(last) < dead
	}
	path, err := s.lockFile(id, false)
	if errors.Is(err, fs.ErrNotExist) {
		return false // it has no lock
	} else if err != nil { // such as too many open files: nothing is known of it
		return time.Since(last) < dead
	}
	if mine := s.lease.Load(); mine != nil && mine.id == id {
		return true
	}
	lock := flock.New(path)
	held, err := lock.TryRLock()
	if err != nil {
		return time.Since(last) < dead // the file system has no locks
	}
	if held {
		_ = lock.Unlock() // its file is closed in any case
	}
	return !held
}

// beat writes the heartbeat of the owner, and passes on what other processes ask for.
func (l *lease) beat(ctx context.Context) {
	defer close(l.ended)
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for last := time.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		l.store.deliver(ctx)
		if now := time.Now(); now.Sub(last) >= heartbeat {
			last = now
			// A heartbeat that cannot be written is not an error of a run: the next entry is.
			_ = l.store.write(ctx, func(tx *tx) error {
				return tx.exec("UPDATE owners SET heartbeat = ? WHERE id = ?", now.UnixMicro(), l.id)
			})
			l.release(ctx)
		}
	}
}

// release gives up the runs whose Release failed.
func (l *lease) release(ctx context.Context) {
	s := l.store
	s.mu.Lock()
	left := slices.Collect(maps.Keys(s.unreleased))
	s.mu.Unlock()
	for _, seq := range left {
		if err := s.write(ctx, func(tx *tx) error {
			return tx.exec("UPDATE runs SET owner = '' WHERE seq = ? AND owner = ?", seq, l.id)
		}); err != nil {
			return // tried again with the next heartbeat
		}
		s.mu.Lock()
		delete(s.unreleased, seq)
		s.mu.Unlock()
	}
}

// quiet ends the heartbeat.
func (l *lease) quiet() {
	l.stop()
	<-l.ended
}

// end gives up the lock: all runs of this process are without an owner.
func (l *lease) end() {
	_ = l.lock.Unlock() // its file is closed in any case
	_ = os.Remove(l.lock.Path())
}

// hasEnded reports whether an owner on this machine has ended.
func (s *Store) hasEnded(id, host string) bool {
	here, _ := machine()
	return host == here && !s.lives(id, host, time.Now())
}

// ownerOf returns the owner with an id; nil if it does not live.
func (s *Store) ownerOf(db rower, id string) *Owner {
	o := s.ownerRow(db, id)
	if o == nil || !s.lives(id, o.Host, o.Heartbeat) {
		return nil
	}
	return o
}

// ownerRow returns the owner with an id, alive or not; nil if it is not known.
func (s *Store) ownerRow(db rower, id string) *Owner {
	if id == "" {
		return nil
	}
	var o Owner
	var last int64
	if err := db.QueryRowContext(context.Background(), "SELECT pid, host, heartbeat FROM owners WHERE id = ?", id).Scan(&o.PID, &o.Host, &last); err != nil {
		return nil
	}
	o.Heartbeat = time.UnixMicro(last)
	return &o
}

// rower is a database or a connection to it.
type rower interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}
