package simhost

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

const journalFile = "journal.jsonl"

// longestBody is the maximum size of a stored body. A longer body is cut and therefore not valid JSON, so that it is
// not stored. Servers must refuse such a request.
const longestBody = 1 << 20

// A journal is a file with all requests that changed a server. A request is appended before it is answered. The file
// survives the death of the process. It is not synced, so a power failure may lose the last changes.
type journal struct {
	simulator Simulator
	path      string

	mu     sync.Mutex // one change at a time, so that the file has them in their order
	file   *os.File   // nil until the first change
	began  time.Time
	kept   int   // number of changes in the file
	broken error // the error that stopped the journal; nil if it works
}

// A heading is the first line of a journal.
type heading struct {
	Format string    `json:"format"`
	Seed   string    `json:"seed"` // the digest of the seed
	Began  time.Time `json:"began"`
}

// An entry is a further line: a request that changed the server.
type entry struct {
	At     time.Time       `json:"at"`
	Method string          `json:"method"`
	URI    string          `json:"uri"`
	Header http.Header     `json:"header,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"` // with secrets masked
	Note   json.RawMessage `json:"note,omitempty"`
}

// keep implements Keep for the journal's server.
func (j *journal) keep(r *http.Request, note any, change func() (at time.Time, done bool)) error {
	kept, err := json.Marshal(note)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, longestBody+1))
	rest := io.Reader(r.Body)
	if err != nil {
		rest = failing{err} // the server gets the same error
	}
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), rest))

	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		return j.broken
	}
	at, done := change()
	if !done {
		return nil
	}
	e := entry{At: at, Method: r.Method, URI: maskedURI(r.URL, j.simulator.Secrets), Body: masked(body, j.simulator.Secrets), Note: kept}
	for _, name := range j.simulator.Headers {
		if values := r.Header.Values(name); len(values) > 0 {
			if e.Header == nil {
				e.Header = http.Header{}
			}
			e.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	if err := j.append(e); err != nil {
		j.broken = err
		return err
	}
	j.kept++
	return nil
}

// count returns the number of stored changes.
func (j *journal) count() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.kept
}

func (j *journal) close() error {
	if j.file == nil {
		return nil
	}
	return j.file.Close()
}

// append writes a change, with the heading before the first one. The caller holds the lock.
func (j *journal) append(e entry) error {
	if j.file == nil {
		file, err := os.OpenFile(j.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		j.file = file
		if err := writeLine(file, heading{Format: j.simulator.Format, Seed: j.simulator.Digest, Began: j.began}); err != nil {
			return err
		}
	}
	return writeLine(j.file, e)
}

func writeLine(w io.Writer, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(line, '\n')) // one write, so that only the end of the file can be incomplete
	return err
}

// failing is a reader whose reads fail.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// remove removes the file, which is open.
func (j *journal) remove() error {
	err := j.file.Close()
	j.file = nil
	return errors.Join(err, os.Remove(j.path))
}
