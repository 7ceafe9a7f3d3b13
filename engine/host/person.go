package host

import (
	"context"
	"errors"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/store"
)

// Act is an attempt of a write, for people.
type Act struct {
	Time       time.Time         `json:"time"`
	Run        string            `json:"run"`
	Flow       string            `json:"flow"`
	By         string            `json:"by"`
	Step       string            `json:"step"`
	Card       string            `json:"card"`
	Connection string            `json:"connection,omitempty"`
	Target     string            `json:"target"`
	Result     ActResult         `json:"result"`
	Error      *engine.Described `json:"error,omitempty"`
}

// ActResult is what is known of a write.
type ActResult string

const (
	ActChanged   ActResult = "changed"
	ActUnchanged ActResult = "unchanged" // it was as wanted already
	ActFailed    ActResult = "failed"
	ActInDoubt   ActResult = "in_doubt" // it may have been done
	ActGoingOn   ActResult = "going_on" // the run waits for the answer
	ActDone      ActResult = "done"     // a person found out that it was done
	ActNotDone   ActResult = "not_done" // a person found out that it was not done
)

// pageOfActs is the number of writes that are read at a time.
const pageOfActs = 500

// Acts returns what any run did to a person or another thing since a time, the last first, and all texts by which it is known: a login leads to
// the id that had it at the time of the write, and back. more reports whether there are more than limit.
func (w *Workspace) Acts(ctx context.Context, subject string, since time.Time, limit int) (acts []Act, known []string, more bool, err error) {
	history, err := w.Kept()
	if err != nil || history == nil {
		return nil, nil, false, err
	}
	names, err := history.NamesOf(ctx, subject)
	if shared := (*store.AmbiguousError)(nil); errors.As(err, &shared) {
		return nil, nil, false, &UsageError{Err: shared, Hint: "give the id"}
	}
	if err != nil {
		return nil, nil, false, err
	}
	known = names.All
	runs := map[string]store.Run{}
	page := store.Page{Limit: pageOfActs}
	for {
		writes, err := history.HistoryOf(ctx, known, page)
		if err != nil {
			return nil, nil, false, err
		}
		full := len(writes) == pageOfActs
		if full {
			page.After = writes[len(writes)-1].At
		}
		if writes, err = history.Of(ctx, names, writes); err != nil {
			return nil, nil, false, err
		}
		for _, write := range writes {
			if write.Began.Before(since) { // a resumed run may have written later than newer runs
				continue
			}
			if len(acts) == limit {
				return acts, known, true, nil
			}
			run, read := runs[write.Run]
			if !read {
				if run, err = history.Run(ctx, write.Run); err != nil {
					return nil, nil, false, err
				}
				runs[write.Run] = run
			}
			acts = append(acts, actOf(write, run))
		}
		if !full {
			return acts, known, false, nil
		}
	}
}

func actOf(w store.Write, run store.Run) Act {
	a := Act{
		Time: w.Began, Run: w.Run, Flow: run.Flow, By: run.Start.By, Step: w.Place.String(), Card: w.Card, Connection: w.Connection, Target: w.Target,
	}
	if w.Err != nil {
		described := engine.Describe(w.Err)
		a.Error = &described
	}
	switch {
	case w.Settled != nil && *w.Settled:
		a.Result = ActDone
	case w.Settled != nil:
		a.Result = ActNotDone
	case w.Ended.IsZero() && run.Status == store.Running:
		a.Result = ActGoingOn
	case w.Doubt:
		a.Result = ActInDoubt
	case w.Changed:
		a.Result = ActChanged
	case w.Err != nil:
		a.Result = ActFailed
	default:
		a.Result = ActUnchanged
	}
	return a
}
