package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDiffersReportsRunsThatDidNotDoTheJob(t *testing.T) {
	t.Parallel()
	const suspended = "  - login: a@b.c\n    status: SUSPENDED\n    created: 2026-03-01T00:00:00.000Z\n"
	counts := func(reads, writes int) map[string]int {
		return map[string]int{"GET /api/v1/users/{id}": reads, "POST /api/v1/users/{id}/lifecycle/suspend": writes}
	}
	first := state{dump: []byte(suspended), requests: counts(1, 1)}
	for name, test := range map[string]struct {
		end  state
		want string // a part of the error; empty for no error
	}{
		"the same":       {first, ""},
		"read the owner": {state{first.dump, counts(2, 1)}, ""},
		"suspended none": {state{[]byte(strings.Replace(suspended, "SUSPENDED", "ACTIVE", 1)), counts(1, 1)}, "0 of 1 members are suspended"},
		"read nobody":    {state{first.dump, counts(0, 1)}, "0 × GET"},
		"read twice":     {state{first.dump, counts(3, 1)}, "3 × GET"},
		"wrote twice":    {state{first.dump, counts(1, 2)}, "2 × POST"},
		"another dump":   {state{[]byte(strings.Replace(suspended, "a@b.c", "b@b.c", 1)), counts(1, 1)}, "differs from that of the first run"},
	} {
		err := test.end.differs(first, 1)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

func TestTheWorkspaceHasTheAddressOfTheOrg(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := writeWorkspace(dir, "127.0.0.1:9"); err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(dir, "flowdeck.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(config), "domain: http://127.0.0.1:9\n") {
		t.Errorf("flowdeck.yaml does not have the address:\n%s", config)
	}
}
