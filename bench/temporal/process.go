package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// processes are those that the demo has started. What they write is in one file.
type processes struct {
	log string

	mu  sync.Mutex
	all []*process
}

type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has ended
}

// Pid returns the id of the process.
func (p *process) Pid() int { return p.cmd.Process.Pid }

func (s *processes) start(env []string, argv ...string) (*process, error) {
	log, err := os.OpenFile(s.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the process has its own
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, log, log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd, make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended does not matter
		close(p.ended)
	}()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, p)
	return p, nil
}

// kill kills the process, and waits for its end.
func (p *process) kill() error {
	if err := p.cmd.Process.Kill(); err != nil {
		return err
	}
	<-p.ended
	return nil
}

// stop ends all processes, the last first.
func (s *processes) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for i := len(s.all) - 1; i >= 0; i-- {
		p := s.all[i]
		if err := p.cmd.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
			errs = append(errs, err)
		}
		select {
		case <-p.ended:
		case <-time.After(20 * time.Second):
			errs = append(errs, fmt.Errorf("%s does not stop", strings.Join(p.cmd.Args, " ")), p.kill())
		}
	}
	return errors.Join(errs...)
}

// environment is that of flowdeck's processes. The key encrypts the histories.
func environment(server string) []string {
	return append(os.Environ(), "OKTA_API_TOKEN=demo-token", "FLOWDECK_TRUST=1", "FLOWDECK_KEY=the key of the demo, which is not secret", "TEMPORAL_ADDRESS="+server)
}

const workspace = `connections:
  okta:
    type: okta
    domain: http://%s
    simulated: true
    auth: {api_token: {env: OKTA_API_TOKEN}}
`

// prepare starts the org and, if there is none, the dev server, and writes the workspace. It returns the address of the org.
func (c *config) prepare(ctx context.Context, started *processes, dir string) (org string, err error) {
	if org, err = freeAddress(); err != nil {
		return "", err
	}
	for file := range strings.SplitSeq(c.flows, ",") {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(file)), text, 0o600); err != nil {
			return "", err
		}
	}
	seed := filepath.Join(dir, "org.yaml")
	err = errors.Join(os.WriteFile(filepath.Join(dir, "flowdeck.yaml"), fmt.Appendf(nil, workspace, org), 0o600), os.WriteFile(seed, people(c.members), 0o600))
	if err != nil {
		return "", err
	}
	if _, err := started.start(os.Environ(), c.flowdeck, "org", seed, "--listen", org); err != nil {
		return "", err
	}
	if err := answers(ctx, org); err != nil {
		return "", err
	}
	if c.server != "" {
		return org, nil
	}
	if c.server, err = freeAddress(); err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(c.server)
	if err != nil {
		return "", err
	}
	argv := []string{c.temporal, "server", "start-dev", "--ip", "127.0.0.1", "--port", port, "--headless", "--log-level", "error"}
	if c.file != "" {
		argv = append(argv, "--db-filename", c.file)
	}
	fmt.Printf("Temporal's dev server is started: %s\n", strings.Join(argv[1:], " "))
	if _, err := started.start(os.Environ(), argv...); err != nil {
		return "", err
	}
	return org, c.healthy(ctx)
}

// healthy waits until the dev server answers.
func (c *config) healthy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		if exec.CommandContext(ctx, c.temporal, "operator", "cluster", "health", "--address", c.server).Run() == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.New("the dev server does not start")
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// freeAddress returns an address that no server uses.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// answers waits until a server takes connections.
func answers(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		if conn, err := net.Dial("tcp", address); err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("nothing answers at %s", address)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
