package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"time"
)

// people is the seed of an org with so many people, all ACTIVE and idle, so that a run makes two calls for
// each of them.
func people(n int, latency time.Duration) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "now: 2026-03-01T00:00:00Z\nlatency: %v\nusers:\n", latency)
	for i := range n {
		fmt.Fprintf(&b, "  - {login: member%[1]d@acme.example, firstName: Member, lastName: No%[1]d, lastLogin: 2025-06-01T08:00:00Z,"+
			" profile: {department: Engineering, employeeNumber: \"%[1]d\", title: Engineer}}\n", i)
	}
	return b.Bytes()
}

// serve starts an org in a process of its own, and waits until it answers.
func serve(flowdeck, seed string) (stop func() error, err error) {
	if answers() {
		return nil, fmt.Errorf("something listens on %s already", org)
	}
	cmd := exec.Command(flowdeck, "org", seed, "--listen", org)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for !answers() {
		select {
		case err := <-ended:
			return nil, fmt.Errorf("the org did not start: %w\n%s", err, said.Bytes())
		case <-time.After(20 * time.Millisecond):
		}
	}
	return func() error {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			return err
		}
		return <-ended
	}, nil
}

func answers() bool {
	conn, err := net.Dial("tcp", org)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

// state is what a run left behind.
type state struct {
	dump     []byte         // of the org
	requests map[string]int // that the org was asked for, by method and path template
}

// look reads the state of the org.
func look() (s state, err error) {
	if s.dump, err = get("/-/dump"); err != nil {
		return s, err
	}
	body, err := get("/-/stats")
	if err != nil {
		return s, err
	}
	var stats struct {
		Requests map[string]int `json:"requests"`
	}
	err = json.Unmarshal(body, &stats)
	s.requests = stats.Requests
	return s, err
}

func get(path string) ([]byte, error) {
	resp, err := http.Get("http://" + org + path)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s", path, resp.Status)
	}
	return body, err
}

// differs says what a run did otherwise than the first one did, and than it should: two calls for each of
// the members, all of whom end up suspended. nil: nothing.
func (s state) differs(first state, members int) error {
	const read, write = "GET /api/v1/users/{id}", "POST /api/v1/users/{id}/lifecycle/suspend"
	suspended := bytes.Count(s.dump, []byte("\n    status: SUSPENDED\n"))
	reads, writes := s.requests[read], s.requests[write]
	switch {
	case suspended != members:
		return fmt.Errorf("%d of %d members are suspended", suspended, members)
	case reads < members || reads > members+1 || writes != members: // flowdeck reads once more: who it is
		return fmt.Errorf("it made %d × %s and %d × %s for %d members", reads, read, writes, write, members)
	case !bytes.Equal(s.dump, first.dump):
		return fmt.Errorf("the org's dump is not that of the first run")
	}
	return nil
}
