package host

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
)

// Approval is a question that a run has asked, and what became of it. Secrets are hidden. Its JSON form is an item of `flowdeck approvals --json`.
type Approval struct {
	Run       string              `json:"run"`
	Flow      string              `json:"flow"`
	Step      string              `json:"step"` // its place in the run
	Prompt    string              `json:"prompt"`
	Show      engine.Value        `json:"show"`
	By        []string            `json:"by"` // who may decide; empty: anyone but who started the run
	Self      bool                `json:"self"`
	StartedBy string              `json:"started_by"` // empty: a trigger started it
	Status    store.ApprovalState `json:"status"`
	Digest    string              `json:"digest"`
	Asked     time.Time           `json:"asked"`
	Expires   time.Time           `json:"expires"`
	Decided   time.Time           `json:"decided,omitzero"`
	DecidedBy string              `json:"decided_by,omitempty"`
	Note      string              `json:"note,omitempty"`
	Used      time.Time           `json:"used,omitzero"` // when the run acted on the decision

	kept store.Approval
}

// Prompted returns the first part of the prompt, for a line.
func (a Approval) Prompted() string { return promptLine(a.Prompt) }

// tokenPrefix starts the name of somebody who uses a token of a server.
const tokenPrefix = "token "

// who returns a name as `by` has it: one person may have an account of the machine and a token with the same name.
func who(name string) string { return strings.TrimPrefix(name, tokenPrefix) }

// Approvals returns the approvals of a run, or of all runs if run is empty, in the order in which they were asked: the open ones or, if all is set, all.
func (w *Workspace) Approvals(ctx context.Context, run string, all bool) ([]Approval, error) {
	history, err := w.Kept()
	if err != nil || history == nil {
		return []Approval{}, err
	}
	kept, err := history.Approvals(ctx, run, all)
	if err != nil {
		return nil, err
	}
	found, runs, undone := make([]Approval, 0, len(kept)), map[string]store.Run{}, map[string]string{}
	for _, a := range kept {
		of, known := runs[a.Run]
		if !known {
			if of, err = history.Run(ctx, a.Run); err != nil {
				return nil, err
			}
			runs[a.Run] = of
		}
		if _, known := undone[a.Run]; !known && a.State == store.OpenApproval {
			if undone[a.Run], err = w.undoneBy(ctx, history, a.Run); err != nil {
				return nil, err
			}
		}
		if undone[a.Run] != "" && a.State == store.OpenApproval {
			a.State = store.WithdrawnApproval // the run cannot go on
		}
		one := newApproval(a, of)
		if all || one.Status == store.OpenApproval {
			found = append(found, one)
		}
	}
	return found, nil
}

func newApproval(a store.Approval, run store.Run) Approval {
	by := a.Ask.By
	if by == nil {
		by = []string{}
	}
	if a.State == store.OpenApproval && !run.GoesOn() && !run.Resumable() {
		a.State = store.WithdrawnApproval
	}
	return Approval{
		Run: a.Run, Flow: run.Flow, Step: a.Place.String(), Prompt: a.Ask.Prompt, Show: a.Ask.Show, By: by, Self: a.Ask.Self, StartedBy: run.Start.Person,
		Status: a.State, Digest: a.Digest, Asked: a.Asked, Expires: a.Expires, Decided: a.Decided, DecidedBy: a.Decider, Note: a.Note, Used: a.Used, kept: a,
	}
}

// WaitsForApproval reports whether an approval of the run is open.
func (r *Report) WaitsForApproval() bool {
	return slices.ContainsFunc(r.Approvals, func(a Approval) bool { return a.Status == store.OpenApproval })
}

// OpenApproval returns the approval of a run that is open, at a step if step is not empty. The error is a UsageError if there is none, or several.
func (w *Workspace) OpenApproval(ctx context.Context, run store.Run, step string) (Approval, error) {
	all, err := w.Approvals(ctx, run.ID, true)
	if err != nil {
		return Approval{}, err
	}
	return TheOpen(all, run, step)
}

// TheOpen returns the one of the approvals of a run that OpenApproval returns.
func TheOpen(all []Approval, run store.Run, step string) (Approval, error) {
	of := slices.DeleteFunc(slices.Clone(all), func(a Approval) bool { return step != "" && a.Step != step })
	open := slices.DeleteFunc(slices.Clone(of), func(a Approval) bool { return a.Status != store.OpenApproval })
	var steps []string
	for _, a := range open {
		steps = append(steps, a.Step+"  "+a.Prompted())
	}
	switch {
	case len(of) == 0 && step != "" && len(all) > 0:
		return Approval{}, Usage("flowdeck approvals lists what is asked", "run %s does not ask for an approval at %q", run.ID, step)
	case len(all) == 0:
		return Approval{}, Usage("flowdeck approvals lists what is asked", "run %s does not ask for an approval", run.ID)
	case len(open) > 1:
		return Approval{}, Usage("name the STEP:\n"+strings.Join(steps, "\n"), "run %s asks for %d approvals", run.ID, len(open))
	case len(open) == 1:
		return open[0], nil
	case len(of) > 0 && of[len(of)-1].kept.State == store.WithdrawnApproval && !run.GoesOn() && !run.Resumable():
		return Approval{}, Usage("", "run %s has ended: %s", run.ID, run.Status)
	}
	return Approval{}, of[len(of)-1].kept.NotOpen()
}

