package okta_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
)

// attempts makes attempts of a call, each with the failure of the one before, until one succeeds or there were as many as most.
func (s *simulated) attempts(ctx context.Context, name string, in map[string]any, most int) (out map[string]any, failures []*card.Error) {
	s.t.Helper()
	call := s.call()
	for call.Attempt = 1; call.Attempt <= most; call.Attempt++ {
		answer, err := s.cards[name].Run(ctx, call, in)
		if err == nil {
			out, _ = answer.(map[string]any)
			return out, failures
		}
		call.Last = card.AsError(err)
		failures = append(failures, call.Last)
	}
	return nil, failures
}

// losing returns an org that does the requests with these numbers, counted from 1 among those that start with method, and does not answer them.
func losing(org http.Handler, method string, numbers ...int64) http.Handler {
	var n atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Method+" "+r.URL.Path, method) {
			now := n.Add(1)
			for _, number := range numbers {
				if now == number {
					org.ServeHTTP(httptest.NewRecorder(), r)
					panic(http.ErrAbortHandler)
				}
			}
		}
		org.ServeHTTP(w, r)
	})
}

func ids(details any, name string) []any {
	fields, _ := details.(map[string]any)
	list, _ := fields[name].([]any)
	return list
}

func TestASyncCountsWhatItsEarlierAttemptsDid(t *testing.T) {
	t.Parallel()
	// All members but one are removed. The deletion of the last is done, and its answer lost: the next attempt has nothing to do.
	s := connectTo(t, losing(orgOf(t, crew()), "DELETE ", 1))
	out, failures := s.attempts(t.Context(), "okta.group.member.sync", map[string]any{"group_id": "00g1", "members": logins(1, 12)}, 2)
	if len(failures) != 1 || !failures[0].MayBeDone() || failures[0].Message != "0 members were added or removed, and 1 more may have been, before this failed: unassignUserFromGroup: no answer: the connection was closed" {
		t.Errorf("got %+v", failures)
	}
	// Nobody knows whether this call removed the member, or somebody else.
	if out["changed"] != false || out["resumed"] != false || !cmp.Equal(out["in_doubt"], []any{"00u0"}) || !cmp.Equal(out["removed"], []any{}) || !cmp.Equal(out["added"], []any{}) || len(out["unchanged"].([]any)) != 11 {
		t.Errorf("got %v", out)
	}
}

func TestTheBrakeOfASyncCountsTheRemovalsOfAllAttempts(t *testing.T) {
	t.Parallel()
	org := orgOf(t, crew()+"faults: [{match: \"DELETE /api/v1/groups/*/users/*\", nth: 2, status: 429}]\n")
	var more atomic.Bool // somebody adds a member before the second attempt
	s := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && more.Swap(false) {
			add, _ := http.NewRequestWithContext(r.Context(), http.MethodPut, "http://"+r.Host+"/api/v1/groups/00g1/users/00u15", http.NoBody)
			add.Header.Set("Authorization", r.Header.Get("Authorization"))
			org.ServeHTTP(httptest.NewRecorder(), add)
		}
		org.ServeHTTP(w, r)
	}))
	in := map[string]any{"group_id": "00g1", "members": logins(2, 12), "max_removals": 2}
	call := s.call()
	_, err := s.cards["okta.group.member.sync"].Run(t.Context(), call, in)
	first := card.AsError(err)
	if first == nil || first.Kind != card.RateLimit || first.MayBeDone() || !first.Changed || len(ids(first.Details, "removed")) != 1 {
		t.Fatalf("got %+v", first)
	}
	more.Store(true)
	call.Attempt, call.Last = 2, first
	_, err = s.cards["okta.group.member.sync"].Run(t.Context(), call, in)
	second := card.AsError(err)
	const want = "1 of 3 members was added or removed before this failed: 2 of the 12 members of group 00g1 are not in `members`, 1 was removed already or may have been, and `max_removals` is 2"
	if second == nil || second.Kind != card.Invalid || second.Code != card.CodePartly || second.Message != want || !second.Changed || len(ids(second.Details, "removed")) != 1 {
		t.Errorf("got %+v", second)
	}
}

