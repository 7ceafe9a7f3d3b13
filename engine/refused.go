package engine

import "github.com/flowdeck/flowdeck/engine/expr"

// refusal returns an error if a run of p can reach something that this version checks but cannot run, in p or in a flow
// that it runs. To run without an approval that the author relies on would be worse than not to run at all,
// and so would half a run. In a dry run approvals pass immediately.
func (p *Plan) refusal(dry bool, seen map[*Plan]bool) (err error) {
	if seen[p] {
		return nil
	}
	seen[p] = true
	walk(p.Steps, func(s *Step) {
		if verb, refused := s.Do.(Refused); refused && !dry && err == nil {
			err = placed(invalid("", "this version of flowdeck checks `%s` but cannot run it yet", verb.What), s.Pos)
		}
		if to := runs(s.Do); to != nil && err == nil {
			err = to.refusal(dry, seen)
		}
	})
	return err
}

// Refused is a verb that this version checks but cannot run. refusal prevents a real run from reaching it.
type Refused struct {
	leaf
	What string // the verb: "approve"
}

func (v Refused) run(_ *frame, at Place) (result, error) {
	return result{value: approval(at)}, nil
}

// ApprovalType is the type of the result of an approve. The values are made by approval.
var ApprovalType = expr.ObjectOf(map[string]expr.Type{
	"approved": expr.Bool, "by": expr.String, "note": expr.String.OrNil(), "at": expr.String,
}, false)

// approval returns the result of an approve that passes immediately, in a dry run.
func approval(at Place) map[string]any {
	u := expr.Unknown{Of: "approve", Text: "«" + at.String() + "»"}
	return map[string]any{"approved": true, "by": u.Field("by"), "note": u.Field("note"), "at": u.Field("at")}
}
