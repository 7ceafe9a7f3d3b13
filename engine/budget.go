package engine

import (
	"fmt"
	"math/big"
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
		return b.exceeds(t.Failed, t.Total)
	case b.Percent > 0:
		return (end || t.Finished() >= percentFrom) && b.exceeds(t.Failed, t.Finished())
	}
	return t.Failed > b.Failures
}

// exceeds reports whether the share of what failed is more than Percent, exactly: as floating point, 69 of 375 would be
// more than 18.4 %.
func (b Budget) exceeds(failed, of int) bool {
	most, _ := new(big.Rat).SetString(strconv.FormatFloat(b.Percent, 'g', -1, 64)) // the decimal as written in the flow; never fails
	most.Mul(most, big.NewRat(int64(of), 100))
	return most.Cmp(big.NewRat(int64(failed), 1)) < 0
}

func (b Budget) String() string {
	if b.Percent > 0 {
		return fmt.Sprintf("%v%%", b.Percent)
	}
	return strconv.Itoa(b.Failures)
}
