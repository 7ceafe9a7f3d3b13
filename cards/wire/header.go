package wire

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// own has the headers that only the connection sets: the sender, the host, the length and the encoding of a request.
var own = []string{
	"Authorization", "Cookie", "Host", "X-Host", "Forwarded", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "User-Agent", "Accept-Encoding",
}

// ofMethod and ofPath have the headers by which some servers and proxies take another method or path than the request has.
var (
	ofMethod = []string{"X-Http-Method-Override", "X-Http-Method", "X-Method-Override", "X-Method", "Http-Method-Override", "Method-Override", "X-Original-Method"}
	ofPath   = []string{"X-Original-Url", "X-Original-Uri", "X-Rewrite-Url"}
)

// CheckHeader refuses headers that would change the sender, the host, the length, the encoding, the method or the path of a request, and
// those that cannot be sent. Names with _ count as those with -, because servers that pass headers in CGI variables cannot distinguish them.
func CheckHeader(h http.Header) error {
	for name, values := range h {
		switch canonical := http.CanonicalHeaderKey(strings.ReplaceAll(name, "_", "-")); {
		case slices.Contains(own, canonical), strings.HasPrefix(canonical, "Proxy-"), strings.HasPrefix(canonical, "X-Forwarded-"):
			return &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("header %q is set by the connection and cannot be changed", name)}
		case slices.Contains(ofMethod, canonical):
			return &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("header %q would change the method", name), Hint: "set `method`: it decides whether a call only reads"}
		case slices.Contains(ofPath, canonical):
			return &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("header %q would change the path", name), Hint: "set `path`"}
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

// SendOnce changes headers so that net/http sends a write only once. With a header Idempotency-Key or X-Idempotency-Key it would send the
// request again after a lost answer, and nobody would see the first attempt. It knows these names only as http.Header writes them; on the
// wire, the case of a name does not matter.
func SendOnce(h http.Header) {
	for _, name := range [...]string{"Idempotency-Key", "X-Idempotency-Key"} {
		if values, ok := h[name]; ok {
			delete(h, name)
			h[strings.ToLower(name)] = values
		}
	}
}
