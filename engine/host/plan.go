package host

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/store"
)

// planVersion is the version of the form of a Plan. A Plan of another version is refused.
const planVersion = 1

// Plan is what a run of a flow would change, as a dry run found it that read the state before each write. A run can be held to it: see Run.Plan.
// Its JSON form is the file of `flowdeck plan --out`. It has no secrets.
type Plan struct {
	Version int       `json:"version"`
	ID      string    `json:"id"` // of the dry run that made it
	Made    time.Time `json:"made"`
	By      string    `json:"by"`              // who made it
	Asked   bool      `json:"asked,omitempty"` // it was made for the question before a run, and not for a file
	Flow    string    `json:"flow"`
	Source  string    `json:"flow_digest"` // of the flow, the flows that it runs and their cards: see engine.Plan.Digest

	Inputs      map[string]any         `json:"inputs"`           // without those in Secrets
	Secrets     []string               `json:"secrets"`          // the names of the secret inputs that were given: a run needs them again
	Chosen      map[string]string      `json:"chosen,omitempty"` // service → connection, as the person chose
	Picks       map[string]engine.Pick `json:"picks,omitempty"`
	Connections []store.Connection     `json:"connections"`

	Status  engine.Status `json:"status"` // of the dry run
	Reason  string        `json:"reason,omitempty"`
	Error   *Failure      `json:"error,omitempty"`
	Summary PlanSummary   `json:"summary"`
	// Limits are those of the flows, and how far the run would use them: see Report.Limits.
	Limits map[engine.Measure]*Allowance `json:"limits,omitempty"`

	Writes []PlannedWrite `json:"writes"` // in the order of a sequential run; those of started runs come last
	// Approvals are the steps that ask for an approval, in the same order.
	Approvals   []PlannedApproval `json:"approvals,omitempty"`
	Undecidable []Undecidable     `json:"undecidable"`
	Failed      []Undecidable     `json:"failed,omitempty"` // records that failed before the run, as a read did
}

// PlanSummary counts the writes of a Plan.
type PlanSummary struct {
	Calls       int `json:"calls"`
	Changes     int `json:"changes"`
	AlreadySo   int `json:"already_so"`
	MayChange   int `json:"may_change"`          // it is not known before the run
	Destructive int `json:"destructive"`         // of those that change something, or may
	Approvals   int `json:"approvals,omitempty"` // how often it asks for one
	Undecidable int `json:"undecidable"`         // records
	Failed      int `json:"failed"`              // records
}

// Undecidable is a record, or the whole run, of which a Plan cannot know what it would do, or which failed.
type Undecidable struct {
	Record string `json:"record"` // its place in the run; empty for the run itself
	Reason string `json:"reason"`
	Place  string `json:"place,omitempty"` // the position in the flow; empty if it is not known
}

// PlannedWrite is a call of a Plan that may change something.
type PlannedWrite struct {
	Run        string       `json:"run"`               // the planned run: the plan's ID, or that of a run that it would start
	Place      engine.Place `json:"place"`             // in that run
	Started    string       `json:"started,omitempty"` // the flow of a run that it would start
	Step       string       `json:"step"`              // Place for people
	Name       string       `json:"name,omitempty"`
	Record     string       `json:"record,omitempty"` // the key of the innermost record
	Card       string       `json:"card"`
	Connection string       `json:"connection,omitempty"`
	Target     string       `json:"target"`
	Effect     string       `json:"effect"`

	Names   map[string]string `json:"names,omitempty"` // what people call the things whose ids are in Changes
	Input   map[string]any    `json:"input"`
	Unknown [][]string        `json:"unknown,omitempty"` // the paths in Input of values that are only known in the run: any value may be there
	// Shared is set if records that are processed at the same time write to one thing: its state before depends on their order, and is not compared.
	Shared bool `json:"shared,omitempty"`
	// Before is the state before the call; nil if it is not known.
	Before *card.State `json:"before,omitempty"`
	Judgement
}

