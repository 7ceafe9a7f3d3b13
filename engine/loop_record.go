package engine

import "github.com/flowdeck/flowdeck/engine/expr"

// turn returns the function that runs the loop at a place for one record. The frame must be lent.
func (l Loop) turn(f *frame, at Place, state Value) func(Runtime, Record) (Outcome, error) {
	return func(rt Runtime, r Record) (Outcome, error) {
		if f.earlier != nil && at.InRecord() && r.Err == nil {
			if out, ended := f.earlier(r); ended {
				return out, nil
			}
		}
		return l.take(f, rt, state, r)
	}
}

// take runs the helper flow or the steps for one record.
func (l Loop) take(f *frame, rt Runtime, state Value, r Record) (Outcome, error) {
	rt.Emit(Event{Kind: RecordStarted, Place: r.Place, Index: r.Index})
	out, err := Outcome{}, r.Err
	switch {
	case err != nil:
	case l.To != nil:
		out, err = l.helper(f, rt, state, r)
	default:
		out, err = l.body(f, rt, r)
	}
	if err != nil {
		out.Status = endOf(err, Failed)
	}
	rt.Emit(Event{Kind: RecordEnded, Place: r.Place, Status: out.Status, Err: err})
	return out, err
}

func (l Loop) helper(f *frame, rt Runtime, state Value, r Record) (Outcome, error) {
	g := f.inner(rt, r.Place)
	l.show(g, r.Value, r.Index)
	inputs, err := l.inputs(g, state, r)
	if err != nil {
		return Outcome{}, err
	}
	h, err := f.helper(rt, l.To, r.Place, inputs, l.Connections)
	if err != nil {
		return Outcome{}, err
	}
	out, err := h.flow()
	if err != nil || out.Status == Skipped || l.CountBy == nil {
		return out, err
	}
	g.roots["value"] = out.Value
	out.Group, err = l.group(g, r.Place)
	return out, err
}

// inputs returns the inputs of the helper for a record in the frame g.
func (l Loop) inputs(g *frame, state Value, r Record) (map[string]Value, error) {
	if l.Give != nil {
		return evalInputs(g, r.Place.Step("give"), l.To, *l.Give)
	}
	sent := map[string]Value{}
	for name, v := range map[string]Value{"record": r.Value, "state": state, "index": r.Index} {
		if _, ok := l.To.Input(name); ok {
			sent[name] = v
		}
	}
	return l.To.accept(sent)
}

// group returns the text by which a record is counted; nil if records are not counted.
func (l Loop) group(g *frame, at Place) (Value, error) {
	if l.CountBy == nil {
		return nil, nil
	}
	v, err := l.CountBy.eval(g, at.Step("count_by"))
	if err != nil {
		return nil, err
	}
	if u, unknown := expr.FirstUnknown(v); unknown {
		return u, nil
	}
	return Words(v), nil
}

// body runs the steps of Do in a new scope for the record.
func (l Loop) body(f *frame, rt Runtime, r Record) (Outcome, error) {
	g := f.inner(rt, r.Place)
	g.conns = connectionsOf(nil, f.conns, l.Connections, f.forced)
	l.show(g, r.Value, r.Index)
	done, err := g.list(l.Do)
	if err != nil {
		return Outcome{}, err
	}
	if done.ending == stopped {
		return done.skipped(), nil
	}
	out := Outcome{Status: g.status(), Value: done.value, Returned: done.ending == returned}
	if l.Collect != nil {
		if out.Value, err = l.Collect.eval(g, r.Place); err != nil {
			return Outcome{}, err
		}
		out.Returned = true
	}
	out.Group, err = l.group(g, r.Place)
	return out, err
}

// show makes the record and its index visible to expressions.
func (l Loop) show(g *frame, record Value, index int) {
	g.roots["record"], g.roots["index"] = record, index
	if l.As != "" {
		g.roots[l.As] = record
	}
}
