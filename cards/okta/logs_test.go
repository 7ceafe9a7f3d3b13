package okta_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/cards/okta/oktaspec"
	"github.com/flowdeck/flowdeck/engine/card"
)

// busy returns an org whose log shows that ada was suspended and bob joined two groups.
func busy(t *testing.T) *simulated {
	s := simulate(t, company)
	s.run("okta.user.suspend", map[string]any{"user_id": "00u1"})
	s.run("okta.group.member.add", map[string]any{"group_id": "00g2", "user_id": "00u2"})
	s.run("okta.group.member.add", map[string]any{"group_id": "00g3", "user_id": "00u2"})
	s.forget()
	return s
}

func TestLogListEndsEvenIfItsRecordsCauseEvents(t *testing.T) {
	t.Parallel()
	s := busy(t)
	var seen []string
	pages, in, wanted := 0, map[string]any{"limit": 1}, true
	for at := card.Cursor(""); ; {
		page, err := s.cards["okta.log.list"].Page(t.Context(), s.call(), in, at)
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			seen = append(seen, item.(map[string]any)["eventType"].(string))
		}
		// The change that a flow makes for each record adds an event to the log.
		s.run(map[bool]string{true: "okta.group.member.add", false: "okta.group.member.remove"}[wanted], map[string]any{"group_id": "00g1", "user_id": "00u2"})
		wanted = !wanted
		if pages++; pages > 6 {
			t.Fatalf("it does not end: %v", seen)
		}
		if at = page.Next; at == "" {
			break
		}
	}
	if want := []string{"user.lifecycle.suspend", "group.user_membership.add", "group.user_membership.add"}; !cmp.Equal(seen, want) {
		t.Errorf("got %v, want %v", seen, want)
	}
}

func TestLogListOfAnOrgWithoutEventsIsEmpty(t *testing.T) {
	t.Parallel()
	s := simulate(t, company)
	if got, pages := s.list("okta.log.list", nil, 2); len(got) != 0 || pages != 1 {
		t.Errorf("%v on %d pages", got, pages)
	}
}

func TestLogListWithUntilOrNewestFirstDoesNotAskForTheNewestEvent(t *testing.T) {
	t.Parallel()
	s := busy(t)
	got, _ := s.list("okta.log.list", map[string]any{"sort_order": "desc", "limit": 2}, 3)
	if want := []string{"group.user_membership.add", "group.user_membership.add", "user.lifecycle.suspend"}; !cmp.Equal(column(got, "eventType"), want) {
		t.Errorf("newest first: %v", column(got, "eventType"))
	}
	if asked := s.forget(); len(asked) != 2 || strings.Contains(asked[0], "until") || !strings.Contains(asked[1], "sortOrder=DESCENDING") {
		t.Errorf("asked %v", asked)
	}
	got, _ = s.list("okta.log.list", map[string]any{"since": "2026-03-01T00:00:00.123Z", "until": "2026-03-02T00:00:00.678Z", "limit": 2}, 3)
	asked := s.forget()
	if len(got) != 3 || len(asked) != 2 {
		t.Fatalf("%d events, asked %v", len(got), asked)
	}
	for _, request := range asked {
		u, err := url.Parse(strings.TrimPrefix(request, "GET "))
		if err != nil || u.Query().Get("since") != "2026-03-01T00:00:00.123Z" || u.Query().Get("until") != "2026-03-02T00:00:00.678Z" {
			t.Errorf("asked %s (%v): the milliseconds must stay, on every page", request, err)
		}
	}
}

func TestLogListJoinsItsFieldsByEqAndAnd(t *testing.T) {
	t.Parallel()
	s := busy(t)
	for name, test := range map[string]struct {
		in     map[string]any
		filter string
		events int
	}{
		"nothing":  {map[string]any{}, "", 3},
		"one":      {map[string]any{"event_type": "user.lifecycle.suspend"}, `eventType eq "user.lifecycle.suspend"`, 1},
		"a custom": {map[string]any{"custom_filter": `eventType sw "group." or eventType sw "app."`}, `eventType sw "group." or eventType sw "app."`, 2},
		"all": {
			map[string]any{
				"event_type": "group.user_membership.add", "actor_id": "00u1", "target_id": "00g3", "target_type": "UserGroup",
				"target_display_name": `Day shift`, "outcome": "SUCCESS", "custom_filter": `uuid pr or uuid pr`, "filter": `severity ne "WARN"`,
			},
			`eventType eq "group.user_membership.add" and actor.id eq "00u1" and target.id eq "00g3" and target.type eq "UserGroup" and ` +
				`target.displayName eq "Day shift" and outcome.result eq "SUCCESS" and (uuid pr or uuid pr) and (severity ne "WARN")`, 1,
		},
		"quotes":   {map[string]any{"target_display_name": `a "b" \ <c>`}, `target.displayName eq "a \"b\" \\ <c>"`, 0},
		"keywords": {map[string]any{"keyword": "DAY", "q": "shift"}, "", 1},
	} {
		s.forget()
		got, _ := s.list("okta.log.list", test.in, 3)
		asked := s.forget()
		u, err := url.Parse(strings.TrimPrefix(asked[len(asked)-1], "GET "))
		if err != nil || u.Query().Get("filter") != test.filter || len(got) != test.events {
			t.Errorf("%s: %d events by %s, want %d by %s", name, len(got), u.Query().Get("filter"), test.events, test.filter)
		}
	}
}

func TestANewestEventWithoutATimeIsAnError(t *testing.T) {
	t.Parallel()
	s := connectTo(t, oktaspec.Requests(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`[{"published":"soon"}]`)) })))
	_, err := s.cards["okta.log.list"].Page(t.Context(), s.call(), nil, "")
	refused(t, err, card.Unavailable, `"soon"`)
}

func TestLogCountCountsAllPagesUpToItsMaximum(t *testing.T) {
	t.Parallel()
	s := simulate(t, "users: [{id: 00u1, login: ada@acme.example}]\ngroups: [{id: 00g1, name: One}]")
	for range 3 {
		s.run("okta.group.member.add", map[string]any{"group_id": "00g1", "user_id": "00u1"})
		s.run("okta.group.member.remove", map[string]any{"group_id": "00g1", "user_id": "00u1"})
	}
	for _, tt := range []struct {
		in        map[string]any
		count     any
		truncated bool
	}{
		{map[string]any{}, 6, false},
		{map[string]any{"event_type": "group.user_membership.add", "custom_filter": `outcome.result sw "SUC"`}, 3, false},
		{map[string]any{"keyword": "nobody"}, 0, false},
		{map[string]any{"max": 6}, 6, false},
		{map[string]any{"max": 5}, 5, true},
	} {
		if got := s.run("okta.log.count", tt.in); got["count"] != tt.count || got["truncated"] != tt.truncated {
			t.Errorf("%v: got %v, want %v, %t", tt.in, got, tt.count, tt.truncated)
		}
	}
}

func TestLogCountEndsIfACursorRepeats(t *testing.T) {
	t.Parallel()
	s := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Link", `<http://`+r.Host+`/api/v1/logs?after=same>; rel="next"`)
		fmt.Fprint(w, `[{"published": "2026-03-01T12:00:00.000Z"}]`)
	}))
	if _, err := s.try("okta.log.count", map[string]any{}); err == nil || !strings.Contains(err.Error(), "repeats a cursor") {
		t.Errorf("got %v", err)
	}
}
