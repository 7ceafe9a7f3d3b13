package host

import (
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/files"
)

// mostNested is how deep the runs of a trial may start each other: each runs on the stack of the one that starts it.
const mostNested = 100

// A Trial is a run of which nothing is kept, as in a test of a flow. It does the same each time: records and branches run one after another,
// and a run that another one starts ends before the other goes on.
type Trial struct {
	// ID is the id of the run, from which uuid() and random() derive. Two trials in one workspace need two.
	ID string
	// Decide decides about an approval in place of people. The step that asks fails if it does not allow the person. nil: a run that asks fails.
	Decide func(engine.Approval) engine.Decision
	// Refused is called with the error of a decision by somebody who may not decide, and if nobody decides. nil: nothing is called.
	Refused func(error)
	// Read is called, on any goroutine, with each answer of a card that reads. nil: nothing is called.
	Read func(answer engine.Value)
}

// await decides about approvals, as local.Config.Await does.
func (t *Trial) await(s engine.Start, at engine.Place, asks engine.Approval) (engine.Decision, error) {
	if t.Decide == nil {
		err := &card.Error{Kind: card.Failed, Message: "nobody decides about the approval: " + promptLine(asks.Prompt)}
		if t.Refused != nil {
			t.Refused(err)
		}
		return engine.Decision{}, err
	}
	d := t.Decide(asks)
	if err := (Approval{Run: s.Run, Step: at.String(), By: asks.By, Self: asks.Self, StartedBy: s.Person}).mayDecide(d.By); err != nil {
		if t.Refused != nil {
			t.Refused(err)
		}
		return engine.Decision{}, err
	}
	return d, nil
}

// Elsewhere returns the workspace with another configuration and another folder for everything that runs read and write. It shares the flows,
// which stay checked, and keeps a history of its own.
func (w *Workspace) Elsewhere(dir string, change func(*Config)) *Workspace {
	other := *w
	other.Dir, other.history = dir, &history{}
	change(&other.config)
	other.config.observers, other.config.exchanged = nil, nil
	other.files = files.New(dir, other.config.State)
	if other.config.Clock != nil {
		other.files.Now = other.config.Clock.Now
	}
	return &other
}
