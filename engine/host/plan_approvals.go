package host

import (
	"strings"
)

// PlannedApproval is a step of a Plan that asks for an approval.
type PlannedApproval struct {
	Step    string   `json:"step"`              // in the flow
	Started string   `json:"started,omitempty"` // the flow of a run that it would start
	Prompt  string   `json:"prompt"`            // the first one by the alphabet, if it asks for several
	Count   int      `json:"count"`             // how often it asks
	By      []string `json:"by,omitempty"`      // who may decide; nil: anyone but who starts the run
	Self    bool     `json:"self,omitempty"`    // who starts the run may decide, too
	// Writes is how many of the plan's writes come before it asks for the first time, in a sequential run.
	Writes int `json:"writes_before"`
}

// approvals adds the approvals of a run of the plan, whose writes follow those that the plan has.
func (p *Plan) approvals(d *DryRun, started string) {
	for _, a := range d.Asks {
		before := len(p.Writes)
		for _, w := range d.Writes {
			if comparePaths(w.path, a.path) < 0 {
				before++
			}
		}
		p.Approvals = append(p.Approvals, PlannedApproval{
			Step: a.Step, Started: started, Prompt: a.Prompt, Count: a.Count, By: a.by, Self: a.self, Writes: before,
		})
	}
}

// Prompted returns the prompt in a line.
func (a PlannedApproval) Prompted() string { return promptLine(a.Prompt) }

// Deciders returns who may decide, for people.
func (a PlannedApproval) Deciders() string {
	switch {
	case len(a.By) > 0 && a.Self:
		return strings.Join(a.By, ", ")
	case len(a.By) > 0:
		return strings.Join(a.By, ", ") + ", but not who starts the run"
	case a.Self:
		return "anyone"
	}
	return "anyone but who starts the run"
}

// Before returns the first write that waits for the approval; nil if no write follows it in its run.
func (p *Plan) Before(a PlannedApproval) *PlannedWrite {
	if a.Writes < 0 || a.Writes >= len(p.Writes) || p.Writes[a.Writes].Started != a.Started {
		return nil
	}
	return &p.Writes[a.Writes]
}
