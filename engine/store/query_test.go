package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
)

// people is what a test does to people: each call is a write of a run of its own.
type people struct {
	t     *testing.T
	store *Store
	did   int
}

func (p *people) does(name, target string, in, out engine.Value) {
	p.t.Helper()
	p.did++
	l := create(p.t, p.store, fmt.Sprint("r", p.did))
	i := engine.Intent{Place: engine.Place{}.Step("act"), Card: name, Connection: "okta", Target: target, In: in}
	must(p.t, l.Begin(i), l.End(i, engine.Effect{Kind: engine.CallEffect, Place: i.Place, Value: out}), l.Flush(), l.Release())
}

// of returns the cards of the writes to a person, the last first.
func (p *people) of(subject string) (cards []string) {
	p.t.Helper()
	names, err := p.store.NamesOf(p.t.Context(), subject)
	must(p.t, err)
	writes, err := p.store.HistoryOf(p.t.Context(), names.All, Page{})
	must(p.t, err)
	writes, err = p.store.Of(p.t.Context(), names, writes)
	must(p.t, err)
	for _, w := range writes {
		cards = append(cards, w.Card)
	}
	return cards
}

func user(id, login string) map[string]any {
	return map[string]any{"changed": true, "id": id, "profile": map[string]any{"login": login, "email": login}}
}

func TestALoginOfAnotherPersonLaterDoesNotMergeTheTwo(t *testing.T) {
	t.Parallel()
	p := &people{t: t, store: open(t, Config{State: t.TempDir()})}
	in := func(pairs ...string) map[string]any {
		o := map[string]any{}
		for i := 0; i < len(pairs); i += 2 {
			o[pairs[i]] = pairs[i+1]
		}
		return o
	}
	p.does("bob is changed", "bob@x", in("user_id", "bob@x", "title", "a"), user("00u1", "bob@x"))
	p.does("eve is changed", "eve@x", in("user_id", "eve@x", "title", "b"), user("00u2", "eve@x"))
	p.does("bob is suspended", "bob@x", in("user_id", "bob@x"), nil)
	p.does("bob becomes robert", "bob@x", in("user_id", "00u1", "login", "robert@x"), user("00u1", "robert@x"))
	p.does("eve becomes bob", "eve@x", in("user_id", "eve@x", "login", "bob@x"), user("00u2", "bob@x"))
	p.does("eve is suspended", "bob@x", in("user_id", "bob@x"), nil)
	p.does("failed", "00g1 ← ann@x", in("user_id", "00u1", "group_id", "00g1"), nil)

	bob := []string{"failed", "bob becomes robert", "bob is suspended", "bob is changed"}
	eve := []string{"eve is suspended", "eve becomes bob", "eve is changed"}
	for subject, want := range map[string][]string{"robert@x": bob, "00u1": bob, "eve@x": eve, "00u2": eve, "00g1": {"failed"}} {
		if got := p.of(subject); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", subject, got, want)
		}
	}
	_, err := p.store.NamesOf(t.Context(), "Bob@x")
	if shared := (*AmbiguousError)(nil); !errors.As(err, &shared) || len(shared.Holders) != 2 || shared.Holders[0].ID != "00u1" || shared.Holders[1].ID != "00u2" {
		t.Errorf("got %v", err)
	}
	names, err := p.store.NamesOf(t.Context(), "00u1")
	if err != nil || !slices.Equal(names.All, []string{"00u1", "robert@x", "bob@x"}) {
		t.Errorf("got %+v, %v: the target of a failed write is not a name", names, err)
	}
}

func TestTheWritesOfRawRequestsAndOfNestedInputsAreFound(t *testing.T) {
	t.Parallel()
	p := &people{t: t, store: open(t, Config{State: t.TempDir()})}
	object := func(name string, v any) map[string]any { return map[string]any{name: v} }
	for name, try := range map[string]struct {
		in, out engine.Value
		found   []string
	}{
		"a path":          {object("path", "/api/v1/users/00u1"), nil, []string{"00u1"}},
		"a login":         {object("path", "/users/bob/lifecycle/suspend?sendEmail=false"), nil, []string{"bob"}},
		"an escaped one":  {object("path", "/api/v1/users/bob%40acme.example/lifecycle/suspend"), nil, []string{"bob@acme.example"}},
		"a membership":    {object("path", "/api/v1/groups/00g3/users/00u3"), nil, []string{"00g3", "00u3"}},
		"a query":         {object("path", "/x?userId=00u4"), nil, []string{"00u4"}},
		"an import":       {object("users", []any{object("profile", map[string]any{"userName": "imp@x", "email": "mail@x"})}), nil, []string{"imp@x", "mail@x"}},
		"a link":          {map[string]any{"user_id": "00u5", "primary_user_id": "00u6"}, nil, []string{"00u5", "00u6"}},
		"excluded people": {object("exclude_user_ids", []any{"00u7"}), nil, []string{"00u7"}},
		"a body":          {object("body", object("profile", object("login", "body@x"))), nil, []string{"body@x"}},
		"removed members": {object("group_id", "00g4"), object("removed", []any{"00u8"}), []string{"00g4", "00u8"}},
	} {
		p.does(name, "", try.in, try.out)
		for _, subject := range try.found {
			if got := p.of(subject); !slices.Contains(got, name) {
				t.Errorf("%s: not found by %s", name, subject)
			}
		}
	}
	if got := p.of("users"); len(got) > 0 {
		t.Errorf("users: found %q", got)
	}
}
