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

// Installed returns why a server cannot run on this machine: it lacks Node, or the packages of the server. Tests skip then, with that as the reason.
func Installed() error {
	if _, err := exec.LookPath("node"); err != nil {
		return fmt.Errorf("the SCIM server of the tests needs Node 18 or later: %w", err)
	}
	if _, err := os.Stat(filepath.Join(folder(), "node_modules", "scimmy")); err != nil {
		return errors.New("the SCIM server of the tests is not installed: `make scim-server` does it")
	}
	return nil
}

// folder has the program of the server and its packages.
func folder() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "testdata")
}

// Start starts a server without users and groups. It must be installed.
func Start() (_ *Server, err error) {
	s := &Server{cmd: exec.Command("node", filepath.Join(folder(), "server.mjs"))}
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
	data, err := s.get("/-/requests")
	if err != nil {
		return nil, err
	}
	return all, json.Unmarshal(data, &all)
}

// State returns the users and groups, each in a line of JSON, in the order of these lines. Ids are left out, and members have their user names.
func (s *Server) State() ([]byte, error) { return s.get("/-/state") }

func (s *Server) get(path string) ([]byte, error) {
	resp, err := http.Get(strings.TrimSuffix(s.BaseURL, "/scim/v2") + path)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s", path, resp.Status)
	}
	return io.ReadAll(resp.Body)
}