// Judgement is what is known of a write, which follows from its inputs and the state before it.
type Judgement struct {
	Verdict PlanVerdict     `json:"verdict"`
	Reason  string          `json:"reason,omitempty"`  // of MayChange
	Creates bool            `json:"creates,omitempty"` // what it changes does not exist before
	Deletes bool            `json:"deletes,omitempty"` // what it changes does not exist afterwards
	Changes []PlannedChange `json:"changes,omitempty"`
	Unseen  []string        `json:"unseen,omitempty"` // what it changes that cannot be read: see card.Predicted
}

// PlannedChange is a field that a write of a Plan changes.
type PlannedChange struct {
	Path []string `json:"path"`
	Old  any      `json:"old"`
	New  any      `json:"new"`
}

// PlanVerdict is what a Plan knows of a write.
type PlanVerdict string

const (
	WillChange PlanVerdict = "change"
	AlreadySo  PlanVerdict = "already_so"
	MayChange  PlanVerdict = "may_change"
)

// NewPlan returns the plan of a run: its report is that of a dry run with Start.Plan. Secrets are hidden.
func NewPlan(r *Report) *Plan {
	made := r.plan
	p := &Plan{
		Version: planVersion, ID: r.Run, Made: made.at, By: cmp.Or(made.start.By, made.start.Person), Flow: r.Flow, Source: made.digest,
		Chosen: made.start.Connections, Picks: made.start.Picks, Connections: made.connections, Inputs: map[string]any{}, Secrets: []string{}, Writes: []PlannedWrite{}, Undecidable: []Undecidable{},
		Status: r.Status, Reason: r.Reason, Error: r.Error, Limits: r.Limits,
	}
	for _, in := range made.inputs {
		value, given := made.start.Inputs[in.Name]
		switch {
		case !given:
		case card.HasSecrets(in.Schema) || in.Secret || !reflect.DeepEqual(r.veil.Value(value), value):
			p.Secrets = append(p.Secrets, in.Name)
		default:
			p.Inputs[in.Name] = value
		}
	}
	if r.Status == engine.Undecidable {
		p.Undecidable = append(p.Undecidable, Undecidable{Reason: r.Reason})
	}
	chain := newChain()
	started := slices.SortedFunc(slices.Values(r.Started), func(a, b *Report) int { return cmp.Compare(a.nth, b.nth) })
	for _, of := range append([]*Report{r}, started...) {
		flow := ""
		if of != r {
			flow = of.Flow
		}
		p.approvals(of.DryRun, flow)
		for _, w := range of.DryRun.Writes {
			chain.add(p, w, made.names)
			p.Writes[len(p.Writes)-1].Started = flow
		}
		p.Undecidable = append(p.Undecidable, of.DryRun.undecidable...)
		p.Failed = append(p.Failed, of.DryRun.failed...)
	}
	p.Summary = p.summary()
	p.hide(r)
	return p
}

// summary counts what is in the plan.
func (p *Plan) summary() PlanSummary {
	s := summaryOf(p.Writes)
	s.Undecidable, s.Failed = len(p.Undecidable), len(p.Failed)
	for _, a := range p.Approvals {
		s.Approvals += a.Count
	}
	return s
}

func summaryOf(writes []PlannedWrite) PlanSummary {
	s := PlanSummary{Calls: len(writes)}
	for _, w := range writes {
		switch w.Verdict {
		case WillChange:
			s.Changes++
		case AlreadySo:
			s.AlreadySo++
		case MayChange:
			s.MayChange++
		}
		if w.Verdict != AlreadySo && w.Effect == card.Destroys.String() {
			s.Destructive++
		}
	}
	return s
}

