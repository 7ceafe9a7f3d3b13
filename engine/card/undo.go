package card

import (
	"fmt"
	"strings"
)

// Undo describes how far the change of a card can be undone, and with which card; Write.Back returns the input for that
// card. `flowdeck undo` takes back what a run wrote with them. The zero Undo is that of a card that only reads.
type Undo struct {
	Extent Extent
	Card   string // the card that undoes the change; empty if there is none
	Rest   string // the difference that remains, if the extent is Partial

	// NeedsBefore means that Back needs the state before the call, such as a profile that is overwritten. The state
	// must then be read before every call that may have to be undone.
	NeedsBefore bool
}

// Extent is how much of the change of a card can be undone. A card that writes must declare it.
type Extent int

const (
	None    Extent = iota + 1 // nothing
	Partial                   // not everything: Undo.Rest remains
	Exact                     // everything: the state is the same as before
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

// NeedsBefore reports whether the state before a call must be read for its undo: Back needs it, or the call has only the login of a person,
// which may be that of another one later.
func (c Card) NeedsBefore(in Value) bool {
	return c.Undo.NeedsBefore || c.Undo.Card != "" && c.HasBefore() && HasLogin(in)
}

// HasLogin reports whether an input has a login or address in place of the id of a user.
func HasLogin(in Value) bool {
	fields, _ := in.(map[string]any)
	user, _ := fields["user_id"].(string)
	return strings.Contains(user, "@")
}
