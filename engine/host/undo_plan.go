package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/local"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// UndoPlan is what an undo would do, in its order, and then what it cannot take back. Secrets are hidden.
type UndoPlan struct {
	Undoes string         `json:"undoes"`
	Flow   string         `json:"flow"` // of the run that is taken back
	Force  bool           `json:"force"`
	Writes []UndoneWrite  `json:"writes"`
	Counts map[string]int `json:"counts"` // of Writes, by Will

}

// UndoneWrite is a write of a run, and what an undo does about it.
type UndoneWrite struct {
	Run    string `json:"run"`
	Step   string `json:"step"`
	Record string `json:"record,omitempty"`
	Card   string `json:"card"`
	Target string `json:"target"`
	Will   Will   `json:"will"`
	Extent string `json:"extent"`         // exact, partial or none
	Rest   string `json:"rest,omitempty"` // what remains different, if it is partial
	By     string `json:"by,omitempty"`   // the card that takes it back
	// Changes are the fields that go back to what they were, or the thing itself without a Field: it is "there" or "missing". Empty if the undo is not known field by field.
	Changes    []FieldChange `json:"changes,omitempty"`
	Since      []FieldChange `json:"since,omitempty"` // what somebody else changed: Old is what the run left, New what is there now
	Checked    bool          `json:"checked"`         // it is known whether somebody changed it since
	Why        string        `json:"why,omitempty"`   // why it is not taken back
	Connection string        `json:"connection,omitempty"`

	number int // 0 if the undo does not try it
}

// Will is what an undo does about a write.
type Will string

const (
	WillUndo    Will = "undo"
	WillAlready Will = "already"       // it is as before already
	WillKeep    Will = "changed_since" // somebody else changed it since: it is left as it is
	WillNotRead Will = "unreadable"    // its state cannot be read: it is left as it is
	WillNot     Will = "cannot"
	WillDoubt   Will = "in_doubt" // nobody knows whether it was made
)

// Hidden returns the plan without secrets.
func (p *UndoPlan) Hidden(v *veil.Veil) *UndoPlan {
	hidden := *p
	hidden.Writes = slices.Clone(p.Writes)
	for i := range hidden.Writes {
		one := &hidden.Writes[i]
		one.Record, one.Target, one.Why, one.Step = v.String(one.Record), v.String(one.Target), v.String(one.Why), v.String(one.Step)
		for _, list := range []*[]FieldChange{&one.Changes, &one.Since} {
			*list = slices.Clone(*list)
			for k, c := range *list {
				(*list)[k] = c.hidden(v)
			}
		}
	}
	return &hidden
}

// hidden returns the change without secrets.
func (c FieldChange) hidden(v *veil.Veil) FieldChange {
	c.Field, c.Old, c.New = v.String(c.Field), v.Value(c.Old), v.Value(c.New)
	c.Added, _ = v.Value(c.Added).([]any)
	c.Removed, _ = v.Value(c.Removed).([]any)
	return c
}

// Makes reports whether the undo changes anything.
func (p *UndoPlan) Makes() bool { return p.Counts[string(WillUndo)] > 0 }

