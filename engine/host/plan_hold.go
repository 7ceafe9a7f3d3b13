package host

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// CodeStalePlan is the code of the error of a write that the plan does not have, or whose state before is another one than in the plan.
const CodeStalePlan = "stale_plan"

// mostStale is the maximum number of writes that HeldTo.Stale and Unreached list.
const mostStale = 10_000

// HeldTo is the plan to which a run was held.
type HeldTo struct {
	Plan    string    `json:"plan"` // its ID
	Digest  string    `json:"digest"`
	Made    time.Time `json:"made"`
	By      string    `json:"by"`
	Asked   bool      `json:"asked,omitempty"` // it was made for the question before the run, and not for a file
	NotMade int       `json:"not_made"`        // the writes that were not made, since the plan does not have them as they are now; without those of a process that was killed
	Stale   []Stale   `json:"stale,omitempty"`
	// Unreached are the planned changes to which the run did not come in this process, such as those of a record that is not in the list any more.
	// It is not known of a run that goes on.
	// Of very many, only the first are listed, and NotReached is the number of all.
	Unreached  []Stale `json:"unreached,omitempty"`
	NotReached int     `json:"not_reached"`
}

// Stale is a write that was not made.
type Stale struct {
	Step   string `json:"step"`
	Card   string `json:"card"`
	Target string `json:"target"`
	Why    string `json:"why"`
}

// hold holds the runs of a request to a plan. It is safe for concurrent use.
type hold struct {
	plan   *Plan
	cards  card.Set
	veil   *veil.Veil
	writes map[string]*PlannedWrite // by run and place

	mu      sync.Mutex
	reached map[*PlannedWrite]bool // nil: it is not known, as earlier processes reached some
	to      HeldTo
}

// HeldTo returns what is known of a plan before a run is held to it. It encodes the plan for its digest.
func (p *Plan) HeldTo() HeldTo {
	return HeldTo{Plan: p.ID, Digest: p.Digest(), Made: p.Made, By: p.By, Asked: p.Asked}
}

// newHold returns a hold to a plan, of which to is known.
func newHold(p *Plan, to HeldTo, cards card.Set, v *veil.Veil) *hold {
	h := &hold{plan: p, cards: cards, veil: v, writes: make(map[string]*PlannedWrite, len(p.Writes)), reached: map[*PlannedWrite]bool{}, to: to}
	for i := range p.Writes {
		w := &p.Writes[i]
		h.writes[w.Run+" "+w.Place.ID()] = w
	}
	return h
}

// of returns the journaled.Config.Hold of a run. planned is the run of the plan that it is; nil if the runs are not held to a plan.
func (h *hold) of(planned *engine.AsOf) func(engine.Invocation, card.State) *card.Error {
	if h == nil || planned == nil {
		return nil
	}
	return func(c engine.Invocation, now card.State) *card.Error {
		target := h.cards[c.Card]
		w := h.writes[planned.Run+" "+c.Place.ID()]
		h.reach(w)
		why := h.stale(w, c, target, now)
		if why == "" {
			return nil
		}
		s := Stale{Step: h.veil.String(c.Place.String()), Card: c.Card, Target: h.veil.String(target.Target(c.In, now)), Why: h.veil.String(why)}
		h.notMade(s)
		return &card.Error{Kind: card.Conflict, Code: CodeStalePlan, Message: notAsPlanned + s.Why, Hint: "make a new plan"}
	}
}

// notAsPlanned begins the message of the error of a write that was not made.
const notAsPlanned = "not made, since the plan does not hold: "

// notMade notes a write that was not made.
func (h *hold) notMade(s Stale) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.to.NotMade++; len(h.to.Stale) < mostStale {
		h.to.Stale = append(h.to.Stale, s)
	}
}

// digest returns the digest of the plan; empty if there is none.
func (h *hold) digest() string {
	if h == nil {
		return ""
	}
	return h.to.Digest
}

// soFar returns what is known of the plan and the writes that were not made; nil if there is no plan. A run that did not come to its end has not
// reached what follows.
func (h *hold) soFar(status engine.Status) *HeldTo {
	if h == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	to := h.to
	to.Stale = slices.Clone(to.Stale)
	if h.reached == nil || status != engine.Succeeded && status != engine.SucceededWithErrors && status != engine.Skipped {
		return &to
	}
	for i := range h.plan.Writes {
		w := &h.plan.Writes[i]
		if w.Verdict != WillChange || h.reached[w] {
			continue
		}
		if to.NotReached++; len(to.Unreached) < mostStale {
			to.Unreached = append(to.Unreached, Stale{Step: w.Step, Card: w.Card, Target: w.Target, Why: "the run did not come to it"})
		}
	}
	return &to
}

// reach notes that the run has come to a write of the plan.
func (h *hold) reach(w *PlannedWrite) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.reached != nil {
		h.reached[w] = true
	}
}

