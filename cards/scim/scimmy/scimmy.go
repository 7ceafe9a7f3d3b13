// Package scimmy runs a SCIM server that others wrote, for tests: SCIMMY, on Node. What scimsim and the cards both misunderstand is found by it.
//
// It must not know anything of the code that it tests.
package scimmy

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Token is the bearer token that a server demands.
const Token = "demo-token"

// A Server is a process that serves users and groups from memory. Close ends it.
type Server struct {
	BaseURL string // http://127.0.0.1:PORT/scim/v2

	input io.Closer
	cmd   *exec.Cmd
	log   strings.Builder // its standard error
}

// A Request is a request that a server received.
type Request struct {
	Method string
	URI    string
}

// ErrNotInstalled is in the error of Start if this machine lacks Node or the packages of the server. Tests skip then, with the error as the reason.
var ErrNotInstalled = errors.New("the SCIM server is not installed")

// Start starts a server without users and groups. The error has ErrNotInstalled where it cannot run.
func Start() (*Server, error) {
	_, file, _, _ := runtime.Caller(0)
	folder := filepath.Join(filepath.Dir(file), "testdata")
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, fmt.Errorf("%w: it needs Node 18 or later: %w", ErrNotInstalled, err)
	}
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "scimmy")); err != nil {
		return nil, fmt.Errorf("%w: `make scim-server` installs it", ErrNotInstalled)
	}
	s := &Server{cmd: exec.Command(node, filepath.Join(folder, "server.mjs"))}
	s.cmd.Env = append(os.Environ(), "SCIM_TOKEN="+Token)
	s.cmd.Stderr = &s.log
	if s.input, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("the SCIM server did not start: %w", errors.Join(err, s.Close()))
	}
	s.BaseURL = strings.TrimSpace(line)
	return s, nil
}

// Close ends the server. Its error has what the server complained about.
func (s *Server) Close() error {
	err := s.input.Close()
	if err := errors.Join(err, s.cmd.Wait()); err != nil {
		return fmt.Errorf("%w\n%s", err, s.log.String())
	}
	return nil
}

// Requests returns the requests so far, in their order.
func (s *Server) Requests() (all []Request, err error) {
	resp, err := http.Get(strings.TrimSuffix(s.BaseURL, "/scim/v2") + "/-/requests")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return all, json.NewDecoder(resp.Body).Decode(&all)
}
