package oktaapi

import (
	"context"
	"net/http"
	"net/url"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Credentials let a session act in an org. They are safe for concurrent use.
type Credentials interface {
	// Authorize sets the headers by which the org recognizes the sender of a request, and returns the secret in them. It may wait. Its
	// errors are *card.Error, or wrap card.ErrNotSent if ctx ended.
	Authorize(ctx context.Context, method string, target *url.URL, h http.Header) (sent card.Secret, err error)
	// Refused learns that the org does not accept a secret. It reports whether another attempt makes sense, which Authorize then gives a
	// new secret.
	Refused(sent card.Secret) (again bool)
}

// APIToken returns the credentials of an API token. The error is a *card.Error.
func APIToken(token card.Secret) (Credentials, error) {
	if token.IsZero() {
		return nil, &card.Error{Kind: card.Unauthorized, Message: "the API token is empty"}
	}
	if !wire.Sendable(token.Reveal()) {
		return nil, &card.Error{
			Kind: card.Unauthorized, Message: "the API token contains a line break, a space or another character that tokens never have",
			Hint: "did you copy more than the token?",
		}
	}
	return &apiToken{token}, nil
}

type apiToken struct{ card.Secret }

// scheme is the text before an API token in the header.
const scheme = "SSWS "

func (t *apiToken) Authorize(_ context.Context, _ string, _ *url.URL, h http.Header) (card.Secret, error) {
	h.Set("Authorization", scheme+t.Reveal())
	return t.Secret, nil
}

// Refused reports that the same token would be sent again.
func (t *apiToken) Refused(card.Secret) bool { return false }

// hides sets what hide removes. A secret that is much shorter than Okta's tokens could be any word, so that it is looked for only with
// its scheme, as it was sent.
func (e *exchange) hides(sent card.Secret, h http.Header) {
	e.secrets = []string{sent.Reveal()}
	if len(e.secrets[0]) < shortestToken {
		e.secrets[0] = h.Get("Authorization")
	}
	if proof := h.Get("DPoP"); proof != "" {
		e.secrets = append(e.secrets, proof)
	}
}

// shortestToken is well below the length of Okta's tokens, 42 characters.
const shortestToken = 16
