package host

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
)

// made is a write of a run that is taken back, as far as it decides about the order. Its inputs and states are read again when they are
// needed: a run may have a hundred thousand writes.
type made struct {
	number int   // among the attempts of all writes of the run and of those that it started, from 1
	at     int64 // in the history
	run    string
	step   string // its place
	record string // the key of its outermost record; empty outside of a loop
	of     string // that of the run which is taken back, in which a run that it started was started
	card   string
	conn   string
	target string
	why    string // why it cannot be taken back; empty if it can
	doubt  bool   // it may have been made

	began   int64  // microseconds
	ended   int64  // 0: not known
	phase   string // the id of the place around which the steps of the run are in order: see placed
	name    string // of that place
	whole   bool   // the writes of the phase have no parts that are independent of each other
	things  []string
	newer   []int64  // of a write that created something: see findNewer
	id      string   // of the thing; empty if it is not known
	made    string   // the id of what it made; empty if that is not known
	makes   bool     // nothing was there before
	gone    bool     // it removed something
	values  []string // of its input
	nothing bool     // nothing remains of it: the run removed again what it had made
	login   string   // in place of the id of a user; empty if there is none

	sets  []string  // the outermost fields that it set
	moved time.Time // when the service made the change, by its clock; zero if it did not report that
	own   time.Time // when the run last changed what the write set, by that clock; zero if it is not known
}

// loadMade reads the writes of a run, and of the runs that it started, that changed something or may have. Numbers are the same whenever they
// are read.
func (w *Workspace) loadMade(ctx context.Context, history *store.Store, run string) ([]*made, error) {
	runs, err := startedBy(ctx, history, run)
	if err != nil {
		return nil, err
	}
	var all []*made
	number := 0
	created := map[string]bool{}
	for _, id := range runs {
		startedIn := ""
		if id != run {
			started, err := history.Run(ctx, id)
			if err != nil {
				return nil, err
			}
			startedIn = started.Start.Record
		}
		partly := map[string]*made{} // attempts that changed something and failed, by place
		for page := (store.Page{Limit: 1000}); ; {
			writes, err := history.Made(ctx, id, page)
			if err != nil {
				return nil, err
			}
			for i := range writes {
				number++
				one := &writes[i]
				did, doubt := wasMade(one), one.Doubt && one.Settled == nil
				if !did && !doubt {
					continue
				}
				m := &made{
					number: number, at: one.At, run: id, step: one.Place.String(), card: one.Card, conn: one.Connection, target: one.Target, doubt: doubt && !did,
					began: one.Began.UnixMicro(),
				}
				if !one.Ended.IsZero() {
					m.ended = one.Ended.UnixMicro()
				}
				if m.placed(one.Place); id == run {
					m.of = m.record
				} else {
					m.of = startedIn
				}
				if err := m.identify(ctx, history, one); err != nil {
					return nil, err
				}
				m.touches(w.config.Cards[one.Card], one, created)
				m.lives(w.config.Cards[one.Card], one)
				if _, err := w.back(one); err != nil {
					m.why = err.Error()
				}
				if m.doubt {
					m.why = "it may have been made: look, and settle it with flowdeck undo " + id + " --did " + m.step + "=yes or =no"
					if id != run {
						m.why = "it may have been made: look, and settle it with flowdeck resume " + id + " --did, once the rest is taken back"
					}
				}
				if before := partly[one.Place.ID()]; before != nil && one.Err == nil { // this attempt has the answer of the call
					all = slices.DeleteFunc(all, func(other *made) bool { return other == before })
				}
				if one.Err != nil {
					partly[one.Place.ID()] = m
				}
				all = append(all, m)
			}
			if len(writes) == 0 {
				break
			}
			page.After = writes[len(writes)-1].At
		}
	}
	findPeople(all)
	findNothing(all)
	return all, nil
}

