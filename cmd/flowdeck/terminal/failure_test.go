package terminal

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
)

func TestRecordsWithoutALineInTheResultsAreCountedAndNamed(t *testing.T) {
	t.Parallel()
	lost := engine.Event{Kind: engine.LoopEnded, Place: place("sweep")}
	for i := range 25 {
		lost.NotKept = append(lost.NotKept, place(fmt.Sprintf("sweep[00u%d]", i)))
	}
	one := engine.Event{Kind: engine.LoopEnded, Place: place("one"), NotKept: []engine.Place{place("one[a\nb]")}}
	s, out := paper(80)
	summary{watched(began("sweep", "stream", ""), lost, lost, began("one", "each", ""), one, began("kept", "each", "")).Report()}.notKept(s)
	lines := strings.Split(out.String(), "\n")
	if want := `results of one: 1 record ended without a line: one[a\nb]`; len(lines) != 3 || lines[1] != want {
		t.Errorf("got %q, want %q as the second line", lines, want)
	}
	if start, end := "results of sweep: 50 records ended without a line: sweep[00u0], sweep[00u1], ", ", sweep[00u19] and 30 more"; !strings.HasPrefix(lines[0], start) || !strings.HasSuffix(lines[0], end) {
		t.Errorf("got %q, want %q and %q", lines[0], start, end)
	}
}

func TestAFailureHasOneLineForEachOfItsParts(t *testing.T) {
	t.Parallel()
	s, out := paper(80)
	failure(s, &host.Failure{Described: engine.Described{
		Kind: card.Failed, Code: "a\nb", Message: "c\nd", Place: "e\nf.yaml:1:2", Step: "g[\n]", Title: "j\nk", Attempts: 2, Hint: "h\ni",
	}}, 1200)
	const want = `e\nf.yaml:1:2: c
   d [failed a\nb]
   step g[\n]: j\nk, after 2 attempts
   1,200 other records failed with the same error
   hint: h
         i
`
	if out.String() != want {
		t.Errorf("got %s, want %s", out, want)
	}
}

func TestAFailureHasTheCodesAndTheIdsOfTheService(t *testing.T) {
	t.Parallel()
	ids := map[string]any{"error_id": "oae1", "request_id": "req1", "other": "x"}
	okta := engine.Described{Kind: card.NotFound, Code: "E0000007", Message: "Not found", Hint: "check the id", Step: "s[1].get", Details: ids}
	for name, test := range map[string]struct {
		of   engine.Described
		want string
	}{
		"of the service": {okta, "Not found [not_found E0000007]\n   step s[1].get\n   error id oae1, request id req1\n   hint: check the id\n"},
		"that another led to": {
			engine.Described{Kind: card.Failed, Code: "failure_budget", Message: "too many", Step: "s", Details: map[string]any{"failed": 2}, Cause: &okta},
			"too many [failed failure_budget]\n   step s\n   caused by [not_found E0000007] in step s[1].get\n   error id oae1, request id req1\n   hint: check the id\n",
		},
		"with a hint of its own": {
			engine.Described{Kind: card.Forbidden, Code: card.CodePartly, Message: "a part", Hint: "grant it", Cause: &engine.Described{Kind: card.Forbidden, Code: "E0000006", Hint: "x"}},
			"a part [forbidden partly_done]\n   caused by [forbidden E0000006]\n   hint: grant it\n",
		},
		"that led to one without a step": {
			engine.Described{Kind: card.Failed, Message: "no", Step: "s", Cause: &engine.Described{Kind: card.Unavailable}},
			"no [failed]\n   step s\n   caused by [unavailable]\n",
		},
		"without ids": {
			engine.Described{Kind: card.Failed, Message: "no", Details: map[string]any{"error_id": 7, "request_id": "a\nsweep: succeeded"}},
			"no [failed]\n",
		},
	} {
		s, out := paper(80)
		Failure(s, &host.Failure{Described: test.of})
		if out.String() != test.want {
			t.Errorf("%s: got\n%swant\n%s", name, out, test.want)
		}
	}
}
