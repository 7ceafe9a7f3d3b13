package cardstest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// rightAfter compares what a card predicts of a call with what Before reads after it, for the example and the calls of the bench.
func rightAfter(tb testing.TB, b Bench, c card.Card) {
	if c.Effect == card.Reads || !c.HasBefore() {
		return
	}
	if waived := b.Unpredicted[c.Name] != ""; waived == c.HasAfter() {
		tb.Errorf("it has After: %t; is that waived? %t", c.HasAfter(), waived)
	}
	if !c.HasAfter() {
		return
	}
	calls := []Case{{In: b.start(tb, nil).input(tb, c)}}
	if !testing.Short() { // the others run the same code, one after the other
		calls = slices.Concat(calls, b.Calls[c.Name], b.More[c.Name])
	}
	for _, call := range calls {
		predicted(tb, b, c, call)
	}
}

// predicted makes a call on a new server. Each field that After predicts must then have its value, and each field before the call that it
// does not predict must be as it was. If the thing did not exist, the service may add fields. A call that is refused, as predicted, changes nothing.
func predicted(tb testing.TB, b Bench, c card.Card, call Case) {
	tb.Helper()
	s, in := b.start(tb, nil), call.In
	before := s.read(tb, c, in)
	after, blind := s.after(tb, c, in, before), s.after(tb, c, in, card.State{})
	facts := s.facts()
	out, err := c.Run(tb.Context(), s.call(), in)
	if after.Refused != "" {
		if changes := differing(facts, s.facts()); err == nil || len(changes) > 0 {
			tb.Errorf("after %v: it predicts that the call is refused, since %s; the call answers %v (%v) and changes %v", in, after.Refused, out, err, changes)
		}
		return
	}
	if err != nil {
		tb.Fatalf("%v fails: %v", in, err)
	}
	if call.Found != nil {
		in = maps.Clone(in)
		maps.Copy(in, call.Found)
	}
	now := s.read(tb, c, in)
	if changes := after.Changes(before); changes != card.Changed(out) {
		tb.Errorf("after %v: it predicts a change: %t, by %+v, and answers %v", in, changes, after, out)
	}
	holds(tb, in, after, now)
	if after.Fields != nil || !card.Changed(out) { // else Before may read another thing, such as one with the same name
		holds(tb, in, blind, now)
	}
	if after.Gone {
		return
	}
	for path, change := range differing(leaves(before), leaves(now)) {
		if !before.Missing && !names(after, path) {
			tb.Errorf("after %v: %s is changed, %s, and it predicts %+v", in, path, change, after)
		}
	}
	if c.Effect != card.Idempotent || b.Doubtful[c.Name] != "" {
		return
	}
	again, err := c.Run(tb.Context(), s.call(), in)
	if err != nil {
		tb.Fatalf("%v fails a second time: %v", in, err)
	}
	if after := s.after(tb, c, in, now); after.Changes(now) != card.Changed(again) {
		tb.Errorf("after %v a second time: it predicts %+v, and answers %v", in, after, again)
	}
}

// read is Before without comparison with the server.
func (s *session) read(tb testing.TB, c card.Card, in map[string]card.Value) card.State {
	tb.Helper()
	state, err := c.Before(tb.Context(), s.call(), in)
	if err != nil {
		tb.Fatalf("before %v: %v", in, err)
	}
	return state
}

// after predicts a call, and checks that no secret of the input is in it.
func (s *session) after(tb testing.TB, c card.Card, in map[string]card.Value, before card.State) card.Predicted {
	tb.Helper()
	after, err := c.After(in, before)
	if err != nil {
		tb.Fatalf("after %v: %v", in, err)
	}
	shown := fmt.Sprint(after)
	for _, secret := range c.InputSecrets(in) {
		if strings.Contains(shown, secret) {
			tb.Errorf("after %v: the prediction has the secret %q: %s", in, secret, shown)
		}
	}
	return after
}

// holds checks that what is predicted is so.
func holds(tb testing.TB, in map[string]card.Value, after card.Predicted, now card.State) {
	tb.Helper()
	if after.Gone && !now.Missing {
		tb.Errorf("after %v: it predicts that the thing is gone, and it is %v", in, now.Fields)
	}
	for _, wrong := range after.Differences(now) {
		if !after.Gone {
			tb.Errorf("after %v: it predicts %v for %s, which is %v", in, wrong.New, strings.Join(wrong.Path, "."), wrong.Old)
		}
	}
}

// names reports whether a prediction is about a path, or about what is around it: by a field, or by a name.
func names(after card.Predicted, path string) bool {
	predicted := slices.Collect(maps.Keys(leaves(card.State{Fields: after.Fields})))
	return slices.ContainsFunc(append(predicted, after.Unseen...), func(about string) bool {
		return path == about || strings.HasPrefix(path, about+".")
	})
}

// leaves returns the values of a state by path, except for objects, of which it returns the fields. A null is a value, too.
func leaves(state card.State) Facts {
	all := Facts{}
	var add func(prefix string, object map[string]card.Value)
	add = func(prefix string, object map[string]card.Value) {
		for name, value := range object {
			if inner, isObject := value.(map[string]any); isObject {
				add(prefix+name+".", inner)
			} else {
				all[prefix+name] = value
			}
		}
	}
	add("", state.Fields)
	return all
}
