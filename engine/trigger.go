package engine

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/schedule"
	"github.com/flowdeck/flowdeck/engine/words"
)

// Trigger is something that starts a flow.
type Trigger struct {
	Kind TriggerKind
	// Name is the cron expression of a schedule, the card of an event or a poll, and the name of a webhook.
	Name     string
	Pos      flow.Pos
	Inputs   Template  // of the flow: an object; its expressions read the root `trigger`
	Schedule *Schedule // of a ScheduleTrigger
	Webhook  *Webhook  // of a WebhookTrigger
	Source   *Source   // of an EventTrigger and a PollTrigger
	Roles    []string  // of a ManualTrigger: those of tokens that may start the flow
	// Known has the inputs of the flow that are known before it starts: those with a default, and those that the trigger gives as literals.
	// It is the root `inputs` of the settings of an event and a poll.
	Known map[string]Value
}

// TriggerKind is the kind of a Trigger. The texts are those of the language.
type TriggerKind string

const (
	ScheduleTrigger TriggerKind = "schedule"
	EventTrigger    TriggerKind = "event"
	PollTrigger     TriggerKind = "poll"
	WebhookTrigger  TriggerKind = "webhook"
	ManualTrigger   TriggerKind = "manual"
)

// ID returns a text that identifies the trigger among those of its flow, and stays the same while
// what it starts the flow for stays the same: for an event and a poll, what Source.Selects says.
func (t Trigger) ID() string {
	id := string(t.Kind) + " " + t.Name
	switch {
	case t.Kind == ManualTrigger: // it has no name
		return string(t.Kind)
	case t.Schedule != nil:
		id += " " + t.Schedule.Times.Zone().String()
	case t.Source != nil && t.Source.Selects != "":
		id += fmt.Sprintf(" %.4x", sha256.Sum256([]byte(t.Source.Selects)))
	}
	return id
}

// Schedule has the settings of a schedule, with their defaults.
type Schedule struct {
	Times   schedule.Schedule
	Overlap Overlap
	Missed  Missed
	Within  time.Duration // how far back missed times are run; 0: any
}

// Overlap is what happens at a time of a schedule while the run of the time before goes on. The texts are those of the language.
type Overlap string

const (
	OverlapQueue   Overlap = "queue"   // the run starts when the other has ended
	OverlapSkip    Overlap = "skip"    // no run starts
	OverlapReplace Overlap = "replace" // the other run is stopped
)

// Missed is which of the times run that were missed while nothing served the workspace. The texts are those of the language.
type Missed string

const (
	MissedAll  Missed = "all"
	MissedLast Missed = "last"
	MissedNone Missed = "none"
)

// MostMissed is the number of missed times of a schedule that run at most: the latest ones.
const MostMissed = 100

// Webhook has the settings of a webhook, with their defaults.
type Webhook struct {
	Method   string        // of its requests
	Wait     bool          // the caller waits for the result
	Responds bool          // the caller waits for the answer of a Respond of the flow
	Within   time.Duration // how long the caller waits
	// Body is set if the fields of the request's body are the inputs of the flow: the trigger has no `inputs`.
	Body bool
	// Secret is the reference to the secret that its requests are signed with; nil: they have a token.
	Secret Value
}

// LongestWithin is how long the caller of a webhook waits at most, and by default.
const LongestWithin = time.Minute

// Delegation returns the ManualTrigger of the flow; nil if it has none.
func (p *Plan) Delegation() *Trigger {
	for i := range p.Triggers {
		if p.Triggers[i].Kind == ManualTrigger {
			return &p.Triggers[i]
		}
	}
	return nil
}

// IsDelegated reports whether tokens with a role may start the flow, whatever else they may do.
func (p *Plan) IsDelegated(role string) bool {
	t := p.Delegation()
	return t != nil && slices.Contains(t.Roles, role)
}

// InputProblem is a reason why a flow cannot start with given inputs.
type InputProblem struct {
	Input   string `json:"input"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// InputProblems returns all reasons why the flow cannot start with these inputs, in the order of its inputs; then those that it does not have.
func (p *Plan) InputProblems(given map[string]Value) (problems []InputProblem) {
	var names []string
	for _, in := range p.Inputs {
		names = append(names, in.Name)
		v, ok := given[in.Name]
		switch {
		case !ok && in.Required:
			problems = append(problems, InputProblem{in.Name, "it is missing", in.About})
		case ok && in.Check != nil:
			if err := in.Check(v); err != nil {
				problems = append(problems, InputProblem{in.Name, err.Error(), in.About})
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(names, name) {
			problems = append(problems, InputProblem{name, "the flow has no input of this name", words.Hint("inputs", name, slices.Sorted(slices.Values(names)))})
		}
	}
	return problems
}
