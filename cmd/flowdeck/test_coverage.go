package main

import (
	"fmt"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/cases"
	"github.com/flowdeck/flowdeck/engine/words"
)

// printCoverage prints how much of each flow the tests reached, and the places that they did not.
func printCoverage(e env, c *cases.Coverage) {
	s := terminal.NewStyles(e.lookup, e.out)
	for _, f := range c.Flows {
		if f.Problem != "" {
			fmt.Fprintf(e.out, "   ? %s: not counted: %s (%s)\n", f.Flow, f.Problem, words.VisibleLine(f.File))
			continue
		}
		steps, ran, branches, taken := f.Counts()
		share := fmt.Sprintf("%3d%%", percent(ran+taken, steps+branches))
		if ran+taken == steps+branches {
			share = s.OK.Render(share)
		}
		fmt.Fprintf(e.out, "%s %s: %d of %s, %d of %s\n", share, f.Flow, ran, counted(steps, "step"), taken, branchesOf(branches))
		for _, m := range f.Missed() {
			fmt.Fprintf(e.out, "     %s: %s was not reached\n", words.VisibleLine(m.Pos.String()), words.VisibleLine(m.What))
		}
	}
}

func branchesOf(n int) string {
	if n == 1 {
		return "1 branch"
	}
	return fmt.Sprintf("%d branches", n)
}

// percent returns a part of a whole, rounded down, so that 100 means all.
func percent(part, whole int) int {
	if whole == 0 {
		return 100
	}
	return part * 100 / whole
}
