package machines

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// mostPlan is the maximum size of a plan, compressed: with the flows and inputs of a run, and in base64, it must fit into one event of a history, which
// has at most 2 MB. It is that of about 12,000 updates of people.
const mostPlan = 1280 << 10

// MayHold returns a UsageError if a plan is too large for a run on Temporal.
func MayHold(p *host.Plan) error {
	_, err := packed(p)
	return err
}

// packed returns a plan as a Job has it: JSON that is compressed. Lists of people are long and alike: it takes about a tenth.
func packed(p *host.Plan) ([]byte, error) {
	text, err := card.EncodeJSON(p)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	to := gzip.NewWriter(&out) // a bytes.Buffer takes everything
	_, _ = to.Write(text)
	_ = to.Close()
	if out.Len() > mostPlan {
		return nil, host.Usage("run it without --on temporal, or plan parts of it, as with --max", "the plan is too large for a run on Temporal: %d KiB when it is compressed, and at most %d", out.Len()>>10, mostPlan>>10)
	}
	return out.Bytes(), nil
}

// unpacked returns the plan that a Job has; nil for no data.
func unpacked(data []byte) (*host.Plan, error) {
	if len(data) == 0 {
		return nil, nil
	}
	from, err := gzip.NewReader(bytes.NewReader(data))
	if err == nil {
		var p *host.Plan
		if p, err = host.ReadPlan(from); err == nil {
			return p, nil
		}
	}
	return nil, fmt.Errorf("the plan of the run cannot be read: %w", err)
}

// hold makes a job held to the plan.
func (o Order) hold(job *temporal.Job) (err error) {
	if err = o.Plan.Fits(o.Flow, o.On); err != nil {
		return err
	}
	job.Start.AsOf = o.Plan.AsOf()
	job.Plan, err = packed(o.Plan)
	return err
}

// holding compares calls with a plan.
type holding = func(c engine.Invocation, planned engine.AsOf, now card.State) *card.Error

// holds returns what holds the writes of a run to the plan with which it, or the run that started it, was started.
func (j *jobs) holds(ctx context.Context, run string) (holding, error) {
	of, err := j.of(ctx, run)
	if err == nil && of.holds == nil {
		err = fmt.Errorf("run %s has no plan", run)
	}
	return of.holds, err
}
