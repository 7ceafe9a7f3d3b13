package simhost

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// ErrInUse means that another process, or another Access in this process, uses the state folder.
var ErrInUse = errors.New("the state of the simulated server is in use")

// A folder has the state of a simulated server:
//
//	lock           locked by the process that runs the server, until the process ends
//	users          locked by every process that uses the server (shared), and by Reset (exclusive)
//	address        the address of the server, empty if there is none; on the second line, the id of its process
//	id             a random text, the same until a Reset
//	journal.jsonl  the changes since the seed
type folder string

func (f folder) file(name string) string { return filepath.Join(string(f), name) }

// make creates the folder if it does not exist, and checks its files.
func (f folder) make() error {
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return fmt.Errorf("keep the state: %w", err)
	}
	return f.check()
}

// check refuses a folder with files that are not regular: through a link, a file elsewhere would be created or
// emptied.
func (f folder) check() error {
	for _, name := range []string{"lock", "users", "address", idFile, journalFile} {
		info, err := os.Lstat(f.file(name))
		if err == nil && !info.Mode().IsRegular() {
			return &fs.PathError{Op: "keep the state in", Path: f.file(name), Err: errors.New("not a regular file")}
		}
	}
	return nil
}

// take locks the folder for the process that runs the server. The error is ErrInUse if another one runs it.
func (f folder) take() (*flock.Flock, error) {
	if err := f.make(); err != nil {
		return nil, err
	}
	return lockAlone(f.file("lock"))
}

// use prevents a Reset of the folder until release is called or the process ends.
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

// Reset removes the state in a folder, so that the server starts from the seed again. It is not an error if the
// folder does not exist. The error is ErrInUse while a process uses the server.
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
	for _, name := range []string{idFile, journalFile} { // the journal last: a Reset that was interrupted is seen by the id
		if err := os.Remove(f.file(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(err, lock.Close())
		}
	}
	return lock.Close()
}

const idFile = "id"

// id returns the text that identifies the state until a Reset, and makes it if there is none. The caller uses the folder.
func (f folder) id() (string, error) {
	for {
		text, err := os.ReadFile(f.file(idFile))
		if !errors.Is(err, fs.ErrNotExist) {
			return strings.TrimSpace(string(text)), err
		}
		made, err := os.CreateTemp(string(f), idFile+".*")
		if err != nil {
			return "", err
		}
		_, err = fmt.Fprintln(made, rand.Text())
		if err = errors.Join(err, made.Close()); err == nil {
			err = os.Link(made.Name(), f.file(idFile)) // only the first of several processes succeeds, and nobody reads a part
		}
		_ = os.Remove(made.Name())
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return "", err
		}
	}
}

// announce writes the address of the server for other processes; "" means that there is none. It replaces the file: the old one may
// be a hard link to a file elsewhere, and no process reads a part of an address.
func (f folder) announce(address string) error {
	file, err := os.CreateTemp(string(f), "address.*")
	if errors.Is(err, fs.ErrNotExist) { // the folder was removed, so that no other process looks there
		return nil
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(file, "%s\n%d\n", address, os.Getpid())
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), f.file("address"))
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

// announced returns the last address that was announced, and the process that announced it; empty if unknown. It returns an error
// if the address is not of this machine: a workspace from elsewhere must not name the server that gets the token of a connection.
func (f folder) announced() (address, pid string, err error) {
	if err := f.check(); err != nil {
		return "", "", err
	}
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
	address, pid = strings.TrimSpace(address), strings.TrimSpace(pid)
	if at, wrong := netip.ParseAddrPort(address); err == nil && address != "" && (wrong != nil || !at.Addr().IsLoopback()) {
		return "", "", &fs.PathError{Op: "read", Path: f.file("address"), Err: errors.New("the simulated server is not at an address of this machine")}
	}
	return address, pid, err
}
