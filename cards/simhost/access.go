package simhost

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// An Access is this process's access to a simulated server, which runs in this process or in another one. It is safe
// for concurrent use.
type Access struct {
	simulator Simulator
	folder    folder       // "" if the server is in memory, and used only by this Access
	release   func() error // releases the folder for Reset; nil if there is no folder
	patience  time.Duration
	id        string // of the state, until a Reset

	mu   sync.Mutex
	host *host // nil while another process runs the server; of a server in memory, set by Open
}

// Open gives access to the server whose state is in the folder dir, which it creates if it does not exist. If dir is
// empty, the server is in memory, and its requests do not use the network. Open returns an error if the folder has the state of another seed or version, or
// cannot be read or written.
func Open(s Simulator, dir string) (*Access, error) {
	a := &Access{simulator: s, folder: folder(dir), patience: patience, id: rand.Text()}
	if dir != "" {
		release, err := a.folder.use()
		if err != nil {
			return nil, err
		}
		a.release = release
		if a.id, err = a.folder.id(); err != nil {
			return nil, errors.Join(err, release())
		}
	}
	if _, err := a.Address(); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// lookAgain is the interval at which a guest tries to connect again, while its host does not answer.
const lookAgain = 20 * time.Millisecond

// patience is how long a guest waits for a host that neither answers nor ends, such as a process that was stopped
// with Ctrl-Z. A host whose seed has a million users needs several seconds to start.
const patience = 20 * time.Second

// Dial connects to the server, in whichever process it runs. It ignores the address. While the host starts or ends,
// Dial waits, up to a limit. It returns a connection only if its host was not ending at that time, so that each
// request on it is answered.
func (a *Access) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	if a.folder == "" {
		return a.host.memory.dial(ctx)
	}
	waiting, cancel := context.WithTimeoutCause(ctx, a.patience, errStuck)
	defer cancel()
	for {
		address, err := a.Address()
		if err != nil {
			return nil, err
		}
		if conn := a.connect(waiting, address); conn != nil {
			return conn, nil
		}
		select {
		case <-waiting.Done():
			if cause := context.Cause(waiting); cause != errStuck {
				return nil, cause
			}
			return nil, a.stuck()
		case <-time.After(lookAgain):
		}
	}
}

var errStuck = errors.New("the host neither serves nor ends")

// stuck returns the error for a host that has not answered within patience.
func (a *Access) stuck() error {
	process := "another process"
	if _, pid, _ := a.folder.announced(); pid != "" {
		process = "process " + pid
	}
	return fmt.Errorf("%s has the simulated server, and has not answered for %s: let it continue, or end it", process, a.patience)
}

// connect connects to a host that answers. It returns nil if there is none at the address, or if the address has
// changed.
func (a *Access) connect(ctx context.Context, address string) net.Conn {
	if address == "" || !a.here() && !answers(ctx, address) {
		return nil
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil
	}
	if now, err := a.Address(); err != nil || now != address {
		conn.Close()
		return nil
	}
	return conn
}

// here reports whether this process runs the server.
func (a *Access) here() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.host != nil
}

// answers reports whether a host answers. A successful connection is not sufficient: the system accepts connections
// for a stopped process.
func answers(ctx context.Context, address string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/", nil)
	if err != nil {
		return false
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		return false
	}
	answer.Body.Close()
	return true
}

// Address returns the address of the server. If no process runs the server, Address starts it in this process. The
// address is empty if the host does not listen yet.
func (a *Access) Address() (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.host != nil {
		return a.host.address, nil
	}
	h, err := a.serve()
	switch {
	case err == nil:
		a.host = h
		return h.address, nil
	case !errors.Is(err, ErrInUse):
		return "", err
	}
	address, _, err := a.folder.announced()
	return address, err
}

// serve starts the server in this process. The error is ErrInUse if another process runs it.
func (a *Access) serve() (*host, error) {
	if a.folder == "" {
		server, err := a.simulator.New(time.Time{}, nil)
		if err != nil {
			return nil, err
		}
		return newHost(server, nil)
	}
	server, state, err := openState(a.folder, a.simulator)
	if err != nil {
		return nil, err
	}
	if err := a.folder.announce(""); err != nil { // the file may have the address of a host that was killed
		return nil, errors.Join(err, state.close())
	}
	h, err := newHost(server, state)
	if err != nil {
		return nil, errors.Join(err, state.close())
	}
	if err := a.folder.announce(h.address); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

// ID returns a text that identifies the state of the server until it is reset.
func (a *Access) ID() string { return a.id }

// Changes returns the number of changes in the state folder; ok is false if another process runs the server.
func (a *Access) Changes() (n int, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.host == nil:
		return 0, false
	case a.host.state == nil:
		return 0, true
	}
	return a.host.state.journal.count(), true
}

// Close stops using the server, so that another process can take over. It removes the address first, so that no new
// client connects.
func (a *Access) Close() (err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.host != nil {
		if a.folder != "" {
			err = a.folder.announce("")
		}
		err = errors.Join(err, a.host.close())
	}
	if a.release != nil {
		err = errors.Join(err, a.release())
	}
	return err
}

// longestDump is the time limit of Get, for a host that is stopped during the dump.
const longestDump = 2 * time.Minute

// Dump writes the complete state of the server to w.
func (a *Access) Dump(ctx context.Context, w io.Writer) error { return a.Get(ctx, "/-/dump", w) }

// Get writes what the server answers at a path to w.
func (a *Access) Get(ctx context.Context, path string, w io.Writer) error {
	ctx, cancel := context.WithTimeoutCause(ctx, longestDump, errStuck)
	defer cancel()
	client := http.Client{Transport: &http.Transport{DialContext: a.Dial, DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost"+path, nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the simulated server answered %s", answer.Status)
	}
	_, err = io.Copy(w, answer.Body)
	return err
}
