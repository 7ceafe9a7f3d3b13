package cardstest

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
)

func rightBefore(tb testing.TB, b Bench, c card.Card) {
	if !c.HasBefore() {
		return
	}
	s := b.start(tb, b.scopes(c))
	in := s.input(tb, c)
	before := s.before(tb, c, in)
	s.run(tb, c, in)
	if after := s.before(tb, c, in); cmp.Equal(before, after) && b.Hidden[c.Name] == "" {
		tb.Errorf("it reads nothing that the call changes: before and after it is %v", after)
	}
}

// before returns the state that a card reads before a call, and compares it with the state of the server.
func (s *session) before(tb testing.TB, c card.Card, in map[string]card.Value) card.State {
	tb.Helper()
	facts, requests := s.facts(), s.requests()
	state, err := c.Before(tb.Context(), s.call(), in)
	if err != nil {
		tb.Fatalf("before %v: %v", in, err)
	}
	most := 1
	if s.bench.MoreReads[c.Name] != "" {
		most = 3
	}
	if n := s.requests() - requests; n > most {
		tb.Errorf("Before made %d requests, want %d at most", n, most)
	}
	if changes := differing(facts, s.facts()); len(changes) > 0 {
		tb.Errorf("Before changed %v", changes)
	}
	state.Moved = nil // times differ, and dumps have none
	want := s.State(c, in)
	if want.Fields["id"] == nil { // a dump may leave out ids that the server generated
		delete(state.Fields, "id")
	}
	if diff := cmp.Diff(want, state); diff != "" {
		tb.Errorf("the state before %v is not the server's (-server +card)\n%s", in, diff)
	}
	return state
}

// idInTarget matches an input in a target whose value means nothing to people.
var idInTarget = regexp.MustCompile(`\{([a-z_]+_id)\}`)

func namedTarget(tb testing.TB, b Bench, c card.Card) {
	s := b.start(tb, nil)
	if c.Effect == card.Reads {
		return
	}
	in := s.input(tb, c)
	state, err := c.Before(tb.Context(), s.call(), in)
	if err != nil {
		tb.Fatal(err)
	}
	if c.Target(in, state) == "" || c.Target(in, card.State{}) == "" {
		tb.Errorf("the target of %v is empty", in)
	}
	target := c.Spec.Target
	if target == "" {
		target = "{" + c.In.PropertyOrder[0] + "}"
	}
	var nameless []string
	for _, found := range idInTarget.FindAllStringSubmatch(target, -1) {
		if state.Names[found[1]] == "" {
			nameless = append(nameless, found[1])
		}
	}
	if waived := b.Unnamed[c.Name] != ""; waived != (len(nameless) > 0) {
		tb.Errorf("the target %q has no name for %q; is that waived? %t", c.Target(in, state), strings.Join(nameless, ", "), waived)
	}
}

func rightDid(tb testing.TB, b Bench, c card.Card) {
	if !c.HasDid() {
		return
	}
	s := b.start(tb, b.scopes(c))
	in := s.input(tb, c)
	before, err := c.Before(tb.Context(), s.call(), in)
	if err != nil {
		tb.Fatal(err)
	}
	before = c.Kept(in, before)
	if _, done := s.did(tb, c, in, before); done {
		tb.Errorf("Did reports the call as done before it was made")
	}
	did := s.run(tb, c, in)
	out, done := s.did(tb, c, in, before)
	if !done || !card.Changed(out) || idOf(out) != idOf(did) {
		tb.Errorf("after the call, which answered %v, Did reports %t and answers %v", did, done, out)
	}
	after, err := c.Before(tb.Context(), s.call(), in)
	if err != nil {
		tb.Fatal(err)
	}
	if out, done := s.did(tb, c, in, after); done && card.Changed(out) {
		tb.Errorf("Did reports a change although the state was as wanted before the call: it answers %v", out)
	}
}

// did runs Did, and checks that it changes nothing.
func (s *session) did(tb testing.TB, c card.Card, in map[string]card.Value, before card.State) (card.Value, bool) {
	tb.Helper()
	facts := s.facts()
	out, done, err := c.Did(tb.Context(), s.call(), in, before)
	if err != nil {
		tb.Fatalf("Did: %v", err)
	}
	if changes := differing(facts, s.facts()); len(changes) > 0 {
		tb.Errorf("Did changed %v", changes)
	}
	return out, done
}

// idOf returns the id of an answer; nil if it has none.
func idOf(out card.Value) card.Value {
	fields, _ := out.(map[string]any)
	return fields["id"]
}

func declaredUndo(tb testing.TB, b Bench, c card.Card) {
	if c.Undo.Card == "" {
		if more := len(b.Calls[c.Name]) + len(b.Rest[c.Name]); more > 0 {
			tb.Error("it cannot be taken back, but the bench has calls to take back")
		}
		return
	}
	if _, there := b.set()[c.Undo.Card]; !there {
		tb.Fatalf("its undo is by the card %q, which does not exist", c.Undo.Card)
	}
	stays := 0
	for _, call := range append([]Case{{In: b.start(tb, nil).input(tb, c), Rest: b.Rest[c.Name]}}, b.Calls[c.Name]...) {
		takenBack(tb, b, c, call)
		stays += len(call.Rest)
	}
	if c.Undo.Extent == card.Partial && stays == 0 && !b.Unseen[c.Name] {
		tb.Error("its undo is partial, and nothing stays")
	}
}

// takenBack makes a call on a new server, undoes it, and compares the remaining differences.
func takenBack(tb testing.TB, b Bench, c card.Card, call Case) {
	tb.Helper()
	s := b.start(tb, nil)
	facts := s.facts()
	whole, state := card.State{}, card.State{}
	if c.Undo.NeedsBefore {
		whole = s.before(tb, c, call.In)
		state = c.Kept(call.In, whole)
	}
	out := s.run(tb, c, call.In)
	back, err := c.Back(call.In, out, state)
	if all, _ := c.Back(call.In, out, whole); !cmp.Equal(back, all) {
		tb.Errorf("of %v, the call back depends on more of the state than the history keeps: see card.Write.Keeps (-whole +kept)\n%s", call.In, cmp.Diff(all, back))
	}
	in, ok := back.(map[string]any)
	if err != nil || !ok {
		tb.Fatalf("%v cannot be taken back: %v (%v)", call.In, back, err)
	}
	if blind, _ := c.Back(call.In, out, card.State{}); c.Undo.NeedsBefore && blind != nil {
		tb.Errorf("it needs the state before the call, and without it the call back is %v", blind)
	}
	s.run(tb, b.set()[c.Undo.Card], in)
	rest := differing(facts, s.facts())
	if c.Undo.Extent == card.Exact && len(call.Rest) > 0 {
		tb.Errorf("its undo is exact, and the bench expects that %v stays", call.Rest)
	}
	if len(rest) != len(call.Rest) || !cmp.Equal(rest, call.Rest) && len(rest) > 0 {
		tb.Errorf("of %v, taken back by %v, this stays (-want +got)\n%s", call.In, in, cmp.Diff(call.Rest, rest))
	}
}
