package engine_test

import (
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
)

var run = engine.Place{}

func TestThePlaceHasAReadableString(t *testing.T) {
	t.Parallel()
	sweep := run.Step("sweep").Record(3, "00u1", 0)
	for want, p := range map[string]engine.Place{
		"":                         run,
		"sweep":                    run.Step("sweep"),
		"sweep[00u1]":              sweep,
		"sweep[00u1].suspend":      sweep.Step("suspend"),
		"both[left].call-1":        run.Step("both").Branch("left").Step("call-1"),
		"again[2].each-1[7].set-1": run.Step("again").Round(2).Step("each-1").Record(0, "7", 0).Step("set-1"),
	} {
		if got := p.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for want, p := range map[string]engine.Place{
		"sweep.suspend":      sweep.Step("suspend"),
		"sweep":              sweep,
		"again.each-1.set-1": run.Step("again").Round(2).Step("each-1").Record(0, "7", 0).Step("set-1"),
		"both[left].call-1":  run.Step("both").Branch("left").Step("call-1"),
	} {
		if got := p.Name(); got != want {
			t.Errorf("in the flows: got %q, want %q", got, want)
		}
	}
}

func TestAnyTextIsAKey(t *testing.T) {
	t.Parallel()
	keys := []string{"", "a", "]", "].x", "/", "%", "a/b", "a%2Fb", "=", "@", "#", ".", "..", "0.0.a", "\x00", "\xff", "«x»", strings.Repeat("k", 10_000)}
	ids := map[string]string{}
	for _, key := range keys {
		for turn := range 2 {
			for page := range 2 {
				p := run.Step("s").Record(page, key, turn)
				for _, at := range []engine.Place{p, p.Step("x"), p.Step("t").Record(0, key, 0), p.Branch("x"), p.Round(0)} {
					id := at.ID()
					if other, twice := ids[id]; twice {
						t.Errorf("%q and %q have the ID %q", other, at, id)
					}
					ids[id] = at.String()
					var back engine.Place
					if err := back.UnmarshalText([]byte(id)); err != nil || !back.Equal(at) || back.String() != at.String() || back.Name() != at.Name() {
						t.Errorf("%q came back from %q as %q, %v", at, id, back, err)
					}
					if !back.InRecord() || back.InnerRecord().Key() != key {
						t.Errorf("%q is in the record %q, want %q", back, back.InnerRecord().Key(), key)
					}
				}
			}
		}
	}
}

func TestAnInvalidIDIsRejected(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"/", "a//b", "a/", "a/#", "a/#x", "a/=", "a/=1", "a/=1.x", "a/=1.x.k", "a/=1.2.%zz"} {
		if err := new(engine.Place).UnmarshalText([]byte(id)); err == nil {
			t.Errorf("%q was accepted", id)
		}
	}
}

func TestAPlaceKnowsTheRecordsAroundIt(t *testing.T) {
	t.Parallel()
	outer := run.Step("outer").Record(0, "a", 0)
	inner := outer.Step("inner").Record(0, "b", 1)
	if !inner.IsRecord() || inner.Step("x").IsRecord() || run.Step("outer").InRecord() || !outer.InRecord() || run.InRecord() {
		t.Error("IsRecord or InRecord is wrong")
	}
	if got := inner.Around().InnerRecord(); !got.Equal(outer) {
		t.Errorf("the record around %q is %q", inner, got)
	}
	if got := run.Around(); !got.IsZero() || got.InnerRecord().Key() != "" {
		t.Errorf("around the run is %q", got)
	}
}

func TestAStartedRunsIDDerivesFromItsPlace(t *testing.T) {
	t.Parallel()
	a, b := run.Step("s").Record(0, "k", 0).Step("start-1"), run.Step("s").Record(0, "k", 1).Step("start-1")
	first := engine.StartedID("r1", a)
	if first != engine.StartedID("r1", a) {
		t.Error("the same place of the same run gives two IDs")
	}
	if first == engine.StartedID("r1", b) || first == engine.StartedID("r2", a) {
		t.Error("another place, or another run, gives the same ID")
	}
	if nested := engine.StartedID(first, a); !strings.HasPrefix(first, "r1.") || !strings.HasPrefix(nested, "r1.") || len(nested) != len(first) {
		t.Errorf("%q and the run %q that it starts", first, nested)
	}
}
