package temporal

import "github.com/flowdeck/flowdeck/engine"

// WrittenBy returns the writes of a run so far, whose Config has Workflows.
func WrittenBy(rt engine.Runtime) []Written { return rt.(strand).run.made.Writes }
