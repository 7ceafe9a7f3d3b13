package okta

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
)

// simulation is the simulated org of a connection, on a loopback port: the session reaches it over HTTP, as it
// would reach a real one. One process at a time has the org and its state folder; others that name the same
// connection are its guests, and one of them takes over when it ends.
type simulation struct {
	from string // the seed's file
	seed oktasim.Seed
	dir  string // the state folder; empty: the org lives in memory, and is this connection's alone

	afresh string // the hint for a state that cannot be used

	unused func() error // ends our use of the state folder; nil: there is none

	mu   sync.Mutex
	host *host // nil while another process has the org
}

// lookAgain is how often a guest whose host does not answer looks for another.
const lookAgain = 20 * time.Millisecond

// dial reaches the org wherever it is now. While its host is beginning or ending, that waits. A connection counts
// only if its host was not ending by then, so that each request on it is answered.
func (s *simulation) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	var dialer net.Dialer
	for {
		address, err := s.address()
		if err != nil {
			return nil, err
		}
		if address != "" {
			if conn, err := dialer.DialContext(ctx, "tcp", address); err == nil {
				if now, err := s.address(); err == nil && now == address {
					return conn, nil
				}
				conn.Close()
			}
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(lookAgain):
		}
	}
}

// address is where the org listens: here, if no other process has it. Empty is a host that does not listen yet.
func (s *simulation) address() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.host != nil {
		return s.host.address, nil
	}
	h, err := s.serve()
	switch {
	case err == nil:
		s.host = h
		return h.address, nil
	case !errors.Is(err, oktasim.ErrInUse):
		return "", err
	}
	text, err := os.ReadFile(s.addressFile())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	return strings.TrimSpace(string(text)), nil
}

// serve takes the org and serves it. The error is oktasim.ErrInUse while another process has it.
func (s *simulation) serve() (*host, error) {
	org, err := s.open()
	if err != nil {
		return nil, err
	}
	if err := s.tell(""); err != nil { // what stands there is of a host that was killed
		return nil, errors.Join(err, org.Close())
	}
	h, err := newHost(org)
	if err != nil {
		return nil, errors.Join(err, org.Close())
	}
	if err := s.tell(h.address); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

func (s *simulation) open() (*oktasim.Org, error) {
	if s.dir == "" {
		return oktasim.New(s.seed, oktasim.Options{})
	}
	return oktasim.Open(s.dir, s.seed, oktasim.Options{})
}

// tell writes down where the org is served, for other processes; empty is nowhere. Writing and not removing the file
// works also where somebody has it open, on any system.
func (s *simulation) tell(address string) error {
	if s.dir == "" {
		return nil
	}
	err := os.WriteFile(s.addressFile(), []byte(address), 0o600)
	if errors.Is(err, fs.ErrNotExist) { // the folder is gone, and whatever others could find there
		return nil
	}
	return err
}

func (s *simulation) addressFile() string { return filepath.Join(s.dir, "address") }

// note says where the org came from.
func (s *simulation) note() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.host == nil {
		return "shared with another process, from " + s.from
	}
	switch kept := s.host.org.Kept(); kept {
	case 0:
		return "fresh, from " + s.from
	case 1:
		return "1 change since " + s.from
	default:
		return fmt.Sprintf("%d changes since %s", kept, s.from)
	}
}

// use begins our use of the state folder, if there is one.
func (s *simulation) use() (err error) {
	if s.dir != "" {
		s.unused, err = oktasim.Use(s.dir)
	}
	return err
}

// close gives the org back: the address first, so that nobody else comes.
func (s *simulation) close() (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.host != nil {
		err = errors.Join(s.tell(""), s.host.close())
	}
	if s.unused != nil {
		err = errors.Join(err, s.unused())
	}
	return err
}

// dump writes the state of the org as a seed, in YAML.
func (s *simulation) dump(ctx context.Context, w io.Writer) error {
	client := http.Client{Transport: &http.Transport{DialContext: s.dial, DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost/-/dump", nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the simulated org answers %s", answer.Status)
	}
	_, err = io.Copy(w, answer.Body)
	return err
}
