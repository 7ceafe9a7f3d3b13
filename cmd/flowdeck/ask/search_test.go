package ask

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowdeck/flowdeck/engine"
)

// A quick Enter must not choose a line of an older list, which may be another group.
func TestLinesOfAnOlderListAreRefused(t *testing.T) {
	t.Parallel()
	s := &search{}
	s.Set("off")
	for name, test := range map[string]struct {
		line *entry
		ok   bool
	}{
		"no list yet":           {nil, false},
		"a list for less":       {&entry{query: "of", value: "Office"}, false},
		"the list":              {&entry{query: "off", value: "Office"}, true},
		"why there is no list":  {&entry{query: "off", err: errors.New("forbidden")}, false},
		"the list for no query": {&entry{value: "Everyone"}, false},
	} {
		if err := s.check(test.line); (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestListIsReadForTheLastText(t *testing.T) {
	t.Parallel()
	synctest.Test(t, typeToSearch)
}

func typeToSearch(t *testing.T) {
	var asked []string
	s := &search{}
	f := &form{offers: &Offers{Find: func(_ context.Context, _ engine.Input, typed string, _ int) ([]engine.Option, bool, error) {
		asked = append(asked, typed)
		switch typed {
		case "none":
			return nil, false, nil
		case "refused":
			return nil, false, errors.New("forbidden")
		}
		return []engine.Option{{Value: "00g1", Label: "Office"}}, typed == "", nil
	}}}
	lines := func(typed string) (shown []string) {
		s.Set(typed)
		if s.ready(typed) != errReading {
			t.Errorf("%q: ready before the list was read", typed)
		}
		for _, line := range f.entries(t.Context(), engine.Input{}, s) {
			shown = append(shown, line.Key)
			if line.Value.query != typed {
				t.Errorf("%q: a line for %q", typed, line.Value.query)
			}
			if err := s.check(line.Value); (err == nil) != (line.Value.value != nil) {
				t.Errorf("%q: %q: %v", typed, line.Key, err)
			}
		}
		if err := s.ready(typed); len(shown) > 0 && (err == nil) != (shown[0] == "Office (00g1)") {
			t.Errorf("%q: %q: ready: %v", typed, shown, err)
		}
		return shown
	}
	if got := lines(""); len(got) != 2 || got[0] != "Office (00g1)" || got[1] != "… more: type to search" {
		t.Errorf("nothing typed: %q", got)
	}
	if got := lines("off"); len(got) != 1 {
		t.Errorf("off: %q", got)
	}
	if got := lines("none"); len(got) != 1 || got[0] != `nothing found for "none"` {
		t.Errorf("none: %q", got)
	}
	if got := lines("refused"); len(got) != 1 || got[0] != "forbidden" {
		t.Errorf("refused: %q", got)
	}
	more := "offic"
	time.AfterFunc(pause/2, func() { s.latest.Store(&more) })
	if got := lines("offi"); got != nil {
		t.Errorf("typed on: %q", got)
	}
	if want := []string{"", "off", "none", "refused"}; !slices.Equal(asked, want) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
}
