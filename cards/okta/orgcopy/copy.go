package orgcopy

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
)

// Options choose what a copy has.
type Options struct {
	Org       string   `json:"org"`                 // the org's host, which the seed names
	Identity  string   `json:"identity,omitempty"`  // of the org and of who reads it: a copy of another one does not go on
	Kinds     []Kind   `json:"kinds"`               // what to read: see Select
	Anonymize bool     `json:"anonymize,omitempty"` // replace what identifies people
	Keep      []string `json:"keep,omitempty"`      // attributes of profiles that Anonymize does not replace
	Sample    int      `json:"sample,omitempty"`    // the number of users that are written; 0 means all

	Fresh bool             `json:"-"` // does not go on with an earlier copy
	Clock func() time.Time `json:"-"` // nil: time.Now

	Hide func(text string) string `json:"-"` // returns a text without secrets, such as the token of the connection; nil: nothing is hidden
}

// MaxAge is the age of what an earlier copy has read from which it is read again.
const MaxAge = 4 * time.Hour

// An Org answers requests, as an Okta connection does. It is safe for concurrent use.
type Org interface {
	Raw(context.Context, oktaapi.Request) (oktaapi.Answer, error)
}

// Progress is how far the reading of a kind is.
type Progress struct {
	Kind    Kind
	Records int  // that were read
	Lists   int  // that were read
	Of      int  // all lists of the kind
	Done    bool // the kind is read, or cannot be read
}

// Missing is a part of the org that could not be read.
type Missing struct {
	Kind  Kind   `json:"kind"`
	Part  string `json:"part,omitempty"`  // of the kind, if the others were read
	Lists int    `json:"lists,omitempty"` // that Okta did not give, although it should have
	Scope string `json:"scope,omitempty"` // that the connection lacks; "" if something else is the reason
	Why   string `json:"why"`             // the answer of Okta
}

// Copy is a copy in the making. Its methods are called one after the other.
type Copy struct {
	// Resumed is true if an earlier reading with the same options, which did not end, goes on.
	Resumed bool
	// Expired is the number of lists that an earlier reading has stored and that are read again, since they are older than MaxAge.
	Expired int
	// Missing is what Read could not read.
	Missing []Missing

	options Options
	parent  *os.Root // of the folder
	name    string   // of the folder
	dir     *os.Root // the folder, for the files; a link in it cannot lead out of it
	lock    *flock.Flock
	spools  map[string]*spool // by the name of the file
	hide    *anonymizer       // nil if nothing is replaced
	mu      sync.Mutex        // for Missing
}

// state is what a copy that goes on needs to know of the earlier one.
type state struct {
	Options json.RawMessage `json:"options"`
	Key     []byte          `json:"key,omitempty"` // of the replacements
}

const stateFile = "state.json"

// spoolNames are the files of a copy.
var spoolNames = []string{
	"types", "schemas", "users", "groups", "members", "rules", "apps", "app_users", "app_groups", "policies", "policy_rules", "hooks", goneList,
}

// ErrBusy is the error of Open if another process makes the same copy.
var ErrBusy = errors.New("another process makes this copy")

// Open opens the copy in a folder of parent, which it makes, and which only its owner can read. It goes on with an earlier copy that did not end, if that has
// the same options; otherwise it starts a new one. Close ends it, and Remove also removes the folder.
func Open(parent, name string, o Options) (c *Copy, err error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Hide == nil {
		o.Hide = func(text string) string { return text }
	}
	c = &Copy{options: o, name: name, spools: map[string]*spool{}}
	defer func() {
		if err != nil {
			_ = c.Close() // the error says why it does not open
		}
	}()
	if err = os.MkdirAll(parent, 0o700); err != nil {
		return c, err
	}
	if c.parent, err = os.OpenRoot(parent); err != nil {
		return c, err
	}
	if err = c.parent.MkdirAll(name, 0o700); err != nil {
		return c, err
	}
	if c.dir, err = c.parent.OpenRoot(name); err != nil {
		return c, err
	}
	c.lock = flock.New(filepath.Join(parent, name, "lock"))
	if held, err := c.lock.TryLock(); err != nil {
		return c, err
	} else if !held {
		return c, ErrBusy
	}
	kept, err := c.state()
	if err != nil {
		return c, err
	}
	if o.Anonymize {
		c.hide = newAnonymizer(kept.Key, o.Keep)
	}
	for _, name := range spoolNames {
		file, err := c.dir.OpenFile(fileOf(name), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return c, err
		}
		if c.spools[name], err = openSpool(file, o.Clock); err != nil {
			return c, err
		}
		c.Expired += c.spools[name].expire(o.Clock().Add(-MaxAge))
		c.Resumed = c.Resumed || len(c.spools[name].lists) > 0
	}
	return c, nil
}