// identify finds the id of what a write is about, as it was then.
func (m *made) identify(ctx context.Context, history *store.Store, w *store.Write) error {
	if m.id, _ = w.Before.Fields["id"].(string); m.id == "" && !card.HasLogin(w.In) {
		out, _ := w.Result.(map[string]any)
		m.id, _ = out["id"].(string)
	}
	if !card.HasLogin(w.In) {
		return nil
	}
	m.login = strings.ToLower(w.In.(map[string]any)["user_id"].(string))
	if m.id != "" {
		return nil
	}
	logins, err := history.LoginsOf(ctx, *w)
	for id, login := range logins {
		if login == m.login {
			m.id = id
		}
	}
	return err
}

// findPeople gives writes that have a login the id that other writes of the run had for it, if that is always the same.
func findPeople(all []*made) {
	type person struct{ conn, login string }
	ids := map[person]map[string]bool{}
	for _, m := range all {
		if m.login != "" && m.id != "" {
			p := person{m.conn, m.login}
			if ids[p] == nil {
				ids[p] = map[string]bool{}
			}
			ids[p][m.id] = true
		}
	}
	for _, m := range all {
		if known := ids[person{m.conn, m.login}]; m.id == "" && len(known) == 1 {
			for id := range known {
				m.id = id
			}
		}
	}
}

// identified returns the call that takes the write back with the id in place of the login, which may be that of another person now.
func (m *made) identified(b engine.Back) engine.Back {
	b.ID = m.id
	if m.login == "" {
		return b
	}
	if m.id == "" {
		b.Named = true
		return b
	}
	b.Was, b.In = withID(b.Was, m), withID(b.In, m)
	return b
}

// withID returns an input with the id of a write in place of its login.
func withID(in engine.Value, m *made) engine.Value {
	fields, _ := in.(map[string]any)
	if user, _ := fields["user_id"].(string); strings.ToLower(user) != m.login {
		return in
	}
	fields = maps.Clone(fields)
	fields["user_id"] = m.id
	return fields
}

// wasMade reports whether an attempt changed something: as its answer says, or a person.
func wasMade(w *store.Write) bool {
	if w.Settled != nil {
		return *w.Settled
	}
	return w.Changed
}

// startedBy returns a run and those that it started, directly or not.
func startedBy(ctx context.Context, history *store.Store, run string) ([]string, error) {
	all := []string{run}
	for filter := (store.Filter{Parent: &run}); ; {
		page, err := history.Runs(ctx, filter)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		for _, one := range page {
			if one.GoesOn() {
				return nil, Usage("flowdeck stop "+one.ID+" stops it", "run %s, which run %s started, goes on", one.ID, run)
			}
			inner, err := startedBy(ctx, history, one.ID)
			if err != nil {
				return nil, err
			}
			all = append(all, inner...)
		}
		filter.Before = page[len(page)-1].ID
	}
	slices.Sort(all[1:])
	return all, nil
}

// placed finds the part of its run that a write belongs to. Steps run one after the other, but for the records of a loop and the branches of a
// parallel: the phase is the outermost loop or branches around the write, or else its own step.
func (m *made) placed(at engine.Place) {
	var around []engine.Place // the outermost first
	for p := at; !p.IsZero(); p = p.Around() {
		around = append(around, p)
	}
	slices.Reverse(around)
	phase := at
	for _, p := range around {
		if p.IsRecord() || p.IsBranch() {
			phase, m.whole = p.Around(), p.IsBranch()
			break
		}
	}
	if record := at.OuterRecord(); !record.IsZero() {
		m.record = record.Key()
		m.things = append(m.things, "record "+record.ID())
	}
	m.phase, m.name = m.run+" "+phase.ID(), phase.Name()
}

