package temporal_test

import (
	"sync"

	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/enginetest"
	"github.com/flowdeck/flowdeck/engine/local"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

func configOf(s enginetest.Setup) temporal.Config {
	return temporal.Config{Run: s.Run, Cards: s.Cards, Listen: s.Listen, Keep: s.Keeper != nil}
}

// starts are the runs that a run starts.
type starts struct {
	mu       sync.Mutex
	admitted []startedRun
	ran      []startedRun // those whose workflows have run
}

type startedRun struct {
	Flow  string
	Start engine.Start
}

// local returns the part of a setup that activities use.
func (s *starts) local(setup enginetest.Setup) local.Config {
	c := local.Config{Cards: setup.Cards, Respond: setup.Respond, Keeper: setup.Keeper}
	if setup.Start != nil {
		c.Start = func(flow string, start engine.Start) error {
			err := setup.Start(flow, start)
			if err == nil {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.admitted = append(s.admitted, startedRun{flow, start})
			}
			return err
		}
	}
	return c
}

// child is the workflow of a run that was started.
func (s *starts) child(_ workflow.Context, job temporal.Job) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ran = append(s.ran, startedRun{job.Flow, job.Start})
	return nil
}
