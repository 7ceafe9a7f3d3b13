package oktasim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// ErrInUse is that another process, or another Org of this one, has the state folder.
var ErrInUse = errors.New("the state of the simulated org is in use")

// A journal keeps an org over the end of its process: a file to which each request that changed something
// is appended before it is answered. The requests, done again on the seed, make the same org: the handlers
// depend on nothing but the state, the request and its time. What the kernel has taken outlives a killed
// process; it is not synced, so a power cut may cost the last changes.
type journal struct {
	lock *flock.Flock
	seed string    // digest of what the state begins from
	file *os.File  // nil until the first change
	path string    // of file
	made time.Time // when the org began, on the wall's clock

	mu     sync.Mutex // one change at a time: they are in the file in the order in which they were made
	kept   int        // changes in the file
	broken error      // why nothing can be kept any more; nothing is changed from then on
}

// journalVersion goes up when the same file would make another org.
const journalVersion = 1

// A heading is the first line of a journal.
type heading struct {
	Version int       `json:"oktasim"`
	Seed    string    `json:"seed"`
	Began   time.Time `json:"began"`
}

// A change is any other line: a request that changed something, or a move of the data clock.
type change struct {
	At      time.Time       `json:"at"`
	Serial  uint64          `json:"serial,omitempty"` // of the request
	Actor   uint32          `json:"actor,omitempty"`  // ordinal of the person whose token it was; the token itself is not kept
	Method  string          `json:"method,omitempty"`
	URI     string          `json:"uri,omitempty"`
	Async   bool            `json:"async,omitempty"` // the request preferred to respond before the work is done
	Body    json.RawMessage `json:"body,omitempty"`  // without passwords
	Advance time.Duration   `json:"advance,omitempty"`
}

// Open is New for an org that remembers: its state is kept in a folder, which is made if need be, and begins
// where the last process left it, however that ended. The folder belongs to the org until Close; an error is
// ErrInUse while it is another's. An error also means that the folder holds the state of another seed, or
// cannot be read or written. A torn last line, of a request that was never answered, is passed over.
func Open(dir string, seed Seed, options Options) (*Org, error) {
	j, err := takeJournal(dir, seed.digest)
	if err != nil {
		return nil, err
	}
	o, err := j.open(seed, options)
	if err != nil {
		return nil, errors.Join(err, j.close())
	}
	return o, nil
}

// Use keeps Reset away from a state folder, which is made if need be, until release is called or the process ends. It is
// for whoever works on the org, in this process or by way of the one that has it: the folder may change hands meanwhile.
func Use(dir string) (release func() error, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("keep the state: %w", err)
	}
	users := usersLock(dir)
	if err := users.RLock(); err != nil {
		return nil, fmt.Errorf("lock the state: %w", err)
	}
	return users.Close, nil
}

// usersLock is held by any number of users, or by one who resets.
func usersLock(dir string) *flock.Flock { return flock.New(filepath.Join(dir, "users")) }

// Reset empties the state folder of an org that remembers, so that it begins afresh. It is no error if there is
// nothing; it is ErrInUse while an Org has the folder, or somebody uses it.
func Reset(dir string) error {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	users := usersLock(dir)
	switch alone, err := users.TryLock(); {
	case err != nil:
		return fmt.Errorf("lock the state: %w", err)
	case !alone:
		return ErrInUse
	}
	defer users.Close()
	j, err := takeJournal(dir, "")
	if err != nil {
		return err
	}
	err = os.Remove(j.path)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, j.close())
}

// Kept is how many changes the state folder holds; 0 for an org that is as its seed says, or lives in memory
// only. It is safe for concurrent use.
func (o *Org) Kept() int {
	if o.journal == nil {
		return 0
	}
	o.journal.mu.Lock()
	defer o.journal.mu.Unlock()
	return o.journal.kept
}

// Close gives the state folder back. No request may be under way. An org that lives in memory needs no Close.
func (o *Org) Close() error {
	if o.journal == nil {
		return nil
	}
	return o.journal.close()
}

func takeJournal(dir, seed string) (*journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("keep the state: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	switch taken, err := lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("lock the state: %w", err)
	case !taken:
		return nil, ErrInUse
	}
	return &journal{lock: lock, seed: seed, path: filepath.Join(dir, "journal.jsonl")}, nil
}

func (j *journal) close() error {
	var err error
	if j.file != nil {
		err = j.file.Close()
	}
	return errors.Join(err, j.lock.Close()) // the lock last: until then nobody else may write
}

// keep lets an operation change the org, and appends the request before it is answered.
func (j *journal) keep(c *call, serve func(*call) answer) answer {
	body, err := io.ReadAll(io.LimitReader(c.r.Body, maxBody+1))
	if err != nil {
		return c.refuse(http.StatusBadRequest, "E0000003", "The request body was not well-formed.")
	}
	c.r.Body = io.NopCloser(bytes.NewReader(body))
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		return c.unkept(j.broken)
	}
	at := c.tick()
	a := serve(c)
	if a.status < 200 || a.status > 299 {
		return a
	}
	err = j.append(change{
		At: at, Serial: c.serial, Actor: c.token.owner, Method: c.r.Method, URI: c.r.URL.RequestURI(),
		Async: c.respondsAsync(), Body: withoutSecrets(body),
	})
	if err != nil {
		return c.unkept(err)
	}
	return a
}

// advance moves the data clock on, and appends that.
func (j *journal) advance(o *Org, by time.Duration) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		return j.broken
	}
	o.shift.Add(int64(by))
	return j.append(change{At: o.clock(), Advance: by})
}

// unkept is the answer where the state folder takes no more: better none than one that would be forgotten.
func (c *call) unkept(why error) answer {
	return c.refuse(http.StatusInternalServerError, "E0000009", "Internal Server Error", "the state of this simulated org cannot be kept: "+why.Error())
}

// append writes a change. The caller holds the lock.
func (j *journal) append(what change) error {
	err := j.begin()
	if err == nil {
		err = writeLine(j.file, what)
	}
	if err != nil {
		j.broken = err
		return err
	}
	j.kept++
	return nil
}

// begin makes the file, with its heading, for the first change.
func (j *journal) begin() error {
	if j.file != nil {
		return nil
	}
	file, err := os.OpenFile(j.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	j.file = file
	return writeLine(file, heading{Version: journalVersion, Seed: j.seed, Began: j.made})
}

func writeLine(w io.Writer, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(line, '\n')) // one write: the line is there, or it is torn at the very end
	return err
}
