package expr

import "time"

// Scope is the input of an evaluation.
type Scope struct {
	Roots map[string]any // the values of the roots, in the value model; a missing root is nil
	Site  Site           // the place of the evaluation; nil: no clock and no seed
	Dry   bool           // dry run: the values may contain an Unknown
}

// Site is the place of an evaluation in a run. Its methods are only called if an expression needs them. Evaluations
// with the same Site, such as those of all inputs of a step, share its clock and its count.
type Site interface {
	Now() time.Time // returns the same time on every call
	Seed() string   // identifies the run and the place; uuid() and random() derive from Seed and Count
	Count() int     // returns the number of previous calls
}
