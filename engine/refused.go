package engine

import (
	"time"

	"github.com/flowdeck/flowdeck/engine/expr"
)

// Refused is a verb of the language that this version checks and does not run.
type Refused struct {
	leaf
	What string // "approve"
}

func (v Refused) run(f *frame, _ Place) (result, error) {
	if f.dry {
		return result{value: approval(f.rt.Now())}, nil
	}
	return result{}, invalid("", "this version of flowdeck checks `%s` but cannot run it yet", v.What)
}

// ApprovalType is the type of an approve's result, which approval makes.
var ApprovalType = expr.ObjectOf(map[string]expr.Type{
	"approved": expr.Bool, "by": expr.String, "note": expr.String.OrNil(), "at": expr.String,
}, false)

// approval is the result of an approve that passes at once.
func approval(now time.Time) map[string]any {
	return map[string]any{"approved": true, "by": "", "note": nil, "at": now.UTC().Format(time.RFC3339)}
}
