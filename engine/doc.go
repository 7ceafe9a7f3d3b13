// Package engine is the interpreter of flows.
//
// A flow goes through three types. flow.Flow is syntax: YAML with places. Plan, made by package check,
// is a flow that has been checked: every expression compiled, every card and helper found. An Outcome is
// how a run of it ended. Only the first knows YAML, and only a Runtime touches the world:
//
//	flow.Flow ──check──▶ Plan ──Run(Runtime)──▶ Outcome
//
// The interpreter is plain sequential Go, one file per verb of the language (call_card.go, loop.go,
// try.go, …). It has no goroutine, no clock and no network: whatever it does to the world goes through
// the Runtime it is given, which is what lets one interpreter run on goroutines of this process (package
// local) and elsewhere. What every Runtime must do is written down as tests in package enginetest.
//
// Three things can come of a step: a value, an early end of its flow (return, stop), or an error.
// Retries are made here and nowhere else.
package engine