// approvedAs returns a UsageError if the run has acted on an approval of another flow than the one with which it would go on: what follows the step
// was not approved.
func approvedAs(ctx context.Context, history *store.Store, run store.Run, f *Checked) error {
	used, err := history.UsedApprovals(ctx, run.ID)
	if err != nil {
		return err
	}
	for _, a := range used {
		was, is := run.Digest, f.Plan.Digest() // of another run of the tree: it was approved that this flow is started
		switch of, err := history.Run(ctx, a.Run); {
		case err != nil:
			return err
		case a.Run == run.ID:
			was = a.Flow
		case f.started(of.Flow) != nil:
			was, is = a.Flow, f.started(of.Flow).Digest()
		}
		if was != is {
			return Usage("flowdeck run "+run.Flow+" starts a new run, which asks again; --as-started goes on with the flow as it was",
				"run %s acted on the approval of %s, which was for another version of the flow", run.ID, a.Place)
		}
	}
	return nil
}

// Verdict is what a person decides about an approval.
type Verdict struct {
	Person   string // who decides; of a token with "token " before its name
	Digest   string // of what the person has seen
	Approved bool
	Note     string // why; empty if there is no reason
}

// longestNote is the number of bytes of the note of a decision.
const longestNote = 2000

// Decide keeps the decision of a person. The error has the kind forbidden if the person may not decide, and conflict if the approval is not open
// any more, or asks another thing than the person has seen.
func (w *Workspace) Decide(ctx context.Context, a Approval, v Verdict) (Approval, error) {
	if err := a.May(v); err != nil {
		return a, err
	}
	history, err := w.History()
	if err != nil {
		return a, err
	}
	if undo, err := w.undoneBy(ctx, history, a.Run); err != nil {
		return a, err
	} else if undo != "" {
		return a, &card.Error{Kind: card.Conflict, Code: "withdrawn", Message: fmt.Sprintf("run %s was taken back by run %s, and does not go on", a.Run, undo)}
	}
	kept, err := history.Decide(ctx, a.kept, engine.Decision{Approved: v.Approved, By: v.Person, Note: v.Note})
	if err != nil {
		return a, err
	}
	run, err := history.Run(ctx, a.Run)
	return newApproval(kept, run), err
}

// May returns the error that Decide would return for a verdict, as far as it is known before.
func (a Approval) May(v Verdict) error {
	if err := a.mayDecide(v.Person); err != nil {
		return err
	}
	switch {
	case v.Digest != a.Digest:
		return &card.Error{
			Kind: card.Conflict, Code: "other_digest", Message: fmt.Sprintf("the digest is not that of what %s of run %s asks now", a.Step, a.Run),
			Hint: "look at it again: 'flowdeck approvals --json' prints the digest of what it shows",
		}
	case len(v.Note) > longestNote:
		return &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("the note has %d bytes; at most %d are kept", len(v.Note), longestNote)}
	}
	return nil
}

// mayDecide returns an error if a person may not decide.
func (a Approval) mayDecide(person string) error {
	no := func(hint, format string, args ...any) error {
		return &card.Error{Kind: card.Forbidden, Code: "not_approver", Message: fmt.Sprintf(format, args...), Hint: hint}
	}
	switch name := who(person); {
	case name == "":
		return no("", "it is not known who you are")
	case !a.Self && strings.EqualFold(name, who(a.StartedBy)):
		return no("another person must decide; with `self: true` in the flow, who started the run may", "%s started run %s, and may not decide about it", person, a.Run)
	case len(a.By) > 0 && !slices.ContainsFunc(a.By, func(by string) bool { return who(by) == name }):
		return no("only these may: "+strings.Join(a.By, ", "), "%s may not decide about %s of run %s", person, a.Step, a.Run)
	}
	return nil
}

// decided returns a decision for people.
func decided(d engine.Decision) string {
	text := "rejected by "
	if d.Approved {
		text = "approved by "
	}
	text += d.By
	if d.Note != "" {
		text += ": " + d.Note
	}
	return text
}
