package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/flowdeck/flowdeck/cards/scim/scimsim"
)

// bootTarget starts a simulated SCIM target over HTTP, whose URL replaces http://localhost:2 in the files: target SEED [held N] FILE... It is the
// server that get and await ask, so that /-/dump and /-/requests are its state and the requests to it.
func bootTarget(ts *testscript.TestScript, _ bool, args []string) {
	seed, err := scimsim.Load([]byte(ts.ReadFile(args[0])))
	ts.Check(err)
	target, err := scimsim.New(seed, scimsim.Options{})
	ts.Check(err)
	var held atomic.Int32
	if args = args[1:]; args[0] == "held" {
		n, err := strconv.Atoi(args[1])
		ts.Check(err)
		held.Store(int32(n))
		args = args[2:]
	}
	server := httptest.NewServer(holding(target, &held))
	ts.Defer(server.Close)
	ts.Setenv("ORG", server.URL)
	for _, name := range args {
		text := strings.ReplaceAll(ts.ReadFile(name), "http://localhost:2", server.URL)
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}

// holding carries out the first writes, and never answers them.
func holding(server http.Handler, held *atomic.Int32) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && held.Add(-1) >= 0 {
			server.ServeHTTP(httptest.NewRecorder(), r)
			_, _ = io.Copy(io.Discard, r.Body) // only then, package http notices that the connection ends
			<-r.Context().Done()               // the process was killed
			return
		}
		server.ServeHTTP(w, r)
	})
}