// touches finds the things of a write: what must be taken back one after the other. created has the ids of what the run created so far.
func (m *made) touches(target card.Card, w *store.Write, created map[string]bool) {
	m.things = append(m.things, "target "+w.Connection+" "+strings.ToLower(w.Target))
	in, _ := w.In.(map[string]any)
	for _, value := range in {
		if text, ok := value.(string); ok && created[text] {
			m.things = append(m.things, "id "+text)
		}
	}
	if out, ok := w.Result.(map[string]any); ok && target.EffectOf(w.In) == card.Creates {
		if id, ok := out["id"].(string); ok && id != "" {
			created[id] = true
			m.things = append(m.things, "id "+id)
		}
	}
}

// cannot is the reason why a write cannot be taken back.
type cannot string

func (c cannot) Error() string { return string(c) }

// back returns the call that takes a write back. The error is why there is none.
func (w *Workspace) back(one *store.Write) (engine.Back, error) {
	of, known := w.config.Cards[one.Card]
	switch {
	case !known:
		return engine.Back{}, cannot("this version of flowdeck has no card " + one.Card)
	case of.Undo.Extent == card.None || of.Undo.Card == "":
		return engine.Back{}, cannot("its card cannot be undone")
	case one.Err != nil && (one.Settled == nil || !*one.Settled):
		return engine.Back{}, cannot("a part of it was made before it failed, and it is not known which")
	case of.Undo.NeedsBefore && one.Before.IsZero():
		return engine.Back{}, cannot("the state before it was not kept")
	}
	was, out := found(one.In), found(one.Result)
	if out == nil || one.Settled != nil && *one.Settled && !card.Changed(out) { // a person found out that it was made
		out = map[string]any{"changed": true}
	}
	before := one.Before
	before.Fields, _ = found(before.Fields).(map[string]any)
	in, err := of.Back(was, out, before)
	switch lost := engine.Lost(one.In) != nil || engine.Lost(one.Result) != nil || engine.Lost(one.Before.Fields) != nil; {
	case lost && (err != nil || hasHidden(in)):
		return engine.Back{}, cannot("a secret that it needs was not kept, since there was no key")
	case err != nil:
		return engine.Back{}, cannot(card.AsError(err).Message)
	case in == nil:
		return engine.Back{}, cannot(strings.TrimSuffix("it cannot be undone in this case: "+of.Undo.Rest, ": "))
	}
	by, known := w.config.Cards[of.Undo.Card]
	if !known {
		return engine.Back{}, cannot("this version of flowdeck has no card " + of.Undo.Card)
	}
	if r := by.Refusal(in); r != nil && one.Result == nil {
		return engine.Back{}, cannot("a person found that it was made, and nobody knows its id")
	} else if r != nil {
		return engine.Back{}, cannot(r.Message)
	}
	b := engine.Back{Connection: one.Connection, Card: by, In: in, Of: of, Was: was}
	b.Left, b.Check = of.Left(was, before)
	if sets, err := by.After(in, before); err == nil && slices.ContainsFunc(b.Left.Unseen, func(name string) bool { return sets.Fields[name] != nil }) {
		b.Check = false // such as members by their logins: what would be overwritten is not known
	}
	if slices.ContainsFunc(b.Left.Fields, func(d card.Difference) bool { return hasHidden(d.New) }) {
		return engine.Back{}, cannot("a secret that it wrote was not kept, since there was no key: it is not known whether that was changed since")
	}
	return b, nil
}

// found returns a value with card.Hidden for each secret that was not kept: what takes a write back seldom needs it.
func found(v engine.Value) engine.Value {
	if engine.Lost(v) == nil {
		return v
	}
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = found(item)
		}
		return list
	case map[string]any:
		fields := make(map[string]any, len(v))
		for name, field := range v {
			fields[name] = found(field)
		}
		return fields
	}
	return card.Hidden
}

// hasHidden reports whether a part of a value is card.Hidden.
func hasHidden(v engine.Value) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(v, card.Hidden)
	case []any:
		return slices.ContainsFunc(v, hasHidden)
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), hasHidden)
	}
	return false
}
