package temporal

import (
	"slices"
	"testing"

	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
)

// A stream gives what it has learned to the next chunk, and takes it back if that does not start: a report must hide it.
func TestTheSecretsOfAChunkThatDoesNotStartAreKept(t *testing.T) {
	t.Parallel()
	suite := testsuite.WorkflowTestSuite{}
	env := suite.NewTestWorkflowEnvironment()
	env.ExecuteWorkflow(func(ctx workflow.Context) ([]string, error) {
		s, err := start(ctx, Config{Run: "r1", Workflows: &Workflows{}}, true)
		if err != nil {
			return nil, err
		}
		s.run.learned([]string{"sw0rdfish"})
		st := &stream{strand: s}
		st.starting, st.close = workflow.WithCancel(s.ctx)
		st.close()
		st.hand([]engine.Record{{}})
		s.run.learned([]string{"later"})
		err = workflow.Await(ctx, func() bool { return st.going == 0 })
		return s.run.made.Secrets, err
	})
	var kept []string
	if err := env.GetWorkflowResult(&kept); err != nil || !slices.Equal(kept, []string{"sw0rdfish", "later"}) {
		t.Errorf("got %q, %v", kept, err)
	}
}
