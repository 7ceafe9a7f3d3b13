package card

import "fmt"

// Undo says how far what a card did can be taken back, and with what. It is data for people and tests: flowdeck
// takes nothing back by itself yet. The zero Undo is that of a card that only reads.
type Undo struct {
	Extent Extent
	Card   string // the card that takes it back; the same card does it with the values of before; empty: none does
	Rest   string // what stays different, where the extent is Partial
}

// Extent is how much of what a card did can be taken back. There is no default for a card that writes.
type Extent int

const (
	None    Extent = iota + 1 // what it did stays
	Partial                   // some of it stays: Undo.Rest
	Exact                     // all is as it was before
)

// String is the extent in lower case, as docs and messages write it; empty for the zero Extent.
func (e Extent) String() string {
	switch e {
	case 0:
		return ""
	case None:
		return "none"
	case Partial:
		return "partial"
	case Exact:
		return "exact"
	}
	return fmt.Sprintf("Extent(%d)", int(e))
}
