package okta_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestMembershipIsWrittenOnlyIfItChanges(t *testing.T) {
	t.Parallel()
	s := simulate(t, company)
	look := "GET /api/v1/users/00u2/groups?limit=200"
	for i, test := range []struct {
		card    string
		changed bool
		asked   []string
	}{
		{"okta.group.member.remove", false, []string{look, "GET /api/v1/groups/00g1"}},
		{"okta.group.member.add", true, []string{look, "PUT /api/v1/groups/00g1/users/00u2"}},
		{"okta.group.member.add", false, []string{look}},
		{"okta.group.member.remove", true, []string{look, "DELETE /api/v1/groups/00g1/users/00u2"}},
		{"okta.group.member.remove", false, []string{look, "GET /api/v1/groups/00g1"}},
	} {
		s.forget()
		if got := s.run(test.card, map[string]any{"group_id": "00g1", "user_id": "00u2"}); !cmp.Equal(got, map[string]any{"changed": test.changed}) {
			t.Errorf("%d %s: %v, want changed %t", i, test.card, got, test.changed)
		}
		if asked := s.forget(); !cmp.Equal(asked, test.asked) {
			t.Errorf("%d %s asked %v, want %v", i, test.card, asked, test.asked)
		}
	}
	if got, _ := s.list("okta.group.member.list", map[string]any{"group_id": "00g1"}, 2); !cmp.Equal(column(got, "id"), []string{"00u1"}) {
		t.Errorf("members %v", column(got, "id"))
	}
}

func TestMemberAddRefusesUnknownAndForeignGroups(t *testing.T) {
	t.Parallel()
	s := simulate(t, company+"  - {id: 00g4, name: AD, type: APP_GROUP}\n")
	_, err := s.try("okta.group.member.add", map[string]any{"group_id": "00g1", "user_id": "00u9"})
	refused(t, err, card.NotFound, "00u9")
	_, err = s.try("okta.group.member.add", map[string]any{"group_id": "00g9", "user_id": "00u1"})
	refused(t, err, card.NotFound, "00g9")
	_, err = s.try("okta.group.member.add", map[string]any{"group_id": "00g4", "user_id": "00u1"})
	refused(t, err, card.Invalid, "Unsupported")
}

func TestMemberRemoveRefusesUnknownGroups(t *testing.T) {
	t.Parallel()
	s := simulate(t, company)
	_, err := s.try("okta.group.member.remove", map[string]any{"group_id": "nosuchgroup", "user_id": "00u1"})
	refused(t, err, card.NotFound, "nosuchgroup")
}

func TestAMemberOrGroupThatIsNotOneSegmentOfAPathIsRefusedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	s := simulate(t, company)
	for _, id := range []string{"", ".", "..", " ", "a/b", "a?b", "../x"} {
		for _, name := range []string{"okta.group.member.add", "okta.group.member.remove"} {
			for _, with := range []map[string]any{{"group_id": id, "user_id": "00u1"}, {"group_id": "00g1", "user_id": id}} {
				s.forget()
				_, err := s.try(name, with)
				refused(t, err, card.Invalid, fmt.Sprintf("%q", id))
				if asked := s.forget(); len(asked) > 0 {
					t.Errorf("%s with %v sent %v, want nothing", name, with, asked)
				}
			}
		}
	}
}

func TestAMembershipIsFoundOnAnyPageOfAUsersGroups(t *testing.T) {
	t.Parallel()
	seed := strings.Builder{}
	seed.WriteString(company)
	for n := range 450 {
		fmt.Fprintf(&seed, "  - {id: 00gx%d, name: Group %d, members: [bob@acme.example]}\n", n, n)
	}
	s := simulate(t, seed.String())
	if got := s.run("okta.group.member.add", map[string]any{"group_id": "00gx449", "user_id": "00u2"}); got["changed"] != false || len(s.forget()) != 3 {
		t.Errorf("got %v", got)
	}
	if got, pages := s.list("okta.user.group.list", map[string]any{"user_id": "bob@acme.example"}, 5); len(got) != 451 || pages != 3 {
		t.Errorf("%d groups on %d pages", len(got), pages)
	}
}

func TestMembersAreListedFromACursor(t *testing.T) {
	t.Parallel()
	s := simulate(t, strings.Replace(company, "members: [ada@acme.example]", "members: [ada@acme.example, bob@acme.example]", 1))
	first, err := s.cards["okta.group.member.list"].Page(t.Context(), s.call(), map[string]any{"group_id": "00g1", "limit": 1}, "")
	if err != nil {
		t.Fatal(err)
	}
	rest, _ := s.list("okta.group.member.list", map[string]any{"group_id": "00g1", "after": string(first.Next)}, 2)
	if got := column(rest, "id"); !cmp.Equal(got, []string{"00u2"}) {
		t.Errorf("got %v", got)
	}
}

func TestReadingAUsersGroupsEndsWhenACursorRepeats(t *testing.T) {
	t.Parallel()
	s, ctx, asked := repeating(t, "/api/v1/users/00u1/groups")
	_, err := s.cards["okta.group.member.add"].Run(ctx, s.call(), map[string]any{"group_id": "00g1", "user_id": "00u1"})
	refused(t, err, card.Unavailable, "repeats a cursor")
	if *asked != repeatingPages {
		t.Errorf("asked %d times, want each page once", *asked)
	}
}
