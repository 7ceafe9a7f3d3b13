package host

import (
	"maps"
	"slices"

	"github.com/flowdeck/flowdeck/engine/veil"
)

// Hidden returns a copy of the report that may be shown: secrets are hidden in all data from outside. The report's own
// words, such as names of fields and streams, statuses and kinds of errors, do not change, even if a secret is the same
// word.
func (r *Report) Hidden() *Report {
	h, v := *r, r.veil
	h.Reason, h.Result, h.Error = v.String(r.Reason), v.Value(r.Result), r.Error.hidden(v)
	h.Response = r.Response.hidden(v)
	h.Steps = make([]*Step, len(r.Steps))
	for i, step := range r.Steps {
		copied := *step
		copied.Error = step.Error.hidden(v)
		h.Steps[i] = &copied
	}
	h.Streams = maps.Clone(r.Streams)
	for id, c := range h.Streams {
		if c.NotKept > 0 {
			copied := *c
			copied.NotKeptRecords = make([]string, len(c.NotKeptRecords))
			for i, record := range c.NotKeptRecords {
				copied.NotKeptRecords[i] = v.String(record)
			}
			h.Streams[id] = &copied
		}
	}
	h.Errors = slices.Clone(r.Errors)
	for i, g := range h.Errors {
		h.Errors[i].Code, h.Errors[i].Message, h.Errors[i].First, h.Errors[i].Title = v.String(g.Code), v.String(g.Message), v.String(g.First), v.String(g.Title)
	}
	h.Doubts = slices.Clone(r.Doubts)
	for i, d := range h.Doubts {
		h.Doubts[i].Step, h.Doubts[i].Title, h.Doubts[i].Target = v.String(d.Step), v.String(d.Title), v.String(d.Target)
	}
	h.Approvals = slices.Clone(r.Approvals)
	for i, a := range h.Approvals {
		h.Approvals[i].Step, h.Approvals[i].Prompt, h.Approvals[i].Show, h.Approvals[i].Note = v.String(a.Step), v.String(a.Prompt), v.Value(a.Show), v.String(a.Note)
	}
	h.Connections = maps.Clone(r.Connections)
	for name, c := range h.Connections {
		c.Org, c.As = v.String(c.Org), v.String(c.As)
		h.Connections[name] = c
	}
	if r.DryRun != nil {
		h.DryRun = r.DryRun.hidden(v)
	}
	h.Started = slices.Clone(r.Started)
	for i, started := range h.Started {
		h.Started[i] = started.Hidden()
	}
	return &h
}

// hidden returns the failure without secrets; nil if it is nil.
func (f *Failure) hidden(v *veil.Veil) *Failure {
	if f == nil {
		return nil
	}
	h := *f
	h.Described = f.Described.Hidden(v)
	h.Problems = slices.Clone(f.Problems)
	for i, p := range h.Problems {
		h.Problems[i].Message, h.Problems[i].Hint = v.String(p.Message), v.String(p.Hint)
	}
	return &h
}

// hidden returns the writes without secrets.
func (d *DryRun) hidden(v *veil.Veil) *DryRun {
	h := &DryRun{Writes: make([]Withheld, len(d.Writes)), Beyond: d.Beyond}
	for _, a := range d.Asks {
		h.Asks = append(h.Asks, &Ask{Step: v.String(a.Step), Prompt: v.String(a.Prompt), Count: a.Count})
	}
	for i, w := range d.Writes {
		in, _ := v.Value(w.Input).(map[string]any)
		h.Writes[i] = Withheld{Card: w.Card, Target: v.String(w.Target), Input: in, Step: v.String(w.Step), Name: v.String(w.Name), Record: v.String(w.Record)}
	}
	return h
}
