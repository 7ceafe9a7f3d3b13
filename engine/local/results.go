package local

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// results is the file with a line for each record of a stream, in the order in which they ended. The
// rounds of a stream inside of another share one. A nil results keeps nothing. It is safe for concurrent use.
type results struct {
	run   *run
	name  string // of the stream in the flows: "sweep.apps"
	users int    // streams that write it now; guarded by run.keeping

	mu   sync.Mutex
	file *os.File
	buf  *bufio.Writer
	err  error // the first
}

// row is a line of results.
type row struct {
	In     string        `json:"in,omitempty"` // the record that the stream is inside of: "sweep[00g1]"
	Key    string        `json:"key"`
	Status engine.Status `json:"status"` // succeeded, succeeded_with_errors, skipped or failed
	Reason string        `json:"reason,omitempty"`
	Error  *card.Error   `json:"error,omitempty"`
	Value  engine.Value  `json:"value,omitempty"`
}

// keep opens the results of a stream. What an org answers may be private: only its owner may read it.
func (s strand) keep(w engine.Window) (*results, error) {
	if s.run.Dir == "" || w.Path == "" {
		return nil, nil
	}
	name := engine.WithoutKeys(w.Path)
	s.run.keeping.Lock()
	defer s.run.keeping.Unlock()
	kept := s.run.kept[name]
	if kept == nil {
		file, err := s.create(name + ".jsonl")
		if err != nil {
			return nil, err
		}
		kept = &results{run: s.run, name: name, file: file, buf: bufio.NewWriterSize(file, 1<<16)}
		if s.run.kept == nil {
			s.run.kept = map[string]*results{}
		}
		s.run.kept[name] = kept
	}
	kept.users++
	return kept, nil
}

// create makes a file in the run's folder, or opens it, to append to it.
func (s strand) create(name string) (*os.File, error) {
	if err := os.MkdirAll(s.run.Dir, 0o700); err != nil {
		return nil, storage(err)
	}
	file, err := os.OpenFile(filepath.Join(s.run.Dir, fileName(name)), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, storage(err)
	}
	return file, nil
}

func storage(err error) error {
	return &card.Error{Kind: card.Internal, Message: "the run's folder cannot be written: " + err.Error(), Err: err}
}

// fileName is a path in the run as a file's name: it may hold keys of records, and so anything, and nothing
// in it must lead elsewhere.
func fileName(path string) string {
	const longest = 200
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '_'
		}
		return r
	}, path)
	if len(name) > longest {
		name = name[len(name)-longest:]
	}
	return strings.TrimLeft(name, ".")
}

// add writes the line of a record of the stream at path.
func (r *results) add(path string, out engine.Outcome, err error) {
	if r == nil {
		return
	}
	line := row{Key: out.Key, Status: out.Status, Reason: out.Reason, Error: card.AsError(err), Value: out.Value}
	if i := strings.LastIndex(path, "]."); i >= 0 {
		line.In = path[:i+1]
	}
	if err != nil {
		line.Status = engine.Failed
	}
	text, wrong := card.EncodeJSON(line)
	if hide := r.run.Hide; hide != nil {
		text = hide(text)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if wrong == nil {
		_, wrong = r.buf.Write(append(text, '\n'))
	}
	r.err = errors.Join(r.err, wrong)
}

// close ends a stream's use of the file, and gives its name.
func (r *results) close() (string, error) {
	if r == nil {
		return "", nil
	}
	r.run.keeping.Lock()
	defer r.run.keeping.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	err := errors.Join(r.err, r.buf.Flush())
	if r.users--; r.users == 0 {
		delete(r.run.kept, r.name)
		err = errors.Join(err, r.file.Close())
	}
	if err != nil {
		return r.file.Name(), storage(err)
	}
	return r.file.Name(), nil
}
