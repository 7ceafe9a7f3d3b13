package main

import "testing"

func TestACostIsTheMedianAndTheRangeOfTheRuns(t *testing.T) {
	t.Parallel()
	for want, runs := range map[string][]float64{
		"40 | 10–90": {90, 10, 40},
		"30 | 10–90": {90, 10, 40, 20},
		"7 | 7–7":    {7},
	} {
		if got := cost(runs); got != want {
			t.Errorf("cost(%v) is %q, want %q", runs, got, want)
		}
	}
}
