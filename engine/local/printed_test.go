package local_test

import (
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/local"
)

// A reason, a message and a code are always strings, even if the text is a single expression.
func TestAReasonAMessageAndACodeAreStrings(t *testing.T) {
	t.Parallel()
	for steps, want := range map[string]string{
		"- stop: 5":                                   "skipped: 5",
		"- stop: true":                                "skipped: true",
		"- stop: ${ 5 }":                              "skipped: 5",
		"- stop: ${ 1.50 }":                           "skipped: 1.5",
		"- stop: ' ${ inputs.any } '":                 "failed: cannot convert an object to a string",
		"- stop: ${ inputs.none }":                    "failed: cannot convert nil to a string",
		"- fail: ${ inputs.any }":                     "failed: cannot convert an object to a string",
		"- fail: ${ inputs.none }":                    "failed: cannot convert nil to a string",
		"- fail: ${ 7 }":                              "failed: 7",
		"- fail: {message: m, code: 5}":               "failed: m [5]",
		"- fail: {message: m, code: '${ 5 }'}":        "failed: m [5]",
		"- fail: {message: m}":                        "failed: m",
		"- fail: {message: 1.5, code: '$${x} costs'}": "failed: 1.5 [${x} costs]",
	} {
		t.Run(steps, func(t *testing.T) {
			t.Parallel()
			plan, config := planned(t, "flow: f\ninputs: {any: {default: {x: 1}}, none: {default: null}}\nsteps:\n  "+steps+"\n")
			out, err := engine.Run(local.New(t.Context(), config), plan, engine.Start{Run: "r1"})
			got := string(out.Status) + ": " + out.Reason
			if e := card.AsError(err); e != nil {
				got += e.Message
				if e.Code != "" {
					got += " [" + e.Code + "]"
				}
			}
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}
