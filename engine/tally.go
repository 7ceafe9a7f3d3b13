package engine

import (
	"errors"

	"github.com/flowdeck/flowdeck/engine/expr"
)

// Tally counts the records of a stream. When the stream has ended, Read, the number of started records, is OK + Skipped
// + Failed.
type Tally struct {
	Read, OK, Skipped, Failed int
	Canceled                  int      // records that a halt cut off
	Undecidable               int      // in a dry run: records that depend on a write that was not made; part of Skipped
	WithErrors                int      // OK records that ended SucceededWithErrors
	Total                     int      // the number of records to start, where it is known before the end; else 0
	First                     *Failure // the failed record that is first in the list; nil if none failed
	Fatal                     *Failure // the record whose failure ends the run; nil if there is none
	Values                    []Value  // values of the OK records in the order of the list; nil if they exceed Window.Values or Window.Bytes
	Groups                    Groups   `json:",omitzero"`
	Kept                      bool     // the values do not exceed these limits so far
	Full                      bool     // the stream was stopped, because the values of all streams exceed Window.Held. Those of a stream count until the record around it ends, or it runs again
	Results                   string   // the name under which a line for each record is kept; empty if nothing is kept
	Reading                   *Reading `json:",omitempty"` // how far another process has read the list: see Plan.List. nil: it was read here
	Resumed                   bool     // records ended in another process, before the run was resumed
	NotKept                   []Place  // the records that ended, and have no line because it could not be kept: at most Window.Width
}

// Failure is a record that failed, and its error.
type Failure struct {
	Index int
	Err   error
}

// Plus returns the sum of the counts of the records that ended before, which are those of t, and of later ones. It has Total and what was kept
// from the later ones.
func (t Tally) Plus(later Tally) Tally {
	sum := later
	sum.Read += t.Read
	sum.OK += t.OK
	sum.Skipped += t.Skipped
	sum.Failed += t.Failed
	sum.Canceled += t.Canceled
	sum.Undecidable += t.Undecidable
	sum.WithErrors += t.WithErrors
	sum.Groups = t.Groups.Plus(later.Groups)
	if t.First != nil && (later.First == nil || t.First.Index < later.First.Index) {
		sum.First = t.First
	}
	if t.Fatal != nil {
		sum.Fatal = t.Fatal
	}
	return sum
}

// Finished returns the number of records that have ended.
func (t Tally) Finished() int { return t.OK + t.Skipped + t.Failed }

// Count adds the result of one record.
func (t *Tally) Count(index int, out Outcome, err error) {
	switch {
	case errors.Is(err, errUndecidable):
		t.Skipped++
		t.Undecidable++
	case IsCanceled(err):
		t.Canceled++
	case err != nil:
		t.Failed++
		if t.First == nil || index < t.First.Index {
			t.First = &Failure{Index: index, Err: err}
		}
		if t.Fatal == nil && endsRun(err) {
			t.Fatal = &Failure{Index: index, Err: err}
		}
	case out.Status == Skipped:
		t.Skipped++
	default:
		t.OK++
		t.Groups.add(out.Group)
		if out.Status == SucceededWithErrors {
			t.WithErrors++
		}
	}
}

// items returns the values of the OK records; nil if there are more than are kept.
func (t Tally) items() Value {
	switch {
	case t.Undecidable > 0:
		return expr.Unknown{Of: "records that depend on a write", Text: "«records».items"}
	case t.Values != nil:
		return t.Values
	case t.OK == 0:
		return []any{}
	}
	return nil
}

// TallyType is the type of a loop's result. The values are made by value.
var TallyType = expr.ObjectOf(map[string]expr.Type{
	"read": expr.Int, "ok": expr.Int, "skipped": expr.Int, "failed": expr.Int, "results": expr.String,
}, false)

// value returns the tally as flows see it. The undecidable records of a dry run are unknown numbers of succeeded,
// skipped and failed records: only a real run can decide between them.
func (t Tally) value() map[string]any {
	if t.Undecidable > 0 {
		u := expr.Unknown{Of: "records that depend on a write", Text: "«records»"}
		return map[string]any{"read": t.Read, "ok": u.Field("ok"), "skipped": u.Field("skipped"), "failed": u.Field("failed"), "results": t.Results}
	}
	return map[string]any{"read": t.Read, "ok": t.OK, "skipped": t.Skipped, "failed": t.Failed, "results": t.Results}
}
