package graph

import (
	"testing"
	"testing/fstest"

	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/flow/flowtest"
)

// Ten times the flow is ten times the work. It is not parallel: it counts what the process allocates.
func TestTheWorkOfAGraphGrowsWithTheFlow(t *testing.T) {
	for name, write := range flowtest.Growing("fake") {
		work := func(n int) float64 {
			ws, _ := flow.Load(fstest.MapFS{flow.WorkspaceFile: {Data: []byte("{}")}, "f.yaml": {Data: []byte(write(n))}}, "")
			f := ws.Flows()[0]
			return testing.AllocsPerRun(1, func() {
				if Of(ws, f).Mermaid() == "" {
					t.Fatal("nothing is drawn")
				}
			})
		}
		if few, more := work(60), work(600); more > 16*few {
			t.Errorf("%s: the graph of 10 times the flow allocates %.1f times as often", name, more/few)
		}
	}
}