// Plan returns what the undo would do. It reads the state of what the run changed, and changes nothing. A UsageError means that a connection
// leads to another org than then.
func (u *Undo) Plan(ctx context.Context, on *Connections) (*UndoPlan, error) {
	if err := on.SameAs(u.Run); err != nil {
		return nil, err
	}
	w := u.workspace
	tables := w.Tables()
	defer tables.Close()
	rt := local.New(ctx, local.Config{
		Run: "undo", Cards: w.config.Cards, Connections: on.conns, Clock: w.config.Clock, Files: w.files.Run(filepath.Join(runsDir, "undo")), Tables: tables,
		Listen: func(e engine.Event) { w.config.Veil.Learn(e.Secrets...) },
	})
	then := &overlay{changes: map[string][]card.Predicted{}}
	p := &UndoPlan{Undoes: u.Run.ID, Flow: u.Run.Flow, Force: u.Start.Undoes.Force, Writes: []UndoneWrite{}, Counts: map[string]int{}}
	for _, phase := range u.phases {
		found, err := u.look(ctx, rt, then, phase.groups)
		if err != nil {
			return nil, err
		}
		for _, group := range found {
			p.Writes = append(p.Writes, group...)
		}
	}
	for _, m := range u.cannot {
		will := WillNot
		if m.nothing {
			will = WillAlready
		}
		if m.doubt {
			will = WillDoubt
		}
		p.Writes = append(p.Writes, UndoneWrite{
			Run: m.run, Step: m.step, Record: m.record, Card: m.card, Target: m.target, Will: will, Extent: card.None.String(), Why: m.why, Connection: m.conn,
		})
	}
	keep, already := []int(nil), []int(nil)
	for _, one := range p.Writes {
		p.Counts[string(one.Will)]++
		switch {
		case one.number == 0 || one.Will == WillUndo:
		case one.Will == WillAlready:
			already = append(already, one.number)
		default:
			keep = append(keep, one.number)
		}
	}
	slices.Sort(keep)
	slices.Sort(already)
	u.Start.Undoes.Keep, u.Start.Undoes.Already = keep, already // the run makes no write that its plan did not announce
	return p, nil
}

// look looks at the groups of a phase, several at a time.
func (u *Undo) look(ctx context.Context, rt engine.Runtime, then *overlay, groups []*group) ([][]UndoneWrite, error) {
	found, failed := make([][]UndoneWrite, len(groups)), make([]error, undoWidth)
	next := make(chan int)
	var going sync.WaitGroup
	for lane := range undoWidth {
		going.Go(func() {
			for i := range next {
				if failed[lane] == nil {
					found[i], failed[lane] = u.lookAt(ctx, rt, then, groups[i])
				}
			}
		})
	}
	for i := range groups {
		next <- i
	}
	close(next)
	going.Wait()
	return found, errors.Join(failed...)
}

// lookAt looks at the writes of a group. What the undo of a newer one changes is there for the older ones.
func (u *Undo) lookAt(ctx context.Context, rt engine.Runtime, then *overlay, g *group) ([]UndoneWrite, error) {
	backs, err := u.backs(g.record())
	if err != nil {
		return nil, err
	}
	kept := false
	var all []UndoneWrite
	for i, b := range backs {
		m := g.writes[i]
		b.Own = u.lastOwn(m.number)
		one := UndoneWrite{
			Run: m.run, Step: m.step, Record: m.record, Card: m.card, Target: m.target, Will: WillUndo,
			Extent: b.Of.Undo.Extent.String(), Rest: b.Of.Undo.Rest, By: b.Card.Name, Connection: m.conn, number: m.number,
		}
		if b.Check || u.Start.Undoes.Force && b.Of.HasBefore() && b.Of.HasAfter() {
			var thing string
			found, err := b.Look(func(place string, of card.Card, in engine.Value) (card.State, error) {
				state, name, err := u.state(ctx, rt, b, of, in, then)
				if place == "now" {
					thing = name
				}
				return u.withoutOwn(state), err
			})
			switch {
			case engine.IsCanceled(err):
				return nil, err
			case err != nil: // it hinders no others
				one.Will, one.Why = WillNotRead, card.AsError(err).Message
			default:
				one.Target, one.Checked = b.Of.Target(b.Was, found.Now), true
				one.judge(b, found, kept)
			}
			if one.Will == WillUndo {
				one.Changes = then.undo(thing, b, found.Now)
			}
			kept = kept || one.Will == WillKeep || one.Will == WillNotRead
		}
		all = append(all, one)
	}
	return all, nil
}

// withoutOwn returns a state without the members and applications that the run itself gave to what it made: they go before.
func (u *Undo) withoutOwn(s card.State) card.State {
	id, _ := s.Fields["id"].(string)
	own := u.own[id]
	if own == nil {
		return s
	}
	s.Fields = maps.Clone(s.Fields)
	for _, name := range engine.Lists {
		if list, _ := s.Fields[name].([]any); len(list) > 0 {
			s.Fields[name] = slices.DeleteFunc(slices.Clone(list), func(item any) bool {
				text, _ := item.(string)
				return own[text]
			})
		}
	}
	return s
}

