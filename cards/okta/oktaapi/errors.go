package oktaapi

import (
	"fmt"
	"net/http"

	"github.com/flowdeck/flowdeck/engine/card"
)

// elsewhere is the hint for answers that cannot come from Okta.
const elsewhere = "is the domain right? Something between here and the org may have answered in its place"

// garbled returns the error of a success whose body the operation cannot have.
func (e *exchange) garbled(err error) *card.Error {
	return &card.Error{
		Kind: card.Unavailable, Status: e.status, Err: err,
		Message: fmt.Sprintf("%s: unexpected response from Okta (%s): %v", e.op.Name, contentType(e.header), err),
		Hint:    elsewhere,
	}
}

// unfollowed returns the error of a page whose next page cannot be read. It is final: the next attempt would get the same page.
func (e *exchange) unfollowed(err error) *card.Error {
	return &card.Error{
		Kind: card.Invalid, Code: card.CodeUnread, Status: e.status, Err: err,
		Message: fmt.Sprintf("%s: the rest of the list cannot be read: %v", e.op.Name, err),
		Hint:    "the domain of the connection must be that of the org itself, which sends its own links: the token goes to no other host",
	}
}

func contentType(h http.Header) string {
	if t := h.Get("Content-Type"); t != "" {
		return t
	}
	return "no content type"
}
