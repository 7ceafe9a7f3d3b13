package check

import "github.com/flowdeck/flowdeck/engine/expr"

// The types of the values that package engine makes. A test holds them to what it makes.
var (
	// failure is the type of `error`.
	failure = expr.ObjectOf(map[string]expr.Type{
		"kind": expr.String, "code": expr.String, "status": expr.Int, "message": expr.String, "hint": expr.String,
		"card": expr.String, "step": expr.String, "attempts": expr.Int, "details": expr.Any.OrNil(),
	}, false)

	// run is the type of `run`.
	run = expr.ObjectOf(map[string]expr.Type{
		"id": expr.String, "flow": expr.String, "by": expr.String, "started": expr.String,
	}, false)

	// tally is the type of a loop's result; that of an each has items as well.
	tally = expr.ObjectOf(map[string]expr.Type{
		"read": expr.Int, "ok": expr.Int, "skipped": expr.Int, "failed": expr.Int, "results": expr.String,
	}, false)

	// approval is the type of what a person decided.
	approval = expr.ObjectOf(map[string]expr.Type{
		"approved": expr.Bool, "by": expr.String, "note": expr.String.OrNil(), "at": expr.String,
	}, false)
)
