package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"sync/atomic"

	"github.com/rogpeppe/go-internal/testscript"
)

// bootReceiver starts a receiver of events of runs.
func bootReceiver(ts *testscript.TestScript, _ bool, args []string) {
	var ill atomic.Int64
	if len(args) > 1 {
		n, err := strconv.Atoi(args[1])
		ts.Check(err)
		ill.Store(int64(n))
	}
	path := ts.MkAbs(args[0])
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("Authorization") != "Bearer events-token" || r.Header.Get("Content-Type") != "application/x-ndjson" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		if ill.Add(-1) >= 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = f.Write(body)
			_ = f.Close()
		}
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	ts.Defer(server.Close)
	ts.Setenv("EVENTS", server.URL)
}
