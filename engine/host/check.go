package host

import (
	"context"
	"errors"
	"path"
	"path/filepath"
	"slices"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// Checked is a flow without problems, ready to run. It is immutable.
type Checked struct {
	Plan     *engine.Plan
	Warnings flow.Problems
	chosen   map[string]string         // the user's choice of a connection for each service
	files    []string                  // of the checked flows, and flowdeck.yaml
	started  func(string) *engine.Plan // returns the plan of a flow that Plan can start, by name
}

// Check checks a flow and all flows that it runs. chosen is the user's choice of a connection for each service; it may
// be nil. If there are problems in these flows, the error is a ProblemsError.
func (w *Workspace) Check(f *flow.Flow, chosen map[string]string) (*Checked, error) {
	checker := w.checker()
	plan, problems := checker.Plan(f, chosen)
	used := checker.Files()
	for _, p := range w.Problems {
		if slices.Contains(used, p.Pos.File) {
			problems = append(problems, p)
		}
	}
	w.Settle(&problems)
	if problems.Err() != nil {
		return nil, w.Refuse(problems)
	}
	return &Checked{Plan: plan, Warnings: problems, chosen: chosen, files: used, started: checker.Planned}, nil
}

// checker returns a Checker for the flows of the workspace.
func (w *Workspace) checker() *check.Checker {
	c := check.New(w.config.Cards, w.config.Services, w.Workspace)
	c.Triggers = w.config.Triggers
	return c
}

// PlanOf returns the plan of the flow, or of one that it can start, by its name; nil if there is none.
func (c *Checked) PlanOf(flow string) *engine.Plan {
	if flow == c.Plan.Flow {
		return c.Plan
	}
	return c.started(flow)
}

// Uses returns the connections that a run can use.
func (c *Checked) Uses() []engine.Use { return c.Plan.Uses(c.chosen) }

// TriggerUse returns the connection of an event or a poll among the triggers of the flow.
func (c *Checked) TriggerUse(t engine.Trigger) engine.Use { return c.Plan.TriggerUse(t, c.chosen) }

// WritesTo reports whether a run of the flow can do anything other than read on a connection.
func (c *Checked) WritesTo(use engine.Use) (writes bool) {
	c.Plan.EachCard(c.chosen, func(of engine.Use, call engine.CallCard, _ flow.Pos) {
		writes = writes || of == use && call.Effect() != card.Reads
	})
	return writes
}

// OptionUses returns the connections from which the options of inputs are read.
func (c *Checked) OptionUses() []engine.Use { return c.Plan.OptionUses(c.chosen) }

// Findings are the problems of several flows. Problems.Print shows them, with Source.
type Findings struct {
	Problems flow.Problems
	Source   func(file string) []byte
	Flows    int // number of flows checked
	Seeds    int // number of seeds checked for themselves
	Tests    int // number of tests checked
	Settings int // number of files flowdeck.yaml checked for themselves
}

// CheckAll checks the flows of one file; the whole workspace if only is nil.
func (w *Workspace) CheckAll(only *flow.File) (all Findings) {
	checker := w.checker()
	flows := w.Flows()
	if only != nil {
		flows = only.Flows
	} else {
		all.Problems = checker.Workspace()
	}
	all.Problems = append(all.Problems, checker.Problems(flows)...)
	all.Flows, all.Source = len(flows), w.Source
	for _, p := range w.Problems {
		if only == nil || p.Pos.File == only.Name {
			all.Problems = append(all.Problems, p)
		}
	}
	w.Settle(&all.Problems)
	if only == nil {
		all.Problems = append(all.Problems, w.misconfigured(w.Connections)...)
		all.Problems.Sort()
	}
	return all
}

// checkSettings checks flowdeck.yaml.
func (w *Workspace) checkSettings() Findings {
	own := Findings{Source: w.Source, Settings: 1}
	for _, p := range w.CheckAll(nil).Problems {
		if p.Pos.File == w.File.Name {
			own.Problems = append(own.Problems, p)
		}
	}
	return own
}

// misconfigured returns the problems of connections that cannot work. Only those with settings that fit their service are
// checked. The messages are those of the service, which never contain a secret.
func (w *Workspace) misconfigured(conns []flow.Connection) (problems flow.Problems) {
	for _, conn := range conns {
		if conn.Type == nil || w.connectionProblems(conn).Err() != nil {
			continue
		}
		if err := w.config.Services[conn.Type.Text].Check(w.Settings(context.Background(), conn)); err != nil { // no secret is resolved
			if in := (*card.FileMistakes)(nil); errors.As(err, &in) {
				problems = append(problems, w.mistaken(path.Join(path.Dir(w.File.Name), filepath.ToSlash(in.File)), in.Mistakes)...)
				continue
			}
			e := w.config.Veil.Error(card.AsError(err))
			problems = append(problems, flow.Problem{
				Pos: conn.Name.Pos, Width: conn.Name.Width, Code: flow.CodeWrongType, Hint: e.Hint,
				Message: "connection " + conn.Name.Text + " cannot work: " + e.Message,
			})
		}
	}
	return problems
}

// mistaken returns the problems of a file other than flows, without its lines, which may have secrets. Two connections may have the same
// file: sorted, its problems are reported once.
func (w *Workspace) mistaken(file string, mistakes []card.FileMistake) (problems flow.Problems) {
	for _, m := range mistakes[:min(len(mistakes), mostMistakes)] {
		e := w.config.Veil.Error(&card.Error{Message: m.Message, Hint: m.Hint})
		problems = append(problems, flow.Problem{
			Pos: flow.Pos{File: file, Line: m.Line, Col: m.Column}, Code: flow.CodeWrongType, Message: e.Message, Hint: e.Hint,
		})
	}
	return problems
}

// mostMistakes is the maximum number of problems that are reported for a file of a connection.
const mostMistakes = 1000

// Problem is the JSON form of a problem.
type Problem struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Width    int    `json:"width"`
	Severity string `json:"severity"` // error or warning
	Code     string `json:"code"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
	Fix      *Fix   `json:"fix,omitempty"` // if it is certain what was meant
}

// Fix is the JSON form of the edit that mends a problem: it replaces characters of one line.
type Fix struct {
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Width  int    `json:"width"`
	Text   string `json:"text"`
}

// ProblemList returns the JSON form of problems. It is never nil.
func ProblemList(problems flow.Problems) []Problem {
	list := []Problem{}
	for _, p := range problems {
		severity := "error"
		if p.Warning {
			severity = "warning"
		}
		shown := Problem{p.Pos.File, p.Pos.Line, p.Pos.Col, p.Width, severity, p.Code, p.Message, p.Hint, nil}
		if p.Fix != nil {
			shown.Fix = &Fix{p.Fix.Pos.Line, p.Fix.Pos.Col, p.Fix.Width, p.Fix.Text}
		}
		list = append(list, shown)
	}
	return list
}