// stale returns the reason why a call is not the one of the plan; empty if it is.
func (h *hold) stale(planned *PlannedWrite, c engine.Invocation, target card.Card, now card.State) string {
	switch {
	case planned == nil:
		return "the plan has no write at this step"
	case planned.Card != c.Card || planned.Connection != c.Connection:
		return fmt.Sprintf("the plan has a call of %s with connection %q here", planned.Card, planned.Connection)
	}
	in, _ := h.veil.Value(card.Shown(target.In, c.In)).(map[string]any)
	if why := differingInput(planned, in); why != "" {
		return why
	}
	if planned.Before == nil { // it was not known either
		return ""
	}
	if was, is := planned.Before.Fields["id"], now.Fields["id"]; was != nil && is != nil && !sameJSON(was, is) {
		return fmt.Sprintf("it has the id %s now, and %s in the plan: it is another one", short(is), short(was))
	}
	after, err := target.After(c.In, now)
	if err != nil {
		return err.Error()
	}
	changesNothing := target.HasAfter() && !after.Changes(now)
	if changesNothing && (planned.Verdict == AlreadySo || target.EffectOf(c.In) == card.Idempotent) { // whatever has changed, this changes nothing
		return ""
	}
	if planned.Verdict == AlreadySo {
		return "the plan has no change here, and the call would make one"
	}
	if planned.Shared {
		return ""
	}
	hidden := now
	hidden.Fields, _ = h.veil.Value(now.Fields).(map[string]any)
	known := target.HasAfter() && (after.Refused == "" || len(after.Fields) > 0)
	left := map[string]any(nil) // what an earlier attempt may have left
	if c.Last != nil {
		if c.Last.Code == card.CodePartly || !known && (c.Last.MayBeDone() || c.Last.Changed) {
			return "" // nobody knows what that is
		}
		left, _ = h.veil.Value(after.Fields).(map[string]any)
	}
	if why := differingState(*planned.Before, hidden, after, known, left); why != "" || !known {
		return why
	}
	return h.differingChange(planned, target, after)
}

// differingChange returns how a call would change something in another way than in the plan, although the input and the state before are the same:
// a login in the input is that of another user now.
func (h *hold) differingChange(planned *PlannedWrite, target card.Card, now card.Predicted) string {
	then, err := target.After(planned.Input, *planned.Before)
	if err != nil || len(planned.Unknown) > 0 || then.Refused != "" || len(then.Unseen) > 0 || len(now.Unseen) > 0 {
		return "" // the plan did not know all that it changes
	}
	fields, _ := h.veil.Value(now.Fields).(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(then.Fields)) {
		if !card.Same(then.Fields[name], fields[name]) {
			return fmt.Sprintf("it would make %s %s, and %s in the plan", name, short(fields[name]), short(then.Fields[name]))
		}
	}
	return ""
}

// differingInput returns how the inputs of a call differ from those of the plan, where the plan knows them.
func differingInput(planned *PlannedWrite, in map[string]any) string {
	was, is := any(planned.Input), any(in)
	for _, path := range planned.Unknown {
		if begins := knownStart(at(was, path)); begins != "" && !strings.HasPrefix(fmt.Sprint(at(is, path)), begins) {
			return fmt.Sprintf("input %s is %s, and begins with %q in the plan", path[0], short(at(is, path)), begins)
		}
		was, is = blank(was, path), blank(is, path)
	}
	before, _ := was.(map[string]any)
	now, _ := is.(map[string]any)
	names := maps.Clone(before)
	maps.Copy(names, now)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !sameJSON(before[name], now[name]) {
			return fmt.Sprintf("input %s is %s, and %s in the plan", name, short(now[name]), short(before[name]))
		}
	}
	return ""
}

// knownStart returns the text before the first part of a text that only the run knows.
func knownStart(planned any) string {
	text, _ := planned.(string)
	if unknown, is := planned.(fmt.Stringer); is {
		text = unknown.String()
	}
	begins, _, _ := strings.Cut(text, "«")
	return begins
}

// at returns the value at a path in a value; nil if it has none.
func at(v any, path []string) any {
	if len(path) == 0 {
		return v
	}
	switch v := v.(type) {
	case map[string]any:
		return at(v[path[0]], path[1:])
	case []any:
		if i, err := strconv.Atoi(path[0]); err == nil && i >= 0 && i < len(v) {
			return at(v[i], path[1:])
		}
	}
	return nil
}

// blank returns a value with nil at a path. It shares what is not on the path.
func blank(v any, path []string) any {
	if len(path) == 0 {
		return nil
	}
	switch v := v.(type) {
	case map[string]any:
		out := maps.Clone(v)
		out[path[0]] = blank(v[path[0]], path[1:])
		return out
	case []any:
		if i, err := strconv.Atoi(path[0]); err == nil && i >= 0 && i < len(v) {
			out := slices.Clone(v)
			out[i] = blank(v[i], path[1:])
			return out
		}
	}
	return v
}

