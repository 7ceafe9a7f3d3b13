package expr

import "time"

// Scope is the input of an evaluation.
type Scope struct {
	Roots map[string]any // the values of the roots, in the value model; a missing one reads as nil
	Site  Site           // where the evaluation happens; nil: there is no clock and no seed
	Dry   bool           // the values may hold an Unknown
}

// Site is the place of an evaluation in a run. It is asked only if an expression needs it. The evaluations that share
// a Site, such as those of all inputs of a step, share its clock and its count.
type Site interface {
	Now() time.Time // the same at every call
	Seed() string   // the run and the place: uuid() and random() derive from it and from Count
	Count() int     // how many calls of uuid() and random() came before; counts this one
}
