package store

import (
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

func TestWritesOnOneTargetAtTheSameTimeOverlap(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	l := create(t, s, "r1")
	intent := func(step, target string) engine.Intent {
		return engine.Intent{
			Place: engine.Place{}.Step(step), Attempt: 1, Card: "fake", Connection: "okta", Target: target, Before: card.State{Fields: map[string]any{"a": step}},
		}
	}
	done := engine.Effect{Kind: engine.CallEffect, Value: map[string]any{"changed": true}}
	before, a, b, other := intent("before", "ada"), intent("a", "ada"), intent("b", "ada"), intent("other", "bob")
	must(t, l.Begin(before), l.End(before, done), l.Flush())
	must(t, l.Begin(a), l.Begin(b), l.Begin(other), l.End(a, done), l.End(b, done), l.End(other, done), l.Flush())
	_, err := s.db.Exec("UPDATE writes SET began = id & 255, ended = 10 + (id & 255)") // a and b overlap, and follow the first
	must(t, err)
	_, err = s.db.Exec("UPDATE writes SET ended = began WHERE id & 255 = 1")
	must(t, err)
	found, err := s.Overlapped(t.Context(), "r1")
	first := firstWrite(1)
	if err != nil || len(found) != 2 || !found[first+2] || !found[first+3] {
		t.Errorf("got %v, %v", found, err)
	}
}

func TestALoginAndAnIDThatAWriteHasAreOneTarget(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	l := create(t, s, "r1")
	begin := func(step, target string, in map[string]any, out map[string]any) {
		i := engine.Intent{
			Place: engine.Place{}.Step(step), Attempt: 1, Card: "fake", Connection: "okta", Target: target, In: in, Before: card.State{Fields: map[string]any{"a": step}},
		}
		out["changed"] = true
		must(t, l.Begin(i), l.End(i, engine.Effect{Kind: engine.CallEffect, Value: out}))
	}
	begin("a", "00g1 ← 00uA", nil, map[string]any{})
	begin("b", "00g1 ← Ada@acme.example", nil, map[string]any{"user": map[string]any{"id": "00uA", "profile": map[string]any{"login": "ada@acme.example"}}})
	begin("c", "00g1 ← bob@acme.example", nil, map[string]any{})
	must(t, l.Flush())
	_, err := s.db.Exec("UPDATE writes SET began = 1, ended = 2")
	must(t, err)
	found, err := s.Overlapped(t.Context(), "r1")
	if first := firstWrite(1); err != nil || len(found) != 2 || !found[first+1] || !found[first+2] {
		t.Errorf("got %v, %v", found, err)
	}
}
