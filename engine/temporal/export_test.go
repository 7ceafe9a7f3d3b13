package temporal

import "github.com/flowdeck/flowdeck/engine"

// WrittenBy returns the writes of a run so far, whose Config has Workflows.
func WrittenBy(rt engine.Runtime) []Written { return rt.(strand).run.made.Writes }

// NotMadeBy returns the writes that such a run did not make, since its plan does not have them.
func NotMadeBy(rt engine.Runtime) []NotMade { return rt.(strand).run.made.NotMade }

// Small returns workflows that give each stream with more than inPlace records a workflow, which continues as new after handed chunks.
func (w Workflows) Small(inPlace, chunk, handed int) *Workflows {
	w.bounds = usual
	w.bounds.inPlace, w.bounds.chunk, w.bounds.handed = inPlace, chunk, handed
	return &w
}

var Marks = marks
