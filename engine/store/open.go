package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/inside"
)

// prepare creates the folder and the file of the database, so that only their owner can read them. It refuses links: a
// workspace from elsewhere could have them, and SQLite would follow them.
func (s *Store) prepare() error {
	if err := os.MkdirAll(s.config.State, 0o700); err != nil {
		return s.failure(inside.Plain(err))
	}
	root, err := os.OpenRoot(s.config.State)
	if err != nil {
		return s.failure(inside.Plain(err))
	}
	defer root.Close()
	for _, name := range []string{Name, Name + "-wal", Name + "-shm", Name + "-journal"} {
		info, err := root.Lstat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return s.failure(inside.Plain(err))
		case !info.Mode().IsRegular():
			return s.unsafe(name, "a file")
		}
	}
	file, err := root.OpenFile(Name, os.O_RDWR|os.O_CREATE, 0o600) // SQLite's other files get the mode of this one
	if err != nil {
		return s.failure(inside.Plain(err))
	}
	defer file.Close()
	if s.opened, err = file.Stat(); err != nil {
		return s.failure(inside.Plain(err))
	}
	if s.opened.Mode().Perm() != 0o600 {
		if err := file.Chmod(0o600); err != nil {
			return s.failure(inside.Plain(err))
		}
	}
	return nil
}

// InPlace returns an error if the database is not the file any more that has its name: what is written then is lost.
func (s *Store) InPlace() error {
	now, err := os.Lstat(s.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return invalid(card.Storage, "journal_removed", s.file+" was removed or moved while this process used it", "")
	case err != nil:
		return s.failure(inside.Plain(err))
	case !os.SameFile(s.opened, now):
		return invalid(card.Storage, "journal_replaced", s.file+" was replaced while this process used it", "")
	}
	return nil
}

func (s *Store) unsafe(name, kind string) error {
	return invalid(card.Storage, "unsafe_state", filepath.Join(s.config.State, name)+" must be "+kind+", not a link or anything else", "remove it")
}

// source returns the name of the database for the driver, with the settings of each connection.
func (s *Store) source() string {
	path, err := filepath.Abs(s.file)
	if err != nil { // the current folder was removed
		path = s.file
	}
	if path = filepath.ToSlash(path); !strings.HasPrefix(path, "/") { // a drive
		path = "/" + path
	}
	synchronous := "normal"
	if s.config.Durability == Power {
		synchronous = "full"
	}
	query := url.Values{"_pragma": {
		"busy_timeout(30000)", "auto_vacuum(incremental)", "journal_mode(wal)", "synchronous(" + synchronous + ")", "secure_delete(on)",
		"journal_size_limit(4194304)", autoCheckpoint, "temp_store(memory)", "cache_size(-8192)",
	}}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String()
}

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the tables to the version of this program.
func (s *Store) migrate() error {
	ctx := context.Background()
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return s.failure(err)
	}
	slices.Sort(names)
	var version int
	if err := s.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return s.failure(err)
	}
	if version == len(names) {
		return nil
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return s.failure(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return s.failure(err)
	}
	defer conn.ExecContext(ctx, "ROLLBACK")                                                 // does nothing after the commit
	if err := conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil { // another process may have been faster
		return s.failure(err)
	}
	if version > len(names) {
		return invalid(card.Storage, "newer_journal", fmt.Sprintf("%s was written by a newer version of flowdeck", s.file), "update flowdeck")
	}
	for i, name := range names[version:] {
		text, err := migrations.ReadFile(name)
		if err != nil {
			return s.failure(err)
		}
		if _, err := conn.ExecContext(ctx, fmt.Sprintf("%s;\nPRAGMA user_version = %d", text, version+i+1)); err != nil {
			return s.failure(err)
		}
	}
	if _, err := conn.ExecContext(ctx, "COMMIT"); err != nil {
		return s.failure(err)
	}
	return nil
}
