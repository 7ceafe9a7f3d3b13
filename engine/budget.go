package engine

import (
	"fmt"
	"strconv"
)

// Budget is the number of records of a loop that may fail. The zero Budget allows none: the first failure stops
// the loop, and the loop fails with that record's error.
type Budget struct {
	Set      bool
	Failures int
	Percent  float64 // used instead of Failures if above 0
}

// percentFrom is the number of records that must have finished before Percent is applied: a percentage of a few records
// is not meaningful.
const percentFrom = 100

// over reports whether there are more failures so far than the budget allows. end means that no more records will
// follow.
func (b Budget) over(t Tally, end bool) bool {
	switch {
	case t.Failed == 0:
		return false
	case !b.Set:
		return true
	case b.Percent > 0 && t.Total > 0:
		return float64(t.Failed)*100 > b.Percent*float64(t.Total)
	case b.Percent > 0:
		return (end || t.Finished() >= percentFrom) && float64(t.Failed)*100 > b.Percent*float64(t.Finished())
	}
	return t.Failed > b.Failures
}

func (b Budget) String() string {
	if b.Percent > 0 {
		return fmt.Sprintf("%v%%", b.Percent)
	}
	return strconv.Itoa(b.Failures)
}
