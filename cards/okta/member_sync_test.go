package okta_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
	"github.com/flowdeck/flowdeck/engine/card"
)

// crew has twenty users, the first twelve of whom are members of the group 00g1.
func crew() string {
	var users, members []string
	for i := range 20 {
		users = append(users, fmt.Sprintf("  - {id: 00u%d, login: u%d@acme.example, firstName: U, lastName: Ser}", i, i))
		if i < 12 {
			members = append(members, fmt.Sprintf("u%d@acme.example", i))
		}
	}
	return "users:\n" + strings.Join(users, "\n") + "\ngroups:\n  - {id: 00g1, name: Crew, members: [" + strings.Join(members, ", ") + "]}\n  - {id: 00g2, name: Nobody}\n"
}

func (s *simulated) crew(group string) []string {
	s.t.Helper()
	records, _ := s.list("okta.group.member.list", map[string]any{"group_id": group}, 2)
	return column(records, "id")
}

// logins returns a list of members, as an input.
func logins(from, to int) []any {
	list := []any{}
	for i := from; i < to; i++ {
		list = append(list, fmt.Sprintf("u%d@acme.example", i))
	}
	return list
}

func TestSyncMakesTheMembersExactlyTheGivenUsers(t *testing.T) {
	t.Parallel()
	s := simulate(t, crew())
	in := map[string]any{"group_id": "00g1", "members": append(logins(3, 14), "00u3", "U13@ACME.example", "u19")}
	got := s.run("okta.group.member.sync", in)
	want := map[string]any{
		"changed": true, "resumed": false, "in_doubt": []any{}, "added": []any{"00u12", "00u13", "00u19"}, "removed": []any{"00u0", "00u1", "00u2"},
		"unchanged": []any{"00u3", "00u4", "00u5", "00u6", "00u7", "00u8", "00u9", "00u10", "00u11"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := s.crew("00g1"); len(got) != 12 || slices.Contains(got, "00u0") || !slices.Contains(got, "00u19") {
		t.Errorf("members %v", got)
	}
	s.forget()
	if got := s.run("okta.group.member.sync", map[string]any{"group_id": "00g1", "members": append(logins(3, 14), "00u19")}); got["changed"] != false {
		t.Errorf("a second time: got %v", got)
	}
	if asked := s.forget(); !cmp.Equal(asked, []string{"GET /api/v1/groups/00g1/users"}) {
		t.Errorf("a call that changes nothing asked %v", asked)
	}
}

func TestSyncChangesNothingIfItWouldRemoveTooManyMembers(t *testing.T) {
	t.Parallel()
	s := simulate(t, crew())
	for _, test := range []struct {
		in            map[string]any
		message, hint string
	}{
		{map[string]any{"members": logins(11, 14)}, "11 of the 12 members of group 00g1 are not in `members`, and `max_removals` is 10; nothing was changed", "set `max_removals` to 11 or more"},
		{map[string]any{"members": logins(3, 14), "max_removals": 2}, "3 of the 12 members", "set `max_removals` to 3 or more"},
		{map[string]any{"members": logins(3, 12), "max_removals": 0}, "3 of the 12 members", "set `max_removals` to 3 or more"},
		{map[string]any{"members": []any{}, "max_removals": 11}, "12 of the 12 members", "set `max_removals` to 12 or more"},
		{map[string]any{"members": []any{}}, "`members` is empty, which would remove the 12 members of group 00g1", "set `max_removals` to 12 or more"},
	} {
		test.in["group_id"] = "00g1"
		s.forget()
		_, err := s.try("okta.group.member.sync", test.in)
		refused(t, err, card.Invalid, test.message)
		if hint := card.AsError(err).Hint; !strings.Contains(hint, test.hint) {
			t.Errorf("%v: hint %q", test.in, hint)
		}
		for _, asked := range s.forget() {
			if !strings.HasPrefix(asked, "GET ") {
				t.Errorf("%v: sent %s", test.in, asked)
			}
		}
	}
}

func TestSyncEmptiesAGroupOnlyIfThatIsAskedFor(t *testing.T) {
	t.Parallel()
	s := simulate(t, crew())
	if got := s.run("okta.group.member.sync", map[string]any{"group_id": "00g2", "members": []any{}}); got["changed"] != false {
		t.Errorf("an empty group: got %v", got)
	}
	s.run("okta.group.member.sync", map[string]any{"group_id": "00g1", "members": []any{}, "max_removals": 12})
	if got := s.crew("00g1"); len(got) != 0 {
		t.Errorf("members %v", got)
	}
}

func TestSyncFindsAnUnknownUserBeforeItChangesAnything(t *testing.T) {
	t.Parallel()
	s := simulate(t, crew())
	for name, want := range map[string]string{"nobody@acme.example": "no user has the id or login nobody@acme.example; nothing was changed", " ": "an empty string", "a/b@acme.example": "slash"} {
		s.forget()
		_, err := s.try("okta.group.member.sync", map[string]any{"group_id": "00g1", "members": append(logins(0, 14), name)})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v", name, err)
		}
		for _, asked := range s.forget() {
			if !strings.HasPrefix(asked, "GET ") {
				t.Errorf("%q: sent %s", name, asked)
			}
		}
	}
	_, err := s.try("okta.group.member.sync", map[string]any{"group_id": "00g9", "members": logins(0, 1)})
	refused(t, err, card.NotFound, "00g9")
}

// A fault strikes one of many writes. The error reports what was done, so that nobody takes the call for one that did nothing.
func TestASyncThatFailsHalfwayReportsWhatItDid(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		fault string
		kind  card.Kind
		code  string // of Okta
	}{
		{"status: 403", card.Forbidden, "E0000006"},
		{"status: 503", card.Unavailable, "E0000009"},
		{"reset: true", card.Unavailable, ""},
	} {
		s := simulate(t, crew()+`faults: [{match: "PUT /api/v1/groups/*/users/*", nth: 4, `+test.fault+"}]\n")
		_, err := s.try("okta.group.member.sync", map[string]any{"group_id": "00g1", "members": logins(3, 20)})
		failure := card.AsError(err)
		if failure == nil || failure.Kind != test.kind || failure.Code != card.CodePartly {
			t.Errorf("%s: got %+v", test.fault, failure)
			continue
		}
		details := failure.Details.(map[string]any)
		added, doubt := len(details["added"].([]any)), len(details["in_doubt"].([]any))
		want := fmt.Sprintf("%d of 11 members were added or removed", added)
		if doubt > 0 {
			want += fmt.Sprintf(", and %d more may have been,", doubt)
		}
		if want += " before this failed: "; !strings.HasPrefix(failure.Message, want) || added < 3 {
			t.Errorf("%s: got %q, want %s", test.fault, failure.Message, want)
		}
		if code, _ := details["code"].(string); code != test.code || (doubt > 0) != (test.kind == card.Unavailable) || len(details["removed"].([]any)) > 0 {
			t.Errorf("%s: got %v", test.fault, details)
		}
		if now := s.crew("00g1"); len(now) < 12+added || len(now) > 12+added+doubt || !slices.Contains(now, "00u0") {
			t.Errorf("%s: added %d, and the members are %v", test.fault, added, now)
		}
		call := s.call()
		call.Attempt, call.Last = 2, failure
		out, err := s.cards["okta.group.member.sync"].Run(t.Context(), call, map[string]any{"group_id": "00g1", "members": logins(3, 20)})
		if got, _ := out.(map[string]any); err != nil || got["resumed"] != false || len(got["added"].([]any))+len(got["in_doubt"].([]any)) != 8 || len(got["removed"].([]any)) != 3 || len(got["unchanged"].([]any)) != 9 || len(s.crew("00g1")) != 17 {
			t.Errorf("%s: the next attempt: got %v %v, and the members are %v", test.fault, got, err, s.crew("00g1"))
		}
	}
}