// judge decides what the undo does about a write, of which this was found. kept reports whether a newer one of its group is left as it is.
func (one *UndoneWrite) judge(b engine.Back, found engine.Found, kept bool) {
	one.Since, one.Why = fieldChanges(found.Since), found.Why
	lost := found.Lost || b.Named || slices.ContainsFunc(found.Since, func(d card.Difference) bool { return len(d.Path) == 0 && d.New == "missing" })
	switch {
	case found.Done:
		one.Will = WillAlready
	case b.Check && !found.Lost && (len(found.Since) > 0 || found.Why != ""):
		one.Will, one.Why = WillKeep, cmp.Or(found.Why, "somebody else changed it since")
	case lost:
		one.Will, one.Why = WillNot, cmp.Or(found.Why, "it is not there any more")
	case kept && b.Unmakes() && b.Check:
		one.Will, one.Why = WillKeep, "a newer change of it is left as it is"
	}
}

// state reads the state that a call would change, as it will be when the newer writes were taken back, and the name of its thing.
func (u *Undo) state(
	ctx context.Context, rt engine.Runtime, b engine.Back, of card.Card, in engine.Value, then *overlay,
) (now card.State, thing string, err error) {
	w := u.workspace
	sleep := func(wait time.Duration, failure *card.Error) error {
		return w.config.Clock.Sleep(ctx, w.config.Clock.Now().Add(wait))
	}
	err = engine.RetryRead(of.Name, sleep, func() (again bool, err error) {
		value, err := rt.Call(engine.Invocation{Card: of.Name, Connection: b.Connection, In: in, Attempt: 1, State: true})
		now = engine.StateOf(value)
		return true, err
	})
	if err != nil {
		if engine.IsCanceled(err) {
			return now, "", err
		}
		failure := *w.config.Veil.Error(card.AsError(err))
		failure.Message = fmt.Sprintf("the state of %s cannot be read: %s", of.Target(in, card.State{}), failure.Message)
		return now, "", &failure
	}
	thing = b.Connection + " " + resource(of.Name) + " "
	if id, ok := now.Fields["id"].(string); ok {
		thing += id
	} else {
		thing += strings.ToLower(of.Target(in, card.State{}))
	}
	return then.over(thing, now), thing, nil
}

// overlay is what the undo will have changed. Groups of one phase have different things.
type overlay struct {
	mu      sync.Mutex
	changes map[string][]card.Predicted // by thing
}

// over returns the state of a thing after what is undone before.
func (o *overlay) over(thing string, now card.State) card.State {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range o.changes[thing] {
		names := now.Names
		now = p.Over(now)
		now.Names = names
	}
	return now
}

// undo adds what the undo of a write changes in its thing, and returns it.
func (o *overlay) undo(thing string, b engine.Back, now card.State) []FieldChange {
	p := card.Predicted{}
	switch {
	case b.Left.Known && b.Left.Missing:
		if p.Gone = true; b.Card.HasAfter() { // what was made may stay in part
			p, _ = b.Card.After(b.In, now)
		}
	case b.Left.Known && !b.Left.Gone:
		p.Fields = map[string]any{}
		for _, d := range b.Left.Fields {
			set(p.Fields, d.Path, d.Old)
		}
	case b.Card.HasAfter():
		p, _ = b.Card.After(b.In, now) // an error is a bug of the card, which then predicts nothing
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.changes[thing] = append(o.changes[thing], p)
	if p.Gone {
		return []FieldChange{{Old: "there", New: "missing"}}
	}
	return fieldChanges(p.Differences(now))
}

// set sets the value at a path of an object.
func set(fields map[string]any, path []string, v engine.Value) {
	for ; len(path) > 1; path = path[1:] {
		inner, ok := fields[path[0]].(map[string]any)
		if !ok {
			inner = map[string]any{}
		} else {
			inner = maps.Clone(inner)
		}
		fields[path[0]] = inner
		fields = inner
	}
	fields[path[0]] = v
}

func fieldChanges(all []card.Difference) (list []FieldChange) {
	for _, d := range all {
		list = append(list, fieldChange(strings.Join(d.Path, "."), d.Old, d.New))
	}
	return list
}
