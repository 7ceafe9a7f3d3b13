package local_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/flow/flowtest"
	"github.com/flowdeck/flowdeck/engine/local"
)

// Ten times the flow is ten times the work of a dry run, which is that of a run without writes. It is not parallel: it
// counts what the process allocates.
func TestTheWorkOfADryRunGrowsWithTheFlow(t *testing.T) {
	all := flowtest.Growing("fake")
	delete(all, "calls of one flow")                        // n flows of n steps
	delete(all, "the whole of a scope")                     // n values of up to n variables
	delete(all, "variables that hold the one before twice") // too large
	for name, write := range all {
		if text := write(1); strings.Contains(text, "fake.") || strings.Contains(text, "call: f") {
			continue // cards of a service, and flows that run each other too deep
		}
		bytes := func(n int) float64 {
			plan, config := planned(t, write(n))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := engine.Run(local.New(t.Context(), config), plan, engine.Start{Run: "r1", DryRun: true, Inputs: plannedInputs(plan)})
			runtime.ReadMemStats(&after)
			if err != nil {
				t.Fatal(name, err)
			}
			return float64(after.TotalAlloc - before.TotalAlloc)
		}
		if few, more := bytes(60), bytes(600); more > 16*few {
			t.Errorf("%s: the run of 10 times the flow allocates %.1f times the bytes", name, more/few)
		}
	}
}

// plannedInputs are values for the inputs that a flow needs.
func plannedInputs(p *engine.Plan) map[string]engine.Value {
	given := map[string]engine.Value{}
	for _, in := range p.Inputs {
		if in.Required {
			given[in.Name] = "x"
		}
	}
	return given
}
