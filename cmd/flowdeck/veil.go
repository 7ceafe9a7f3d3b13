package main

import (
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// newVeil returns a veil over the secret inputs of a run.
func newVeil(p *engine.Plan, inputs map[string]engine.Value) *veil.Veil {
	v := veil.New()
	for _, in := range p.Inputs {
		if in.Secret {
			v.LearnValue(inputs[in.Name])
		}
	}
	return v
}
