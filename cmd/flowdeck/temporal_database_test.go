package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
)

// TestTheDatabaseOfTemporalHasNoValueOfARun runs a flow on a Temporal server of its own, and reads all bytes of the server's files. It needs
// TEMPORAL_SERVER, the path of the program `temporal`: see the target temporal-test of the Makefile.
func TestTheDatabaseOfTemporalHasNoValueOfARun(t *testing.T) {
	program := os.Getenv("TEMPORAL_SERVER")
	if program == "" {
		t.Skip("TEMPORAL_SERVER is not set: see make temporal-test")
	}
	const (
		token    = "tok-9fVq2ZrW7xLm4KdT0sHb"
		password = "S3a-lion/Käse+<7&\"Quartz"
		name     = "Zebulina Quackenbush-Vorontsova"
	)
	t.Setenv("FLOWDECK_KEY", "a key of the machines, long enough")
	t.Setenv("OKTA_TOKEN", token)
	seed, err := oktasim.Load(fmt.Appendf(nil, `
tokens: {%s: {}}
users: [{id: 00uzeb, login: %s, firstName: Zebulina, lastName: Quackenbush-Vorontsova}]
generate: {seed: 7, users: 150}
`, token, "zebulina.quackenbush@acme.example"))
	if err != nil {
		t.Fatal(err)
	}
	org, err := oktasim.New(seed, oktasim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var temporary atomic.Value // the temporary password
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		org.ServeHTTP(answer, r)
		if found := tempPassword.FindSubmatch(answer.Body.Bytes()); found != nil {
			temporary.Store(string(found[1]))
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes()) // an error means that the client closed the connection
	}))
	defer site.Close()
	dir, data := t.TempDir(), t.TempDir()
	for file, text := range map[string]string{
		"flowdeck.yaml": "connections:\n  okta: {type: okta, domain: \"" + site.URL + "\", simulated: true, auth: {api_token: {env: OKTA_TOKEN}}}\n",
		"flows.yaml":    databaseFlow,
		"inputs.json":   string(must(json.Marshal(map[string]string{"password": password, "name": name}))),
	} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	server := startTemporal(t, program, data)
	worker := startProcess(t, "worker", "-C", dir)
	worker.await("serving")
	run := exec.Command("flowdeck", "run", filepath.Join(dir, "flows.yaml#people"), "-C", dir,
		"--on", "temporal", "--input-file", filepath.Join(dir, "inputs.json"))
	run.Env = append(os.Environ(), "FLOWDECK_TRUST=1")
	out, err := run.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "Zebulina") { // the flow fails with it
		t.Fatalf("the run ended with %v:\n%s", err, out)
	}
	server.stop()

	if temporary.Load() == nil {
		t.Fatal("no answer of the org had a secret")
	}
	secrets := []string{token, password, temporary.Load().(string), name, "zebulina.quackenbush"}
	for _, workflow := range []string{"flowdeck.Run", "flowdeck.Stream", "flowdeck.Chunk"} { // the run was there
		if formIn(filesIn(t, data), workflow) == "" {
			t.Errorf("the database has no %s", workflow)
		}
	}
	for _, secret := range secrets {
		if form := halfIn(filesIn(t, data), secret); form != "" {
			t.Errorf("the database has %q in %s", secret, form)
		}
	}

	// Where nothing is encrypted, each of them is found.
	server = startTemporal(t, program, data)
	clear := exec.Command(program, "workflow", "start", "--address", server.address, "--task-queue", "nobody", "--type", "clear", "--workflow-id", "clear",
		"--input", string(must(json.Marshal(secrets))))
	if out, err := clear.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	server.stop()
	for _, secret := range secrets {
		if halfIn(filesIn(t, data), secret) == "" {
			t.Errorf("the search does not find %q in clear", secret)
		}
	}
}

var tempPassword = regexp.MustCompile(`"tempPassword":"([^"]+)"`)

// databaseFlow handles secrets by schema, in answers, and people's names: in a stream of more than one workflow, in results, and in an error.
const databaseFlow = `flow: people
inputs:
  password: {type: string, secret: true}
  name: {type: string}
steps:
  - id: temporary
    card: okta.user.expire_password
    with: {user_id: 00uzeb, temp_password: true}
  - card: okta.user.set_password
    with: {user_id: 00uzeb, new_password: "${ inputs.password }"}
  - id: sweep
    stream: okta.user.list
    to: one
    pass: {name: "${ inputs.name }"}
  - fail: nobody is called ${ inputs.name }, but ${ steps.sweep.ok } others
---
flow: one
inputs:
  record: {of: okta.user.list}
  state: {type: object}
steps:
  - id: user
    card: okta.user.get
    with: {user_id: "${ inputs.record.id }"}
  - fail: ${ steps.user.profile.displayName ?? steps.user.profile.lastName } is not ${ inputs.state.name }
    if: inputs.record.id == "00uzeb"
`

// devServer is a Temporal server whose database is in a folder.
type devServer struct {
	t       *testing.T
	cmd     *exec.Cmd
	address string
}

func startTemporal(t *testing.T, program, data string) *devServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	listener.Close()
	s := &devServer{t, exec.Command(program, "server", "start-dev", "--ip", "127.0.0.1", "--port", port, "--headless", "--log-level", "never",
		"--db-filename", filepath.Join(data, "temporal.db")), address}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill() }) // it may have ended
	t.Setenv("TEMPORAL_ADDRESS", address)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for exec.CommandContext(ctx, program, "operator", "cluster", "health", "--address", address).Run() != nil {
		if ctx.Err() != nil {
			t.Fatal("the server does not start")
		}
	}
	return s
}

// stop ends the server, which writes all that it has to its files.
func (s *devServer) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	_ = s.cmd.Wait()
}

// filesIn returns the bytes of all files in a folder.
func filesIn(t *testing.T, dir string) []byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var all [][]byte
	for _, file := range files {
		all = append(all, must(os.ReadFile(file)))
	}
	return bytes.Join(all, []byte("\n"))
}

// halfIn returns the form in which a secret, or half of one that is not short, appears in a database, forwards or backwards: a value may be divided
// between two pages.
func halfIn(data []byte, secret string) string {
	characters := []rune(secret)
	parts := [][]rune{characters}
	if middle := len(characters) / 2; middle >= 8 {
		parts = [][]rune{characters[:middle], characters[middle:]}
	}
	for _, half := range parts {
		backwards := slices.Clone(half)
		slices.Reverse(backwards)
		for _, text := range []string{string(half), string(backwards)} {
			if form := formIn(data, text); form != "" {
				return form
			}
			wide := strings.Join(strings.Split(text, ""), "\x00") // in either order of the bytes
			if bytes.Contains(data, []byte(wide)) {
				return "UTF-16"
			}
		}
	}
	return ""
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
