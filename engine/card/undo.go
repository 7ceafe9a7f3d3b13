package card

import "fmt"

// Undo is how far what a card did can be taken back, and with which card; Write.Back makes its input. flowdeck
// takes nothing back by itself yet. The zero Undo is that of a card that only reads.
type Undo struct {
	Extent Extent
	Card   string // the card that takes it back; empty if none does
	Rest   string // what stays different, where the extent is Partial

	// NeedsBefore means that Back needs the state before the call, such as a profile that is overwritten. It must then
	// be read before every call that may have to be taken back.
	NeedsBefore bool
}

// Extent is how much of what a card did can be taken back. A card that writes must declare it.
type Extent int

const (
	None    Extent = iota + 1 // nothing
	Partial                   // not all: Undo.Rest stays
	Exact                     // all of it: everything is as it was before
)

// String returns the extent in lower case, as docs and messages write it; empty for the zero Extent.
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
