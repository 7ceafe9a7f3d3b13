package temporal_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/enginetest"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// The suite runs in Temporal's test environment, in a synctest bubble.
func TestTemporalPassesTheConformanceSuite(t *testing.T) {
	t.Parallel()
	enginetest.Run(t, enginetest.Host{
		Unit: time.Second, Virtual: true,
		Run: func(t *testing.T, s enginetest.Setup, body func(*testing.T, engine.Runtime, func())) {
			synctest.Test(t, func(t *testing.T) { newServer(t, s).run(body) })
		},
	})
}

// coarser are the tests that streams in workflows do not pass, by a part of their names, and why.
var coarser = map[string]string{
	"every_effect_of_a_run_has_a_unique_place":          "it sees only the effects in the workflow of the run",
	"a_thousand_empty_pages_in_a_row_are_an_error":      "the first page is read twice, since it decides where the stream runs",
	"a_page_is_retried_like_a_call":                     "a page that was read ahead is read again when the stream continues as new",
	"a_value_that_contains_the_one_before_is_not_neste": "the test environment cannot have thousands of child workflows",
}

// The suite runs with a workflow for each stream, and chunks of three records.
func TestStreamsInWorkflowsPassTheConformanceSuite(t *testing.T) {
	t.Parallel()
	enginetest.Run(t, enginetest.Host{
		Unit: time.Second, Virtual: true,
		Run: func(t *testing.T, s enginetest.Setup, body func(*testing.T, engine.Runtime, func())) {
			synctest.Test(t, func(t *testing.T) {
				v := newServer(t, s)
				if !slices.ContainsFunc(slices.Collect(maps.Keys(coarser)), func(name string) bool { return strings.Contains(t.Name(), name) }) {
					v.flows = &flows{}
					v.flows.of(s).Small(-1, 3, 2).Register(apartFromRuns{v.env})
				}
				v.run(body)
			})
		},
	})
}

// apartFromRuns registers workflows, except that of a run.
type apartFromRuns struct {
	*testsuite.TestWorkflowEnvironment
}

func (a apartFromRuns) RegisterWorkflowWithOptions(w any, o workflow.RegisterOptions) {
	if o.Name != temporal.RunWorkflow {
		a.TestWorkflowEnvironment.RegisterWorkflowWithOptions(w, o)
	}
}

// flows runs streams in workflows: it knows the plan of the run.
type flows struct {
	engine.Runtime
	plan *engine.Plan
}

func (f *flows) Runs(p *engine.Plan) { f.plan = p }

// of returns the workflows of a setup.
func (f *flows) of(s enginetest.Setup) temporal.Workflows {
	return temporal.Workflows{Cards: s.Cards, Listen: s.Listen, Plan: func(temporal.Origin) (*engine.Plan, error) { return f.plan, nil }}
}