func TestASyncThatFailsAtOnceIsNotPartlyDone(t *testing.T) {
	t.Parallel()
	s := simulate(t, strings.Replace(crew(), "name: Nobody}", "name: Nobody, type: APP_GROUP}", 1))
	_, err := s.try("okta.group.member.sync", map[string]any{"group_id": "00g2", "members": logins(0, 3)})
	refused(t, err, card.Invalid, "Unsupported")
	if failure := card.AsError(err); failure.Code != "E0000060" {
		t.Errorf("got %+v", failure)
	}
}

// A sync that is cut off after it wrote something must not count as not sent.
func TestASyncThatIsCutOffHalfwayIsInDoubt(t *testing.T) {
	t.Parallel()
	seed, err := oktasim.Load([]byte(crew()))
	if err != nil {
		t.Fatal(err)
	}
	org, err := oktasim.New(seed, oktasim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		org.ServeHTTP(w, r)
		if r.Method == http.MethodPut {
			cancel()
		}
	}))
	_, err = s.cards["okta.group.member.sync"].Run(ctx, s.call(), map[string]any{"group_id": "00g1", "members": logins(0, 20)})
	if !errors.Is(err, context.Canceled) || errors.Is(err, card.ErrNotSent) {
		t.Errorf("got %v", err)
	}
}
