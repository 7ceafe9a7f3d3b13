package simhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// ErrInUse means that another process, or another Access of this one, uses the state folder.
var ErrInUse = errors.New("the state of the simulated server is in use")

// A folder keeps the state of a simulated server:
//
//	lock           locked by the process that has the server; ends with the process, however that ends
//	users          locked by everyone who uses the server, together; by Reset, alone
//	address        where the server is served, empty is nowhere; and in the second line the process that has it
//	journal.jsonl  the changes since the seed
type folder string

func (f folder) file(name string) string { return filepath.Join(string(f), name) }

// make makes the folder if need be, and checks its files.
func (f folder) make() error {
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return fmt.Errorf("keep the state: %w", err)
	}
	return f.check()
}

// check refuses a folder with files that are not regular. A link would have files elsewhere emptied, or made.
func (f folder) check() error {
	for _, name := range []string{"lock", "users", "address", journalFile} {
		info, err := os.Lstat(f.file(name))
		if err == nil && !info.Mode().IsRegular() {
			return &fs.PathError{Op: "keep the state in", Path: f.file(name), Err: errors.New("not a regular file")}
		}
	}
	return nil
}

// take locks the folder for the process that has the server. The error is ErrInUse if another one has it.
func (f folder) take() (*flock.Flock, error) {
	if err := f.make(); err != nil {
		return nil, err
	}
	return lockAlone(f.file("lock"))
}

// use keeps Reset away from the folder until release is called or the process ends.
func (f folder) use() (release func() error, err error) {
	if err := f.make(); err != nil {
		return nil, err
	}
	users := flock.New(f.file("users"))
	ctx, cancel := context.WithTimeoutCause(context.Background(), patience, errResetting)
	defer cancel()
	if _, err := users.TryRLockContext(ctx, lookAgain); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, fmt.Errorf("lock the state: %w", err)
	}
	return users.Close, nil
}

var errResetting = errors.New("another process is resetting it, and does not end")

func lockAlone(file string) (*flock.Flock, error) {
	lock := flock.New(file)
	switch taken, err := lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("lock the state: %w", err)
	case !taken:
		return nil, ErrInUse
	}
	return lock, nil
}

// Reset empties a state folder, so that its server starts again from the seed. A folder that does not exist is not an
// error. The error is ErrInUse while anyone uses the server.
func Reset(dir string) error {
	f := folder(dir)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := f.check(); err != nil {
		return err
	}
	users, err := lockAlone(f.file("users"))
	if err != nil {
		return err
	}
	defer users.Close()
	lock, err := f.take()
	if err != nil {
		return err
	}
	err = os.Remove(f.file(journalFile))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, lock.Close())
}

// announce writes where the server is served, for other processes; empty is nowhere. Writing the file, and not removing
// it, works also on systems where somebody has it open.
func (f folder) announce(address string) error {
	err := os.WriteFile(f.file("address"), []byte(fmt.Sprintf("%s\n%d\n", address, os.Getpid())), 0o600)
	if errors.Is(err, fs.ErrNotExist) { // the folder was removed, and whatever others could find there
		return nil
	}
	return err
}

// announced is the address that announce wrote last, and the process that wrote it; empty if that is unknown.
func (f folder) announced() (address, pid string, err error) {
	file, err := os.Open(f.file("address"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", nil
	}
	if err != nil {
		return "", "", err
	}
	defer file.Close()
	const longest = 100 // bytes
	text, err := io.ReadAll(io.LimitReader(file, longest))
	address, pid, _ = strings.Cut(string(text), "\n")
	return strings.TrimSpace(address), strings.TrimSpace(pid), err
}