// hide removes secrets from what comes from outside.
func (p *Plan) hide(r *Report) {
	v := r.veil
	object := func(in map[string]any) map[string]any {
		out, _ := v.Value(in).(map[string]any)
		return out
	}
	p.Reason, p.Error = v.String(p.Reason), p.Error.hidden(v)
	for i := range p.Writes {
		w := &p.Writes[i]
		if text := w.Place.String(); v.String(text) != text { // a key is secret: nothing can be held to such a place
			w.Place = engine.Place{}
		}
		w.Target, w.Step, w.Name = v.String(w.Target), v.String(w.Step), v.String(w.Name)
		w.Record, w.Reason, w.Input = v.String(w.Record), v.String(w.Reason), object(w.Input)
		if w.Before != nil {
			before := card.State{Missing: w.Before.Missing, Fields: object(w.Before.Fields)}
			for id, name := range w.Before.Names {
				if before.Names == nil {
					before.Names = map[string]string{}
				}
				before.Names[v.String(id)] = v.String(name)
			}
			w.Before = &before
		}
		for id, name := range w.Names {
			w.Names[id] = v.String(name)
		}
		for j, change := range w.Changes {
			w.Changes[j].Old, w.Changes[j].New = v.Value(change.Old), v.Value(change.New)
		}
	}
	for i, a := range p.Approvals {
		p.Approvals[i].Step, p.Approvals[i].Prompt = v.String(a.Step), v.String(a.Prompt)
	}
	for _, list := range [][]Undecidable{p.Undecidable, p.Failed} {
		for i, u := range list {
			list[i].Record, list[i].Reason = v.String(u.Record), v.String(u.Reason)
		}
	}
}

// Digest identifies what a run is held to: an approval is bound to it. What is only shown of it, which follows from the rest, has no part in it.
func (p *Plan) Digest() string {
	held := *p
	held.Summary, held.Limits, held.Approvals, held.Writes = PlanSummary{}, nil, nil, slices.Clone(p.Writes)
	for i := range held.Writes {
		held.Writes[i].Judgement = Judgement{}
	}
	data, err := card.EncodeJSON(&held)
	if err != nil { // every value of the model has JSON
		panic(err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// judge sets what is known of a write, from its inputs, the state before it and what the card makes of that.
func (w *PlannedWrite) judge(c card.Card, after card.Predicted) {
	w.Judgement = Judgement{Verdict: MayChange}
	switch {
	case len(w.Unknown) > 0:
		w.Reason = "an input is the result of an earlier write"
	case !c.HasBefore() || !c.HasAfter():
		w.Reason = w.Card + " cannot show what it changes"
	case w.Before == nil:
		w.Reason = "the state before cannot be read in one request"
	case after.Refused != "":
		w.Reason = "the call fails: " + after.Refused
	case w.Before.Missing && !after.Gone && !makes(w.Card):
		w.Reason = "it does not exist, so that the call fails"
	case w.Effect == card.Creates.String() && !w.Before.Missing && !after.Changes(*w.Before):
		w.Reason = "it exists already, so that the call fails or makes another one"
	case !after.Changes(*w.Before):
		w.Verdict = AlreadySo
	default:
		w.Verdict, w.Unseen, w.Deletes, w.Creates = WillChange, after.Unseen, after.Gone, w.Before.Missing && !after.Gone
		for _, d := range after.Differences(*w.Before) {
			w.Changes = append(w.Changes, PlannedChange(d))
		}
	}
}

// makes reports whether a card may make the thing that it changes, by its verb.
func makes(name string) bool {
	return slices.Contains([]string{
		"create", "ensure", "push", "add", "assign", "insert", "upsert", "set", "write", "append", "import", "sync",
	}, name[strings.LastIndexByte(name, '.')+1:])
}

// unknownPaths appends the paths of the values in v that are only known in a run.
func unknownPaths(all [][]string, at []string, v any) [][]string {
	switch v := v.(type) {
	case expr.Unknown:
		return append(all, slices.Clone(at))
	case map[string]any:
		for name, field := range v {
			all = unknownPaths(all, append(at, name), field)
		}
	case []any:
		for i, item := range v {
			all = unknownPaths(all, append(at, fmt.Sprint(i)), item)
		}
	}
	return all
}

// planned is what a Plan has besides the report of its dry run.
type planned struct {
	at          time.Time
	start       engine.Start
	inputs      []engine.Input
	digest      string
	connections []store.Connection
	names       *names
}

// plans makes the run that is about to start a plan.
func (r *runs) plans(start *engine.Start) {
	now := r.workspace.config.Clock.Now()
	start.AsOf = &engine.AsOf{Run: start.Run, Time: now}
	plan := r.asked.Flow.Plan
	r.planned = &planned{
		at: now, start: *start, inputs: plan.Inputs, digest: plan.Digest(), connections: r.connections(), names: newNames(),
	}
}
