package trail

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
)

// file appends events to a file, each with one write, so that several processes can share it. An event is written before the run goes on: a process
// that is killed loses none.
type file struct {
	path string
	log  *slog.Logger

	mu     sync.Mutex
	open   *os.File // nil: it cannot be opened now
	torn   bool     // the last line was cut off
	failed int64
	ill    bool // the last event was not written: it was logged
}

func openFile(path string, log *slog.Logger) (*file, error) {
	f := &file{path: path, log: log}
	if err := f.reopen(); err != nil {
		return nil, err
	}
	return f, nil
}

// reopen opens the file again if it was renamed or removed, as logrotate does.
func (f *file) reopen() error {
	there, err := os.Stat(f.path)
	if f.open != nil && err == nil {
		if mine, err := f.open.Stat(); err == nil && os.SameFile(there, mine) {
			return nil
		}
	}
	if err == nil && !there.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file to which events can be appended", f.path) // opening a pipe would wait for its reader
	}
	_ = f.closeFile()
	f.open, err = os.OpenFile(f.path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		f.open = nil
		return err
	}
	f.torn = false
	return nil
}

func (f *file) closeFile() error {
	if f.open == nil {
		return nil
	}
	err := f.open.Close()
	f.open = nil
	return err
}

func (f *file) add(line []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.write(line)
	switch {
	case err != nil:
		f.failed++
		if !f.ill {
			f.log.Error("events of runs cannot be written: runs go on without them", "file", f.path, "error", err)
		}
	case f.ill:
		f.log.Warn("events of runs are written again", "file", f.path, "lost", f.failed)
	}
	f.ill = err != nil
}

func (f *file) write(line []byte) error {
	if err := f.reopen(); err != nil {
		return err
	}
	if f.torn { // what was cut off by a full disk stays a line of its own
		line = append([]byte{'\n'}, line...)
	}
	n, err := f.open.Write(line)
	if n > 0 {
		f.torn = n < len(line)
	}
	return err
}

func (f *file) lost() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed
}

func (f *file) close(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closeFile()
}
