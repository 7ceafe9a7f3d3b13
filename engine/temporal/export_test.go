package temporal

import "github.com/flowdeck/flowdeck/engine"

// WrittenBy returns the writes of a run so far.
func WrittenBy(rt engine.Runtime) []*Written { return rt.(strand).run.written }
