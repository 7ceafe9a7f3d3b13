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

// people returns the seed of an org with n users, all ACTIVE and idle, so that a run makes two requests for each.
func people(n int, latency time.Duration) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "now: 2026-03-01T00:00:00Z\nlatency: %v\nusers:\n", latency)
	for i := range n {
		fmt.Fprintf(&b, "  - {login: member%[1]d@acme.example, firstName: Member, lastName: No%[1]d, lastLogin: 2025-06-01T08:00:00Z,"+
			" profile: {department: Engineering, employeeNumber: \"%[1]d\", title: Engineer}}\n", i)
	}
	return b.Bytes()
}

// freeAddress returns an address that no server uses, so that several benchmarks can run on one machine.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// serve starts an org in a separate process, and waits until it answers.
func serve(flowdeck, seed, org string) (stop func() error, err error) {
	if answers(org) {
		return nil, fmt.Errorf("address %s is in use", org)
	}
	cmd := exec.Command(flowdeck, "org", seed, "--listen", org)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for !answers(org) {
		select {
		case err := <-ended:
			return nil, fmt.Errorf("the org did not start: %w\n%s", err, stderr.Bytes())
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

func answers(org string) bool {
	conn, err := net.Dial("tcp", org)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

// state is the state of an org after a run.
type state struct {
	dump     []byte         // of the org
	requests map[string]int // counts, by method and path template
}

// look reads the state of the org.
func look(org string) (s state, err error) {
	if s.dump, err = get(org, "/-/dump"); err != nil {
		return s, err
	}
	body, err := get(org, "/-/stats")
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

func get(org, path string) ([]byte, error) {
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

// differs returns an error if a run did not suspend all members with two requests for each, or if it differs from
// the first run.
func (s state) differs(first state, members int) error {
	const read, write = "GET /api/v1/users/{id}", "POST /api/v1/users/{id}/lifecycle/suspend"
	suspended := bytes.Count(s.dump, []byte("\n    status: SUSPENDED\n"))
	reads, writes := s.requests[read], s.requests[write]
	switch {
	case suspended != members:
		return fmt.Errorf("%d of %d members are suspended", suspended, members)
	case reads < members || reads > members+1 || writes != members: // flowdeck also reads the owner of its token
		return fmt.Errorf("%d × %s and %d × %s for %d members", reads, read, writes, write, members)
	case !bytes.Equal(s.dump, first.dump):
		return fmt.Errorf("the dump of the org differs from that of the first run")
	}
	return nil
}
