// Package grant keeps what people have allowed connections: refresh tokens, and the access tokens that processes share.
//
// A grant is a file below .flowdeck/grants, which is always encrypted: under FLOWDECK_KEY, or under a key that only the keyring of the
// system has. It is replaced as a whole, and one process changes it at a time.
//
// The package must not know a service, or how tokens are got.
package grant

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/inside"
)

// Store keeps the grants of one workspace. It is safe for concurrent use.
type Store struct {
	State string          // the folder .flowdeck of the workspace; it need not exist
	Key   card.Secret     // FLOWDECK_KEY: an age identity or a passphrase; zero: the keyring has a key for each connection
	Hide  func(...string) // learns the keys; nil: nothing does

	// Waiting is called, once and on a goroutine of its own, if a call of Lock waits for longer than a moment, of which most is the rest.
	// nil: nothing is called.
	Waiting func(connection string, most time.Duration)
}

var _ card.Grants = Store{}

// folder is the folder of grants in State.
const folder = "grants"

// Load returns the grant of a connection; nil if there is none.
func (s Store) Load(ctx context.Context, connection string) (*card.Grant, error) {
	var sealed []byte
	err := s.in(false, func(dir *os.Root) (err error) {
		sealed, err = read(dir, fileOf(connection))
		return err
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, storage(err)
	}
	k, err := s.key(ctx, connection, false)
	if err != nil {
		return nil, s.locked(connection, err)
	}
	g, err := open(sealed, k, connection)
	if err != nil {
		return nil, s.locked(connection, err)
	}
	return g, nil
}

// Ready returns an error if a grant could not be saved. If the keyring has no key for the connection, Ready makes one.
func (s Store) Ready(ctx context.Context, connection string) error {
	if err := s.in(true, func(*os.Root) error { return nil }); err != nil {
		return storage(err)
	}
	_, err := s.key(ctx, connection, true)
	return err
}

// Save replaces the grant of a connection.
func (s Store) Save(ctx context.Context, connection string, g card.Grant) error {
	k, err := s.key(ctx, connection, true)
	if err != nil {
		return err
	}
	sealed, err := seal(g, k, connection)
	if err != nil {
		return &card.Error{Kind: card.Internal, Message: "encrypt the grant: " + err.Error(), Err: err}
	}
	if err := s.in(true, func(dir *os.Root) error { return replace(dir, fileOf(connection), sealed) }); err != nil {
		return storage(err)
	}
	return nil
}

// Delete removes the grant of a connection, and its key in the keyring.
func (s Store) Delete(ctx context.Context, connection string) error {
	err := s.in(false, func(dir *os.Root) error {
		if err := dir.Remove(fileOf(connection)); err != nil {
			return err
		}
		return syncFolder(dir)
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return storage(err)
	}
	s.forget(ctx, connection)
	return nil
}

// patience is the time that Lock waits. A refresh has four attempts of thirty seconds.
const patience = 150 * time.Second

// moment is the time after which Store.Waiting is called. A usual refresh is faster.
const moment = 2 * time.Second

// lookAgain is the time between two looks at a lock.
const lookAgain = 20 * time.Millisecond

var errBusy = fmt.Errorf("another process has used it for %s, and does not end", patience)

// Lock waits until no other process has the lock of a connection. It ends with ctx.
func (s Store) Lock(ctx context.Context, connection string) (unlock func(), err error) {
	name := strings.TrimSuffix(fileOf(connection), ending) + ".lock"
	err = s.in(true, func(dir *os.Root) error {
		if info, err := dir.Lstat(name); err == nil && !info.Mode().IsRegular() {
			return &fs.PathError{Op: "open", Path: name, Err: inside.ErrNotRegular}
		}
		return nil
	})
	if err != nil {
		return nil, storage(err)
	}
	lock := flock.New(filepath.Join(s.State, folder, name))
	wait, cancel := context.WithTimeoutCause(ctx, patience, errBusy)
	defer cancel()
	if s.Waiting != nil {
		defer time.AfterFunc(moment, func() { s.Waiting(connection, patience-moment) }).Stop()
	}
	switch _, err := lock.TryLockContext(wait, lookAgain); {
	case err == nil:
		return func() { _ = lock.Close() }, nil // closing the file ends the lock in any case
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%w: %w", card.ErrNotSent, context.Cause(ctx))
	case wait.Err() != nil:
		err = context.Cause(wait)
		return nil, &card.Error{Kind: card.Timeout, Code: card.CodeRefused, Message: "lock the grant: " + err.Error(), Err: err}
	default:
		return nil, storage(err)
	}
}

// in calls do with the folder of grants. Without create, a folder that does not exist is an error.
func (s Store) in(create bool, do func(*os.Root) error) error {
	if create {
		if err := os.MkdirAll(s.State, 0o700); err != nil {
			return err
		}
	}
	root, err := os.OpenRoot(s.State)
	if err != nil {
		return err
	}
	defer root.Close()
	if create {
		if err := root.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	if info, err := root.Lstat(folder); err == nil && !info.IsDir() {
		return &fs.PathError{Op: "open", Path: folder, Err: errors.New("must be a folder, and not a link")}
	}
	dir, err := root.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer dir.Close()
	return do(dir)
}

func storage(err error) error {
	err = inside.Plain(err)
	return &card.Error{
		Kind: card.Storage, Message: "keep the grant: " + err.Error(), Err: err,
		Hint: "grants are files in .flowdeck/grants, which must be writable and have room",
	}
}

// locked returns the error of a grant that cannot be decrypted.
func (s Store) locked(connection string, err error) error {
	e := card.AsError(err)
	if !errors.Is(err, errUnreadable) {
		return e
	}
	return &card.Error{
		Kind: card.Unauthorized, Err: err, Message: fmt.Sprintf("the grant of connection %q in %s: %v", connection, filepath.Join(s.State, folder, fileOf(connection)), e.Err),
		Hint: fmt.Sprintf("set the key under which it was saved; if that is lost,  flowdeck disconnect %s --no-revoke  deletes the grant, and then connect again", words(connection)),
	}
}

const ending = ".age"

// plainName matches the connections whose names are names of files on every system.
var plainName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// fileOf returns the name of the file of a connection. Systems differ in which characters, and which cases, are different.
func fileOf(connection string) string {
	if plainName.MatchString(connection) {
		return connection + ending
	}
	return "connection-" + digest(connection)[:16] + ending
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// words returns the name of a connection as a shell needs it.
func words(connection string) string {
	if plainName.MatchString(connection) {
		return connection
	}
	return "'" + strings.ReplaceAll(connection, "'", `'\''`) + "'"
}