func TestAnAttemptThatCannotReadReportsWhatTheEarlierOnesDid(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		card  string
		in    map[string]any
		lost  string // the writes of which the first is lost
		reads int64  // of the first attempt
		name  string
		// changed is true for a hook that was deactivated before its deletion was lost.
		changed bool
	}{
		{"okta.group.member.sync", map[string]any{"group_id": "00g1", "members": logins(0, 13)}, "PUT ", 2, "added", false},
		{"okta.event_hook.delete_all", map[string]any{}, "DELETE ", 1, "deleted", true},
	} {
		s := connectTo(t, refusing(losing(orgOf(t, crew()+hooks), test.lost, 1), "GET ", test.reads+1))
		_, failures := s.attempts(t.Context(), test.card, test.in, 2)
		if len(failures) != 2 {
			t.Fatalf("%s: got %+v", test.card, failures)
		}
		for i, failure := range failures {
			if failure.Code != card.CodePartly || !failure.MayBeDone() || failure.Changed != test.changed || len(ids(failure.Details, "in_doubt")) != 1 || ids(failure.Details, test.name) == nil {
				t.Errorf("%s: attempt %d: got %+v", test.card, i+1, failure)
			}
		}
	}
}

const hooks = `event_hooks:
  - {id: who1, name: One, status: ACTIVE, channel: {type: HTTP, version: 1.0.0, config: {uri: "https://hooks.acme.example"}}, events: {type: EVENT_TYPE, items: [user.lifecycle.create]}}
  - {id: who2, name: Two, status: INACTIVE, channel: {type: HTTP, version: 1.0.0, config: {uri: "https://hooks.acme.example"}}, events: {type: EVENT_TYPE, items: [user.lifecycle.create]}}
`

func TestDeletingAllEventHooksReportsThoseOfAllAttempts(t *testing.T) {
	t.Parallel()
	for name, org := range map[string]http.Handler{
		"the second deletion gets a 429":       orgOf(t, hooks+"faults: [{match: \"DELETE /api/v1/eventHooks/*\", nth: 2, status: 429}]\n"),
		"the answer to the second one is lost": losing(orgOf(t, hooks), "DELETE ", 2),
	} {
		s := connectTo(t, org)
		out, failures := s.attempts(t.Context(), "okta.event_hook.delete_all", map[string]any{}, 2)
		if len(failures) != 1 || !failures[0].Changed || len(ids(failures[0].Details, "deleted")) != 1 {
			t.Errorf("%s: got %+v", name, failures)
		}
		if known := append(ids(out, "deleted"), ids(out, "in_doubt")...); out["changed"] != true || !cmp.Equal(known, []any{"who1", "who2"}) {
			t.Errorf("%s: got %v", name, out)
		}
	}
}

// A step whose time ends in the middle reports what was done, for the next attempt.
func TestASyncWhoseTimeEndsReportsWhatItDid(t *testing.T) {
	t.Parallel()
	org := orgOf(t, crew())
	ctx, end := context.WithCancelCause(t.Context())
	defer end(nil)
	s := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		org.ServeHTTP(w, r)
		if r.Method == http.MethodDelete {
			end(context.DeadlineExceeded)
		}
	}))
	_, failures := s.attempts(ctx, "okta.group.member.sync", map[string]any{"group_id": "00g1", "members": logins(2, 14)}, 1)
	e := failures[0]
	if e.Kind != card.Timeout || e.Code != card.CodePartly || len(ids(e.Details, "added")) != 2 || !strings.HasSuffix(e.Message, "before this failed: the time of the step was over") {
		t.Errorf("got %+v", e)
	}
}

