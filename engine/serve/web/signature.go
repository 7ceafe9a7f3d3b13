package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/serve"
)

const (
	oldest       = 5 * time.Minute // of a signed request, and the farthest in the future
	shortestHook = 16              // bytes of the key of a webhook
	longestID    = 255             // bytes of the id of a signed request
)

// verify checks the signature of a request, and returns the id of the message. The signature is that of the bytes of the body as they came.
//
// Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
func verify(h http.Header, body []byte, key []byte, now time.Time) (id string, err error) {
	id, sent := h.Get("webhook-id"), h.Get("webhook-timestamp")
	at, err := strconv.ParseInt(sent, 10, 64)
	if err != nil || id == "" || len(id) > longestID {
		return "", unauthorized.because("webhook-id or webhook-timestamp is missing, or too long, or has another form")
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + sent + "."))
	mac.Write(body)
	want, fits := mac.Sum(nil), false
	for one := range strings.FieldsSeq(h.Get("webhook-signature")) { // several while the sender changes its secret
		version, text, _ := strings.Cut(one, ",")
		given, err := base64.StdEncoding.DecodeString(text)
		fits = fits || version == "v1" && err == nil && hmac.Equal(given, want)
	}
	switch age := now.Sub(time.Unix(at, 0)); {
	case !fits:
		return "", unauthorized.because("the signature does not fit the secret of the webhook and the bytes of the body")
	case age > oldest, age < -oldest:
		return "", unauthorized.because("the signature is right, and of a time more than 5 minutes from the clock of this server: " + age.Round(time.Second).String())
	}
	return id, nil
}

// decoded returns the key of a webhook. The error is not for the client.
func (h *hookSecrets) decoded(ctx context.Context, reference card.Value) ([]byte, error) {
	secret, err := h.of(ctx, reference)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret.Reveal(), "whsec_"))
	if err != nil || len(key) < shortestHook {
		return nil, errors.New("it must be whsec_ and base64, as of Standard Webhooks, of 16 bytes or more")
	}
	return key, nil
}

// plain returns the secret of an event; an empty text if it has none. The error is not for the client.
func (h *hookSecrets) plain(ctx context.Context, reference card.Value) (string, error) {
	if reference == nil {
		return "", nil
	}
	secret, err := h.of(ctx, reference)
	if err == nil && secret.Len() < serve.ShortestSecret {
		err = fmt.Errorf("it is shorter than %d bytes", serve.ShortestSecret)
	}
	if err != nil {
		return "", err
	}
	return secret.Reveal(), nil
}
