package engine

import (
	"context"

	"github.com/flowdeck/flowdeck/engine/expr"
)

// Start returns the inputs of the flow for an occasion, with the value of the root `trigger`.
func (t Trigger) Start(ctx context.Context, flow string, value Value) (map[string]Value, error) {
	f, scope := beforeStart(ctx, flow, map[string]any{"trigger": value})
	return t.Inputs.each(f, scope)
}

// beforeStart returns what expressions are evaluated with before a run of a flow starts.
func beforeStart(ctx context.Context, flow string, roots map[string]any) (*frame, expr.Scope) {
	f := &frame{rt: beforeRun{ctx: ctx}, roots: map[string]any{}}
	f.scopeOf(&bindings{values: map[string]any{}}, &bindings{values: map[string]any{}})
	return f, expr.Scope{Roots: roots, Site: startSite{run: flow}}
}

// beforeRun is the Runtime of expressions that are evaluated before a run starts. They use only its context.
type beforeRun struct {
	Runtime
	ctx context.Context
}

func (r beforeRun) Context() context.Context { return r.ctx }
