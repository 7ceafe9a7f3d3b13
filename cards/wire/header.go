package wire

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// CheckHeader refuses headers that would change the sender, the host, the length, the encoding or the method of a request, and those that
// cannot be sent.
func CheckHeader(h http.Header) error {
	for name, values := range h {
		switch canonical := http.CanonicalHeaderKey(name); {
		case slices.Contains([]string{"Authorization", "Cookie", "Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "User-Agent", "Accept-Encoding"}, canonical),
			strings.HasPrefix(canonical, "Proxy-"), strings.HasPrefix(canonical, "X-Forwarded-"):
			return &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("header %q is set by the connection and cannot be changed", name)}
		case slices.Contains([]string{"X-Http-Method-Override", "X-Http-Method", "X-Method-Override"}, canonical):
			return &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("header %q would change the method", name), Hint: "set `method`: it decides whether a call only reads"}
		case name == "" || strings.ContainsFunc(name, func(r rune) bool { return !strings.ContainsRune(tokenCharacters, r) }):
			return &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("%q is not a valid name of a header", name), Hint: "names have letters, digits and -"}
		}
		for _, value := range values {
			if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
				return &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("header %q contains a control character, such as a line break", name)}
			}
		}
	}
	return nil
}

// tokenCharacters are the characters of the name of a header.
//
// Source: RFC 9110, section 5.6.2
const tokenCharacters = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// Sendable reports whether a token has only characters that are valid in a header.
func Sendable(token string) bool {
	return !strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c >= 0x7f })
}
