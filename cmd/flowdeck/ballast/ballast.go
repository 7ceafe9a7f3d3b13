// Package ballast keeps the garbage collector from starting often. A run needs little memory at a time, so that it would start every few
// milliseconds, and several times before main.
//
// The package imports no package that is initialized late: it is initialized before the packages whose variables take long.
package ballast

import "runtime"

// memory makes the garbage collector start when this much more was allocated. It is never read, so that the system provides no memory for it.
var memory = make([]byte, 32<<20)

// Keep keeps the ballast until it is called: main defers it.
func Keep() { runtime.KeepAlive(memory) }
