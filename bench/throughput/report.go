package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const header = "| latency | median of the runs | flowdeck | by hand | ratio | of each pair |\n|---|---|---:|---:|---:|---:|"

// rows returns the table rows that compare the costs of flowdeck and of the program written by hand.
func rows(latency time.Duration, members int, costs [2][]cost) string {
	var b strings.Builder
	row := func(what, format string, of func(cost) float64) {
		ours, theirs := values(costs[0], of), values(costs[1], of)
		pairs := make([]float64, len(ours))
		for i := range pairs {
			pairs[i] = ours[i] / theirs[i]
		}
		fmt.Fprintf(&b, "| %v | %s | "+format+" | "+format+" | %.2f | %.2f–%.2f |\n", latency, what,
			median(ours), median(theirs), median(ours)/median(theirs), slices.Min(pairs), slices.Max(pairs))
	}
	row("records per second", "%.0f", func(c cost) float64 { return float64(members) / c.wall.Seconds() })
	row("CPU per record, µs", "%.0f", func(c cost) float64 { return c.cpu.Seconds() * 1e6 / float64(members) })
	return b.String()
}

func values(costs []cost, of func(cost) float64) []float64 {
	all := make([]float64, len(costs))
	for i, c := range costs {
		all[i] = of(c)
	}
	return all
}

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
