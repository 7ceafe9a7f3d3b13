// Package engine is the interpreter of flows.
//
// A flow has three types. flow.Flow is syntax: YAML with positions. Plan, made by package check, is a checked flow:
// every expression is compiled, every card and helper flow is resolved. Outcome is the result of a run. Only flow.Flow
// knows YAML, and only a Runtime has effects:
//
//	flow.Flow ──check──▶ Plan ──Run(Runtime)──▶ Outcome
//
// The interpreter is plain sequential Go, one file per verb of the language (call_card.go, loop.go, try.go, …). It has
// no goroutines, clock or network: every effect goes through the Runtime. So the same interpreter runs on goroutines of
// this process (package local) and elsewhere. Package enginetest specifies the behavior of a Runtime as tests.
//
// A step has one of three results: a value, an early end of its flow (return, stop), or an error. Retries are made here
// and nowhere else.
package engine