// Somebody removes a user whom the first attempt added, so that the second one adds them again.
func TestAUserWhoWasAddedTwiceIsReportedOnce(t *testing.T) {
	t.Parallel()
	org := orgOf(t, crew()+"faults: [{match: PUT /api/v1/groups/00g2/users/00u1, every: 1, status: 403}]\n")
	back := httptest.NewRequest(http.MethodDelete, "http://org.example/api/v1/groups/00g2/users/00u0", http.NoBody)
	var attempt atomic.Int64
	s := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && attempt.Add(1) == 2 {
			back.Header.Set("Authorization", r.Header.Get("Authorization"))
			org.ServeHTTP(httptest.NewRecorder(), back)
		}
		org.ServeHTTP(w, r)
	}))
	call := s.call()
	call.Serial = true // u0 first: after the refusal of the other one, it would not be sent
	for call.Attempt = 1; call.Attempt <= 2; call.Attempt++ {
		_, err := s.cards["okta.group.member.sync"].Run(t.Context(), call, map[string]any{"group_id": "00g2", "members": []any{"u0@acme.example", "00u00000000000000000"}})
		call.Last = card.AsError(err)
		if call.Last == nil || !cmp.Equal(ids(call.Last.Details, "added"), []any{"00u0"}) || !strings.HasPrefix(call.Last.Message, "1 of 2 members was added or removed") {
			t.Fatalf("attempt %d: got %+v", call.Attempt, call.Last)
		}
	}
}

// failing returns an org that answers the requests with these numbers with a status, counted from 1 among those that start with method.
func failing(org http.Handler, method string, status int, code string, numbers ...int64) http.Handler {
	var n atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Method+" "+r.URL.Path, method) && slices.Contains(numbers, n.Add(1)) {
			answer(status, "application/json", `{"errorCode": "`+code+`", "errorSummary": "no"}`)(w, r)
			return
		}
		org.ServeHTTP(w, r)
	})
}

func TestAHookThatWasDeactivatedAndThenDeletedIsOnlyDeleted(t *testing.T) {
	t.Parallel()
	s := connectTo(t, failing(orgOf(t, hooks), "DELETE ", http.StatusInternalServerError, "E0000009", 1, 3))
	_, failures := s.attempts(t.Context(), "okta.event_hook.delete_all", map[string]any{}, 2)
	if len(failures) != 2 || !cmp.Equal(ids(failures[0].Details, "deactivated"), []any{"who1"}) {
		t.Fatalf("got %+v", failures)
	}
	if last := failures[1]; ids(last.Details, "deactivated") != nil || !cmp.Equal(ids(last.Details, "deleted"), []any{"who1"}) || !strings.HasPrefix(last.Message, "event hooks deleted: 1 ") && !strings.HasPrefix(last.Message, "event hooks deleted: 1,") {
		t.Errorf("got %+v", last)
	}
}

func TestAHookThatWasDeactivatedAndIsGoneThenIsAChange(t *testing.T) {
	t.Parallel()
	s := connectTo(t, failing(orgOf(t, hooks), "DELETE ", http.StatusNotFound, "E0000007", 1))
	out, failures := s.attempts(t.Context(), "okta.event_hook.delete_all", map[string]any{}, 1)
	if len(failures) != 0 || out["changed"] != true || !cmp.Equal(ids(out, "deleted"), []any{"who2"}) {
		t.Errorf("got %v %+v", out, failures)
	}
	only := strings.Join(strings.Split(hooks, "\n")[:2], "\n") + "\n"
	s = connectTo(t, failing(orgOf(t, only), "DELETE ", http.StatusNotFound, "E0000007", 1))
	if out := s.run("okta.event_hook.delete_all", map[string]any{}); out["changed"] != true || len(ids(out, "deleted")) != 0 {
		t.Errorf("got %v", out)
	}
}

func TestAHookWithoutAnIDIsFoundBeforeAnyIsDeleted(t *testing.T) {
	t.Parallel()
	s := connectTo(t, answer(http.StatusOK, "application/json", `[{"id": "who1", "status": "ACTIVE"}, {"status": "ACTIVE"}]`))
	_, failures := s.attempts(t.Context(), "okta.event_hook.delete_all", map[string]any{}, 1)
	if len(failures) != 1 || !strings.Contains(failures[0].Message, "an event hook has no id in Okta's answer") || len(s.asked) != 1 {
		t.Errorf("got %+v after %q", failures, s.asked)
	}
}
