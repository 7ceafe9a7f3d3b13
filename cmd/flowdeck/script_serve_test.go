package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

var listeningAt = regexp.MustCompile(`"msg":"listening","url":"(http://[0-9.:]+)"`)

// findServer waits until a server has logged its address, and is ready.
func findServer(ts *testscript.TestScript, _ bool, args []string) {
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) { // the process reports it in its log only
		log, err := os.ReadFile(ts.MkAbs(args[0]))
		if found := listeningAt.FindSubmatch(log); err == nil && found != nil {
			if ready, err := http.Get(string(found[1]) + "/readyz"); err == nil {
				ready.Body.Close()
				if ready.StatusCode == http.StatusOK {
					ts.Setenv("SERVER", string(found[1]))
					return
				}
			}
		}
		if time.Now().After(deadline) {
			ts.Fatalf("no address in %s", args[0])
		}
	}
}

// askServer sends a request with the token in a file, or -, and a body of JSON.
func askServer(ts *testscript.TestScript, _ bool, args []string) {
	out, method, path, token, body := args[0], args[1], args[2], "", ""
	if len(args) > 3 && args[3] != "-" {
		token = strings.TrimSpace(ts.ReadFile(args[3]))
	}
	if len(args) > 4 {
		body = args[4]
	}
	r, err := http.NewRequest(method, ts.Getenv("SERVER")+path, strings.NewReader(body))
	ts.Check(err)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer answer.Body.Close()
	var text bytes.Buffer
	fmt.Fprintln(&text, answer.StatusCode)
	_, err = io.Copy(&text, answer.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(out), text.Bytes(), 0o600))
}

// postServer posts the JSON of a file to the server, and writes the status and the body to a file: post FILE PATH TOKEN BODY.
func postServer(ts *testscript.TestScript, neg bool, args []string) {
	askServer(ts, neg, []string{args[0], http.MethodPost, args[1], args[2], ts.ReadFile(args[3])})
}

// sameJSON compares an answer, of which the status must be 200, with the JSON of another file: cmpjson FILE WANT.
func sameJSON(ts *testscript.TestScript, _ bool, args []string) {
	status, body, _ := strings.Cut(ts.ReadFile(args[0]), "\n")
	var got, want any
	if err := json.Unmarshal([]byte(body), &got); err != nil || status != "200" {
		ts.Fatalf("got %s %s", status, body)
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &want))
	if diff := cmp.Diff(want, got); diff != "" {
		ts.Fatalf("(-want +got)\n%s", diff)
	}
}
