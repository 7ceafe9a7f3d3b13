package main

import (
	"strings"
	"testing"
)

func TestARunThatDidSomethingElseIsRefused(t *testing.T) {
	t.Parallel()
	const suspended = "  - login: a@b.c\n    status: SUSPENDED\n    created: 2026-03-01T00:00:00.000Z\n"
	asked := func(reads, writes int) map[string]int {
		return map[string]int{"GET /api/v1/users/{id}": reads, "POST /api/v1/users/{id}/lifecycle/suspend": writes}
	}
	first := state{dump: []byte(suspended), requests: asked(1, 1)}
	for name, test := range map[string]struct {
		end  state
		want string // in the error; empty for none
	}{
		"the same":        {first, ""},
		"asked who it is": {state{first.dump, asked(2, 1)}, ""},
		"suspended none":  {state{[]byte(strings.Replace(suspended, "SUSPENDED", "ACTIVE", 1)), asked(1, 1)}, "0 of 1 members are suspended"},
		"read nobody":     {state{first.dump, asked(0, 1)}, "it made 0 × GET"},
		"read twice":      {state{first.dump, asked(3, 1)}, "it made 3 × GET"},
		"wrote twice":     {state{first.dump, asked(1, 2)}, "2 × POST"},
		"another dump":    {state{[]byte(strings.Replace(suspended, "a@b.c", "b@b.c", 1)), asked(1, 1)}, "dump is not that of the first run"},
	} {
		err := test.end.differs(first, 1)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}