// differingState returns how the state before a call differs from the one in the plan, in what the call changes: in all of it if that is not known, or
// if the call deletes it. A field may also have the value in left.
func differingState(planned, now card.State, after card.Predicted, known bool, left map[string]any) string {
	switch {
	case now.IsZero():
		return "the state before cannot be read any more"
	case planned.Missing && !now.Missing:
		return "it exists now, and did not in the plan"
	case !planned.Missing && now.Missing:
		return "it does not exist any more"
	}
	fields := after.Fields
	if !known || after.Gone {
		fields = maps.Clone(now.Fields)
		maps.Copy(fields, planned.Fields)
	}
	return differingFields(nil, planned.Fields, now.Fields, fields, left)
}

// differingFields compares the values of two objects at the fields of a third one. The second may also have those of left.
func differingFields(at []string, planned, now, fields, left map[string]any) string {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		path := append(slices.Clip(at), name)
		inner, isObject := fields[name].(map[string]any)
		was, wasObject := planned[name].(map[string]any)
		is, isNow := now[name].(map[string]any)
		if isObject && (wasObject || planned[name] == nil) && (isNow || now[name] == nil) {
			inLeft, _ := left[name].(map[string]any)
			if why := differingFields(path, was, is, inner, inLeft); why != "" {
				return why
			}
			continue
		}
		wanted, may := left[name]
		if !sameJSON(planned[name], now[name]) && !(may && sameJSON(wanted, now[name])) {
			return fmt.Sprintf("%s is %s now, and %s in the plan", PlannedChange{Path: path}.Name(), short(now[name]), short(planned[name]))
		}
	}
	return ""
}

// sameJSON reports whether two values are the same in JSON: one of them has been read from a file.
func sameJSON(a, b any) bool {
	x, err := card.EncodeJSON(a)
	y, wrong := card.EncodeJSON(b)
	return err == nil && wrong == nil && bytes.Equal(x, y)
}

// short returns a value for a message.
func short(v any) string {
	text := valueWords(v)
	const most = 200
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return strings.ReplaceAll(text, "\n", " ")
}

// Fits returns a UsageError if a run of a flow with these connections cannot be held to the plan.
func (p *Plan) Fits(c *Checked, on *Connections) error {
	again := "flowdeck plan " + p.Flow + " makes a new one"
	switch {
	case p.Flow != c.Plan.Flow:
		return Usage(again, "the plan is of flow %q, and not of %q", p.Flow, c.Plan.Flow)
	case p.Source != c.Plan.Digest():
		return Usage(again, "flow %q, a flow that it runs, or one of their cards has changed since the plan was made", p.Flow)
	case p.Status == engine.Failed:
		return Usage(again, "the plan is not complete: %s", p.failure())
	}
	for _, use := range c.Uses() {
		if !slices.ContainsFunc(p.Connections, func(known store.Connection) bool { return known.Name == use.Name }) {
			return Usage(again, "the plan does not have connection %q, which flow %q uses", use.Name, p.Flow)
		}
	}
	return on.SameAs(store.Run{ID: p.ID, Connections: p.Connections})
}

// failure returns why the plan is not complete.
func (p *Plan) failure() string {
	if p.Error == nil {
		return string(p.Status)
	}
	return p.Error.Message
}

// AsOf returns the plan as the run that it is: see engine.Start.
func (p *Plan) AsOf() *engine.AsOf { return &engine.AsOf{Run: p.ID, Time: p.Made} }

// holdTo returns the hold of runs to a plan.
func (w *Workspace) holdTo(p *Plan) *hold {
	return newHold(p, p.HeldTo(), w.config.Cards, w.config.Veil)
}

// holdResumed holds a run that goes on to the plan with which it, or the run that started it, started.
func (r *runs) holdResumed(k *kept) error {
	ctx := context.WithoutCancel(r.ctx)
	p, err := planOf(ctx, r.store, *k.before)
	if err != nil || p == nil {
		return err
	}
	r.hold = r.workspace.holdTo(r.workspace.Judged(p))
	r.hold.reached = nil
	if before := reportOf(*k.before).Plan; before != nil {
		r.hold.to.NotMade, r.hold.to.Stale = before.NotMade, before.Stale
	}
	return nil
}

// planOf returns the plan with which a run, or the run that started it, started; nil if it was not held to one.
func planOf(ctx context.Context, history *store.Store, run store.Run) (*Plan, error) {
	root, err := history.Root(ctx, run)
	if err != nil {
		return nil, err
	}
	data, err := history.Plan(ctx, root.ID)
	if err != nil || data == nil {
		return nil, err
	}
	return decodePlan(data)
}

// PlanOf returns the plan to which a run of the history is held, with what its inputs and states say; nil if there is none.
func (w *Workspace) PlanOf(ctx context.Context, run store.Run) (*Plan, error) {
	history, err := w.History()
	if err != nil {
		return nil, err
	}
	p, err := planOf(ctx, history, run)
	if err != nil || p == nil {
		return nil, err
	}
	return p.Judged(w.config.Cards), nil
}

// heldToFile reports whether a run was held to the plan in a file, which somebody has approved.
func (w *Workspace) heldToFile(ctx context.Context, run store.Run) (bool, error) {
	if run.Start.AsOf == nil {
		return false, nil
	}
	p, err := w.PlanOf(ctx, run)
	return err == nil && p != nil && !p.Asked, err
}
