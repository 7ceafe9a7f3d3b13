package oktasim

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// outgoing is a request to an event hook.
type outgoing struct {
	hook      subscriber
	method    string
	body      string
	event     string // the uuid of the first event; "" for a verification
	request   string // X-Okta-Request-Id
	challenge string // of a verification; "" for a delivery

	wanted func() bool // whether the hook still wants it; nil means that it does
}

// A result is the answer to an outgoing request, or the reason why there is none.
type result struct {
	status   int // 0 without an answer
	body     []byte
	problem  string
	unwanted bool // nothing was sent
}

// accepted reports whether the answer to a delivery is 200 or 204 ("Event hooks", "Your service's responses to event delivery requests").
// That each 2xx is as good is our guess.
func (r result) accepted() bool { return r.status >= 200 && r.status <= 299 }

// send sends a request to the URL of a hook, and once more if no answer comes within three seconds or if its status is 5xx. A 4xx
// is final ("Event hooks", "Timeout and retry"). That a connection that fails is like no answer is our guess. A hook that was turned off,
// deleted or changed gets neither; that Okta drops what waits for it is our guess.
func (b *outbox) send(o outgoing) result {
	if o.wanted != nil && !o.wanted() {
		r := result{unwanted: true, problem: "not sent: the event hook was deactivated, deleted or changed"}
		b.log.note(b.now(), o, r)
		return r
	}
	r := b.once(o)
	again := r.status == 0 || r.status >= http.StatusInternalServerError
	if again && b.ctx.Err() == nil && (o.wanted == nil || o.wanted()) {
		r = b.once(o)
	}
	return r
}

func (b *outbox) once(o outgoing) (r result) {
	defer func() { b.log.note(b.now(), o, r) }()
	ctx, cancel := context.WithTimeout(b.ctx, hookPatience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, o.method, o.hook.uri, strings.NewReader(o.body))
	if err != nil {
		return result{problem: "the URL cannot be used"}
	}
	request.Header = o.headers()
	answer, err := b.client.Do(request)
	if err == nil {
		defer answer.Body.Close()
		r.body, err = io.ReadAll(io.LimitReader(answer.Body, maxBody))
	}
	switch {
	case errors.Is(err, errElsewhere):
		return result{problem: "no connection: the URL is not on a loopback address of this machine, and a simulated org calls no other"}
	case ctx.Err() != nil:
		return result{problem: "no answer within 3 s"}
	case err != nil: // its text has the URL, which may have secrets
		return result{problem: "no connection"}
	}
	r.status = answer.StatusCode
	return r
}

// headers returns Okta's headers and those of the hook (Okta support, "Unable to verify event hook").
func (o outgoing) headers() http.Header {
	h := o.hook.headers.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set("Accept", "application/json")
	h.Set("User-Agent", "Okta-Integrations")
	h.Set("X-Okta-Request-Id", o.request)
	if o.body != "" {
		h.Set("Content-Type", "application/json")
	}
	if o.challenge != "" {
		h.Set("X-Okta-Verification-Challenge", o.challenge)
	}
	return h
}

// verify reports whether the server at a hook's URL expects its events: Okta sends a GET with a challenge, which the server must
// answer ("Event hooks", "One-time verification request").
func (b *outbox) verify(hook subscriber, request string) bool {
	challenge := rand.Text()
	r := b.send(outgoing{hook: hook, method: http.MethodGet, request: request, challenge: challenge})
	var body struct{ Verification string }
	return r.status == http.StatusOK && json.Unmarshal(r.body, &body) == nil && body.Verification == challenge
}
