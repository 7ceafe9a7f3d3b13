package main

import (
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
