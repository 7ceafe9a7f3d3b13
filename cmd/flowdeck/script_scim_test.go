package main

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/flowdeck/flowdeck/cards/scim/scimmy"
)

type targetKey struct{}

// realTarget is the SCIM server of a script, once it has one.
type realTarget struct {
	*scimmy.Server
	seen int // requests before the last look
}

// baseURL matches that of a target in a flowdeck.yaml.
var baseURL = regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+/scim/v2`)

// bootTarget starts a SCIM server that others wrote, and writes its address into the file flowdeck.yaml. A script that needs it
// is skipped where the condition `target` does not hold:
//
//	target FILE
func bootTarget(ts *testscript.TestScript, _ bool, args []string) {
	server, err := scimmy.Start()
	ts.Check(err)
	ts.Defer(func() { ts.Check(server.Close()) })
	ts.Value(targetKey{}).(*realTarget).Server = server
	text := baseURL.ReplaceAllString(ts.ReadFile(args[0]), server.BaseURL)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
	ts.Setenv("SCIM_TOKEN", scimmy.Token)
}

// lookAtTarget writes the users and groups of the server to a file, and to another one the requests since the last look that are not GET:
//
//	people FILE WRITES
func lookAtTarget(ts *testscript.TestScript, _ bool, args []string) {
	target := ts.Value(targetKey{}).(*realTarget)
	state, err := target.State()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), state, 0o600))
	requests, err := target.Requests()
	ts.Check(err)
	var writes strings.Builder
	for _, r := range requests[target.seen:] {
		if r.Method != http.MethodGet {
			fmt.Fprintln(&writes, r.Method, r.URI)
		}
	}
	target.seen = len(requests)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(writes.String()), 0o600))
}
