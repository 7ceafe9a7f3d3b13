package engine

import (
	"context"
	"time"

	"github.com/flowdeck/flowdeck/engine/expr"
)

// RunLimit is how many runs of a flow may go on at a time, if they were started by a person, a trigger or a start. A flow that another
// one calls is a part of its run, and does not count.
type RunLimit struct {
	Limit int         // 1 or more
	Per   *Expression // of `inputs`: runs with the same value are counted together; nil: all are
	Busy  Busy        // what happens to a run over the limit
}

// Busy is what happens to a run over the limit. The texts are those of the language.
type Busy string

const (
	BusyQueue   Busy = "queue"   // it waits
	BusySkip    Busy = "skip"    // it ends as skipped
	BusyReplace Busy = "replace" // the others are stopped
	BusyFail    Busy = "fail"    // it fails
)

// Quota returns a text that is the same for the runs of p that are counted together; empty if p has no limit. given are the inputs of
// the run, so that it may have secrets.
func (p *Plan) Quota(given map[string]Value) (string, error) {
	if p.Runs == nil {
		return "", nil
	}
	inputs, err := p.accept(given)
	if err != nil || p.Runs.Per == nil {
		return p.Flow, err
	}
	scope := expr.Scope{Roots: map[string]any{"inputs": inputs}, Site: startSite{run: p.Flow}}
	v, err := p.Runs.Per.Program.Eval(context.Background(), scope)
	if err != nil {
		return "", located(err, p.Runs.Per.At)
	}
	key, err := ValueJSON{v}.MarshalJSON()
	if err != nil {
		return "", placed(invalid("", "`per` of the flow's runs: %v", err), p.Runs.Per.At(0))
	}
	return p.Flow + " " + string(key), nil
}

// startSite is the site of an expression that is evaluated before a run starts.
type startSite struct{ run string }

func (startSite) Now() time.Time { return time.Now() }
func (s startSite) Seed() string { return s.run }
func (startSite) Count() int     { return 0 }
