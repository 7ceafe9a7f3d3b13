package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const header = "| latency | program | records per second | ratio to by hand | of each round | CPU per record, µs | ratio to by hand |\n" +
	"|---|---|---:|---:|---:|---:|---:|"

// rows returns a table row for each program. The ratios are to the program written by hand, which is the first one.
func (b bench) rows(latency time.Duration, costs [][]cost) string {
	speed := func(c cost) float64 { return float64(b.members) / c.wall.Seconds() }
	cpu := func(c cost) float64 { return c.cpu.Seconds() * 1e6 / float64(b.members) }
	speeds, cpus := values(costs[0], speed), values(costs[0], cpu)
	var out strings.Builder
	for i, p := range b.programs {
		ours := values(costs[i], speed)
		ratios := make([]float64, len(ours))
		for run := range ratios {
			ratios[run] = ours[run] / speeds[run]
		}
		used := median(values(costs[i], cpu))
		fmt.Fprintf(&out, "| %v | %s | %.0f | %.2f | %.2f–%.2f | %.0f | %.2f |\n", latency, p.name, median(ours),
			median(ours)/median(speeds), slices.Min(ratios), slices.Max(ratios), used, used/median(cpus))
	}
	return out.String()
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
