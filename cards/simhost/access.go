package simhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// An Access is this process's access to a simulated server: the server itself, or the way to the process that has it.
// It is safe for concurrent use.
type Access struct {
	simulator Simulator
	folder    folder       // "": the server lives in memory, and is this Access's alone
	release   func() error // ends our use of the folder; nil: there is none

	mu   sync.Mutex
	host *host // nil while another process has the server
}

// Open gives access to the server whose state is in a folder, which is made if need be. Without a folder it lives in
// memory. An error means that the folder holds the state of another seed or version, or cannot be read or written.
func Open(s Simulator, dir string) (*Access, error) {
	a := &Access{simulator: s, folder: folder(dir)}
	if dir != "" {
		release, err := a.folder.use()
		if err != nil {
			return nil, err
		}
		a.release = release
	}
	if _, err := a.Address(); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// lookAgain is how often a guest whose host does not answer looks for another.
const lookAgain = 20 * time.Millisecond

// Dial connects to the server wherever it is now, whatever the address. While its host starts or ends, that waits. A
// connection counts only if its host was not ending by then, so that each request on it is answered.
func (a *Access) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	var dialer net.Dialer
	for {
		address, err := a.Address()
		if err != nil {
			return nil, err
		}
		if address != "" {
			if conn, err := dialer.DialContext(ctx, "tcp", address); err == nil {
				if now, err := a.Address(); err == nil && now == address {
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

// Address is where the server listens: in this process, if no other has it. Empty means that its host does not listen
// yet.
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
	return a.folder.announced()
}

// serve takes the server and serves it. The error is ErrInUse while another process has it.
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
	if err := a.folder.announce(""); err != nil { // the address in it is of a host that was killed
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

// Changes is how many changes the state folder holds; ok is false while another process has the server.
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

// Close gives the server back, for another process to take over: the address first, so that nobody else comes.
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

// Dump writes the state of the server.
func (a *Access) Dump(ctx context.Context, w io.Writer) error {
	client := http.Client{Transport: &http.Transport{DialContext: a.Dial, DisableKeepAlives: true}}
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
		return fmt.Errorf("the simulated server answered %s", answer.Status)
	}
	_, err = io.Copy(w, answer.Body)
	return err
}
