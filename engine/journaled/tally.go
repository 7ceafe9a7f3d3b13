package journaled

import "github.com/flowdeck/flowdeck/engine"

// plus returns the counts of the records of a stream that ended before it was resumed, and of the later ones.
func plus(before, later engine.Tally) engine.Tally {
	sum := later
	sum.Read += before.Read
	sum.OK += before.OK
	sum.Skipped += before.Skipped
	sum.Failed += before.Failed
	sum.Canceled += before.Canceled
	sum.Undecidable += before.Undecidable
	sum.WithErrors += before.WithErrors
	sum.Groups = before.Groups.Plus(later.Groups)
	if before.First != nil && (later.First == nil || before.First.Index < later.First.Index) {
		sum.First = before.First
	}
	if before.Fatal != nil {
		sum.Fatal = before.Fatal
	}
	return sum
}
