package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// bootHooks starts a server of event hooks, which answers Okta's verification. Each delivery is a line of JSON in the file `hooked`. The
// first one to /flaky gets a 500, each one to /refusing a 400, all others a 204. In the files that it is given, and in $HOOKS, the server's
// URL takes the place of http://localhost:1.
func bootHooks(ts *testscript.TestScript, _ bool, args []string) {
	var mu sync.Mutex
	seen := map[string]int{}
	hooked := ts.MkAbs("hooked")
	answer := func(r *http.Request, body []byte) (status int, err error) {
		mu.Lock()
		defer mu.Unlock()
		seen[r.URL.Path]++
		switch {
		case r.URL.Path == "/refusing":
			status = http.StatusBadRequest
		case r.URL.Path == "/flaky" && seen[r.URL.Path] == 1:
			status = http.StatusInternalServerError
		default:
			status = http.StatusNoContent
		}
		line, err := json.Marshal(map[string]any{"path": r.URL.Path, "authorization": r.Header.Get("Authorization"), "status": status, "body": json.RawMessage(body)})
		if err != nil {
			return 0, err
		}
		file, err := os.OpenFile(hooked, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return 0, err
		}
		_, err = file.Write(append(line, '\n'))
		return status, errors.Join(err, file.Close())
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			fmt.Fprintf(w, `{"verification": %q}`, r.Header.Get("X-Okta-Verification-Challenge"))
			return
		}
		body, err := io.ReadAll(r.Body)
		status := 0
		if err == nil {
			status, err = answer(r, body)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		w.WriteHeader(status)
	}))
	ts.Defer(server.Close)
	ts.Setenv("HOOKS", server.URL)
	for _, name := range args {
		text := strings.ReplaceAll(ts.ReadFile(name), "http://localhost:1", server.URL)
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}
