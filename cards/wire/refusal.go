package wire

import (
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// longestRefusal is the maximum length of the body of a refusal in an error, in bytes. Okta's have a few hundred.
const longestRefusal = 8 << 10

// shortestBare is the length in bytes from which a secret is also hidden outside of quotes, such as in a form.
const shortestBare = 6

// Refusal returns the body of a refusal as far as an error may have it: without secrets, as a value if it is JSON, otherwise the
// start of the text.
func (n Names) Refusal(body []byte, excerpt card.Excerpt) card.Value {
	text := strings.ToValidUTF8(string(body), "\uFFFD")
	var secrets []string
	for _, secret := range n.In(text) {
		quoted, _ := card.EncodeJSON(secret) // a string can always be encoded
		text = strings.ReplaceAll(text, string(quoted), `"`+card.Hidden+`"`)
		if len(secret) >= shortestBare { // a shorter text may be part of another word
			secrets = append(secrets, secret)
		}
	}
	text = excerpt(text, longestRefusal, secrets...)
	if v, err := card.DecodeJSON([]byte(text)); err == nil {
		return v
	}
	return text
}