func fileOf(spool string) string { return spool + ".lines" }

// state returns the state of an earlier copy with the same options, or writes that of a new one.
func (c *Copy) state() (kept state, err error) {
	const draft = "state.new"
	wanted, err := json.Marshal(c.options)
	if err != nil {
		return kept, err
	}
	text, err := c.dir.ReadFile(stateFile)
	if err == nil && !c.options.Fresh && json.Unmarshal(text, &kept) == nil && bytes.Equal(wanted, kept.Options) {
		return kept, nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return kept, err
	}
	kept = state{Options: wanted}
	if c.options.Anonymize {
		kept.Key = make([]byte, 32)
		_, _ = rand.Read(kept.Key) // never fails
	}
	for _, name := range spoolNames {
		if err := c.dir.Remove(fileOf(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return kept, err
		}
	}
	text, err = json.Marshal(kept)
	if err == nil {
		err = c.dir.WriteFile(draft, text, 0o600)
	}
	if err == nil {
		err = c.dir.Rename(draft, stateFile)
	}
	return kept, err
}

// Span returns when the first and the last of the lists that are stored were read; zero times if none is.
func (c *Copy) Span() (from, to time.Time) {
	for _, s := range c.spools {
		for _, l := range s.lists {
			if from.IsZero() || l.at.Before(from) {
				from = l.at
			}
			if l.at.After(to) {
				to = l.at
			}
		}
	}
	return from, to
}

// Draft writes a seed in the folder of the copy, which only its owner can read, and returns its path. Remove removes it unless it was moved.
func (c *Copy) Draft(write func(io.Writer) error) (path string, err error) {
	const name = "seed.yaml"
	file, err := c.dir.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return "", err
	}
	if err = write(file); err == nil {
		err = file.Sync()
	}
	return filepath.Join(c.parent.Name(), c.name, name), errors.Join(err, file.Close())
}

// Close closes the files of the copy, which goes on when it is opened again.
func (c *Copy) Close() error {
	var errs []error
	for _, s := range c.spools {
		errs = append(errs, s.file.Close())
	}
	if c.lock != nil {
		errs = append(errs, c.lock.Close())
	}
	for _, root := range []*os.Root{c.dir, c.parent} {
		if root != nil {
			errs = append(errs, root.Close())
		}
	}
	c.spools, c.lock, c.dir, c.parent = nil, nil, nil, nil
	return errors.Join(errs...)
}

// Remove removes the folder of the copy, and closes it.
func (c *Copy) Remove() error {
	err := c.parent.RemoveAll(c.name)
	return errors.Join(err, c.Close())
}

func (c *Copy) has(k Kind) bool { return slices.Contains(c.options.Kinds, k) }

func (c *Copy) miss(m Missing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, other := range c.Missing { // the schemas are read in two steps
		if other.Kind == m.Kind && other.Part == m.Part && other.Scope == m.Scope && other.Why == m.Why {
			c.Missing[i].Lists += m.Lists
			return
		}
	}
	c.Missing = append(c.Missing, m)
}

// String returns what is missing, for people.
func (m Missing) String() string {
	what := string(m.Kind)
	if m.Part != "" {
		what = m.Part + " of " + what
	}
	if m.Scope != "" {
		return fmt.Sprintf("%s: the connection lacks the scope %s", what, m.Scope)
	}
	return fmt.Sprintf("%s: %s", what, m.Why)
}
