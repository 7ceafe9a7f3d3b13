package okta_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/engine/card"
)

// before returns the state that a card reads before a call.
func (s *simulated) before(name string, in map[string]any) card.State {
	s.t.Helper()
	state, err := s.cards[name].Before(s.t.Context(), s.call(), in)
	if err != nil {
		s.t.Fatalf("%s before %v: %v", name, in, err)
	}
	return state
}

func TestBeforeReportsMissingThingsWithoutAnError(t *testing.T) {
	t.Parallel()
	s := simulate(t, company)
	for name, in := range map[string]map[string]any{
		"okta.user.suspend": {"user_id": "nobody@acme.example"},
		"okta.user.create":  {"login": "nobody@acme.example"},
		"okta.group.delete": {"group_id": "00g9"},
		"okta.group.create": {"name": "Nobody"},
	} {
		if got := s.before(name, in); !cmp.Equal(got, card.State{Missing: true}) {
			t.Errorf("%s: got %v, want Missing", name, got)
		}
	}
}

// If somebody else created the user, undo must not deactivate that user.
func TestDidClaimsACreationOnlyIfNothingExistedBefore(t *testing.T) {
	t.Parallel()
	s := simulate(t, company)
	for name, in := range map[string]map[string]any{
		"okta.user.create":  {"login": "ada@acme.example", "email": "ada@acme.example", "first_name": "Ada", "last_name": "Lovelace"},
		"okta.group.create": {"name": "Contractors"},
	} {
		c := s.cards[name]
		there := s.before(name, in)
		if there.Missing || there.IsZero() {
			t.Fatalf("%s: the state before is %v, want the one that exists", name, there)
		}
		if _, done, err := c.Did(t.Context(), s.call(), in, there); done || err != nil {
			t.Errorf("%s: it existed before, and Did returns %t (%v)", name, done, err)
		}
		if _, done, err := c.Did(t.Context(), s.call(), in, card.State{}); done || err == nil || card.AsError(err).Kind != card.Failed {
			t.Errorf("%s: the state before is not known, and Did returns %t (%v), want an error", name, done, err)
		}
		if out, done, err := c.Did(t.Context(), s.call(), in, card.State{Missing: true}); !done || err != nil || !card.Changed(out) {
			t.Errorf("%s: it did not exist before, and Did returns %t, %v (%v)", name, done, out, err)
		}
	}
}

func TestDidLooksForTheGroupNameOnEveryPage(t *testing.T) {
	t.Parallel()
	pages := map[string]string{
		"": `[{"id": "00g1", "profile": {"name": "Sales east"}}]`, "2": `[{"id": "00g2", "profile": {"name": "Sales"}}]`,
	}
	s := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		after := r.URL.Query().Get("after")
		if after == "" {
			w.Header().Set("Link", fmt.Sprintf(`<http://%s/api/v1/groups?q=Sales&after=2>; rel="next"`, r.Host))
		}
		_, _ = fmt.Fprint(w, pages[after])
	}))
	in := map[string]any{"name": "Sales"}
	if got := s.before("okta.group.create", in); !got.IsZero() {
		t.Errorf("one page does not have the name: got %v, want nothing known", got)
	}
	out, done, err := s.cards["okta.group.create"].Did(t.Context(), s.call(), in, card.State{Missing: true})
	if fields, _ := out.(map[string]any); !done || err != nil || fields["id"] != "00g2" {
		t.Errorf("got %v, %t (%v), want the group of the second page", out, done, err)
	}
}

func TestBeforeDoesNotKnowMembershipsBeyondOnePage(t *testing.T) {
	t.Parallel()
	seed := strings.Builder{}
	seed.WriteString(company)
	for n := range 250 {
		fmt.Fprintf(&seed, "  - {id: 00gx%03d, name: Group %d, members: [bob@acme.example]}\n", n, n)
	}
	s := simulate(t, seed.String())
	known := 0
	for n := range 250 {
		state := s.before("okta.group.member.remove", map[string]any{"group_id": fmt.Sprintf("00gx%03d", n), "user_id": "00u2"})
		switch {
		case state.IsZero():
		case state.Fields["member"] == true && state.Names["group_id"] == fmt.Sprintf("Group %d", n):
			known++
		default:
			t.Fatalf("group %d: got %v", n, state)
		}
	}
	if known == 0 || known > 200 {
		t.Errorf("%d memberships are known from one page of 200", known)
	}
	if state := s.before("okta.group.member.add", map[string]any{"group_id": "00g9", "user_id": "00u2"}); !state.IsZero() {
		t.Errorf("a group of no page: got %v, want nothing known", state)
	}
}

func TestBackDoesNotRestoreAPassword(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people)
	call := card.Call{Conn: o.conn, ConnName: "okta"}
	c := card.NewSet(okta.Cards()...)["okta.user.update"]
	in := map[string]any{"user_id": "00u1", "password": "Correct-Horse-1"}
	before, err := c.Before(t.Context(), call, in)
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.Run(t.Context(), call, in)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := c.Back(in, out, before); back != nil || err != nil {
		t.Errorf("got %v (%v), want nil", back, err)
	}
}
