package engine

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/flowdeck/flowdeck/engine/expr"
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
}

// TriggerKind is the kind of a Trigger. The texts are those of the language.
type TriggerKind string

const (
	ScheduleTrigger TriggerKind = "schedule"
	EventTrigger    TriggerKind = "event"
	PollTrigger     TriggerKind = "poll"
	WebhookTrigger  TriggerKind = "webhook"
)

// ID returns a text that identifies the trigger among those of its flow, and stays the same while what it starts the flow for stays the same.
func (t Trigger) ID() string {
	id := string(t.Kind) + " " + t.Name
	if t.Schedule != nil {
		id += " " + t.Schedule.Times.Zone().String()
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
	Wait bool // the caller waits for the result
	// Body is set if the fields of the request's body are the inputs of the flow: the trigger has no `inputs`.
	Body bool
	// Secret is the reference to the secret that its requests are signed with; nil: they have a token.
	Secret Value
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

// Start returns the inputs of the flow for an occasion, with the value of the root `trigger`.
func (t Trigger) Start(ctx context.Context, flow string, value Value) (map[string]Value, error) {
	f := &frame{rt: beforeRun{ctx: ctx}, roots: map[string]any{}}
	f.scopeOf(&bindings{values: map[string]any{}}, &bindings{values: map[string]any{}})
	return t.Inputs.each(f, expr.Scope{Roots: map[string]any{"trigger": value}, Site: startSite{run: flow}})
}

// beforeRun is the Runtime of expressions that are evaluated before a run starts. They use only its context.
type beforeRun struct {
	Runtime
	ctx context.Context
}

func (r beforeRun) Context() context.Context { return r.ctx }
