package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/flowdeck/flowdeck/cards/scim/scimmy"
)

type scimmyKey struct{}

// realTarget is the SCIM server of a script, once it has one.
type realTarget struct {
	*scimmy.Server
	seen int // requests before the last look
}

// bootSCIMMY starts a SCIM server that others wrote, whose URL replaces http://localhost:2 in the files: scimmy FILE... A script that needs it is
// skipped where the condition `scimmy` does not hold.
func bootSCIMMY(ts *testscript.TestScript, _ bool, args []string) {
	server, err := scimmy.Start()
	ts.Check(err)
	ts.Defer(func() { ts.Check(server.Close()) })
	ts.Value(scimmyKey{}).(*realTarget).Server = server
	ts.Setenv("SCIM_TOKEN", scimmy.Token)
	for _, name := range args {
		text := strings.ReplaceAll(ts.ReadFile(name), "http://localhost:2/scim/v2", server.BaseURL)
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}

// lookAtSCIMMY writes the users and groups of the server to a file, and to another one the requests since the last look that are not GET:
// people FILE WRITES.
func lookAtSCIMMY(ts *testscript.TestScript, _ bool, args []string) {
	target := ts.Value(scimmyKey{}).(*realTarget)
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
