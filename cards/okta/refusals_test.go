package okta_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
)

// Okta takes me for the owner of the connection's token wherever a path has a user.
func TestMeIsTheOwnerOfTheTokenOnlyForTheCardThatReadsAUser(t *testing.T) {
	t.Parallel()
	s := simulate(t, company)
	if got := s.run("okta.user.get", map[string]any{"user_id": "me"}); got["id"] == "" {
		t.Errorf("okta.user.get of me: %v", got)
	}
	s.forget()
	ids := 0
	for _, c := range okta.Cards() {
		for name := range c.In.Properties {
			for _, me := range []string{"me", "ME", " me "} {
				in := map[string]any{name: me}
				if strings.HasSuffix(name, "_ids") || name == "members" {
					in[name] = []any{"00u1", me}
				}
				refusal := c.Refusal(in)
				id := strings.HasSuffix(name, "user_id") || strings.HasSuffix(name, "user_ids") || name == "members" || name == "owner_id"
				if id = id && c.Name != "okta.user.get"; !id {
					continue
				}
				if ids++; refusal == nil || !slices.Equal(refusal.Path, []string{name}) || !strings.Contains(refusal.Message, "the owner of the connection's token") || !strings.Contains(refusal.Hint, "okta.user.get") {
					t.Errorf("%s takes %q as %s: %+v", c.Name, me, name, refusal)
				}
				var err error
				if c.IsList() {
					_, err = c.Page(t.Context(), s.call(), in, "")
				} else {
					_, err = c.Run(t.Context(), s.call(), in)
				}
				refused(t, err, card.Invalid, name+` is "me", which is not an id`)
			}
		}
	}
	if ids < 100 {
		t.Errorf("%d inputs were tried", ids)
	}
	if asked := s.forget(); len(asked) > 0 {
		t.Errorf("it sent %v", asked)
	}
}

func TestAnIDOfAnotherSystemMayBeMe(t *testing.T) {
	t.Parallel()
	if r := card.NewSet(okta.Cards()...)["okta.import.session.remove"].Refusal(map[string]any{"external_ids": []any{"me"}}); r != nil {
		t.Errorf("got %+v", r)
	}
}

func TestAParameterThatIsAlsoAnInputIsRefused(t *testing.T) {
	t.Parallel()
	s := simulate(t, company)
	tried := 0
	for _, c := range okta.Cards() {
		if c.In.Properties["extra_parameters"] == nil {
			continue
		}
		for name, input := range c.In.Properties {
			if name == "extra_parameters" {
				continue
			}
			value, other := any("x"), any("y")
			if input.Type == "integer" {
				value, other = 7, "8"
			}
			parameter := strings.Replace(strings.Replace(name, "sort_by", "sortBy", 1), "sort_order", "sortOrder", 1)
			in := map[string]any{name: value, "extra_parameters": map[string]any{"a": "b", parameter: other}}
			refusal := c.Refusal(in)
			if tried++; refusal == nil || !slices.Equal(refusal.Path, []string{"extra_parameters", parameter}) || !strings.Contains(refusal.Message, `the input "`+name+`"`) {
				t.Errorf("%s with %s and %s: %+v", c.Name, name, parameter, refusal)
			}
			_, err := c.Page(t.Context(), s.call(), in, "")
			refused(t, err, card.Invalid, `given twice, as the input "`+name+`" and in`)
			in[name] = expr.Unknown{}
			if r := c.Refusal(in); r != nil {
				t.Errorf("%s with an unknown %s: %+v", c.Name, name, r)
			}
			delete(in, name)
			if r := c.Refusal(in); r != nil {
				t.Errorf("%s with %s alone: %+v", c.Name, parameter, r)
			}
		}
	}
	if tried < 15 {
		t.Errorf("%d inputs were tried", tried)
	}
	if asked := s.forget(); len(asked) > 0 {
		t.Errorf("it sent %v", asked)
	}
}

func TestATextThatIsNotATimeIsRefusedBeforeARun(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"okta.log.list", "okta.log.count"} {
		c := card.NewSet(okta.Cards()...)[name]
		for _, input := range []string{"since", "until"} {
			for _, time := range []any{"2026-11-28T08:00:00Z", "2026-11-28T08:00:00.123+01:00", "2026-11-28", expr.Unknown{}} {
				if r := c.Refusal(map[string]any{input: time}); r != nil {
					t.Errorf("%s of %v: %+v", input, time, r)
				}
			}
			for _, wrong := range []string{"2026-13-01", "2026-13-01T00:00:00Z", "11/28/2026", "yesterday"} {
				if r := c.Refusal(map[string]any{input: wrong}); r == nil || !slices.Equal(r.Path, []string{input}) || !strings.Contains(r.Message, wrong) {
					t.Errorf("%s of %s: %+v", input, wrong, r)
				}
			}
		}
	}
}
