package oauth

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
)

// endpoint sends requests for tokens, one at a time, and signs the proofs of the tokens that came.
type endpoint struct {
	Config
	url       *url.URL
	host      string
	clock     clock.Clock
	transport *http.Transport
	prover    *prover // nil if tokens are never bound

	bound  bool         // token requests have a proof
	nonce  string       // of the server, for proofs in token requests
	offset atomic.Int64 // the server's time less ours, in nanoseconds; proofs of other requests need it at any time
}

func newEndpoint(c Config) (*endpoint, error) {
	target, err := checkTokenURL(c.TokenURL)
	if err != nil {
		return nil, err
	}
	e := &endpoint{
		Config: c, url: target, host: wire.HostOf(target), clock: c.Clock, bound: c.DPoP == DPoPAlways,
		transport: http.DefaultTransport.(*http.Transport).Clone(),
	}
	if e.clock == nil {
		e.clock = clock.System{}
	}
	if c.Dial != nil {
		e.transport.DialContext = c.Dial
	}
	if c.DPoP != DPoPNever {
		if e.prover, err = newProver(); err != nil {
			return nil, err
		}
	}
	return e, nil
}

func (e *endpoint) close() { e.transport.CloseIdleConnections() }

// now returns the time of the server, as its last answer showed it: the server checks the times in assertions and proofs by its own
// clock. A Date header has whole seconds, so that this time is never after the server's.
func (e *endpoint) now() time.Time { return e.clock.Now().Add(time.Duration(e.offset.Load())) }

// attempts bounds the requests for one token: without a proof, with a proof, with a nonce, by the clock of the server.
const attempts = 4

// request sends a request for a token. It sends another one if the server asks for a proof or a nonce, or if our clock turned out to
// be wrong. grant returns the parameters of the grant at a time.
func (e *endpoint) request(ctx context.Context, grant func(now time.Time) (url.Values, error)) (answer, error) {
	for attempt := 1; ; attempt++ {
		d, err := e.prepare(grant)
		if err != nil {
			return answer{}, &card.Error{Kind: card.Internal, Message: err.Error(), Err: err}
		}
		a, err := e.send(ctx, d)
		refusal := (*oauth2.RetrieveError)(nil)
		switch {
		case err == nil:
			return a, nil
		case !errors.As(err, &refusal):
			return answer{}, e.failed(ctx, d, err)
		case attempt == attempts || !e.again(refusal.ErrorCode, d):
			return answer{}, e.refused(refusal, d)
		}
	}
}

// again reports whether another request may have success after a refusal, since it will differ from the one that was refused.
func (e *endpoint) again(code string, d *delivery) bool {
	switch {
	case (code == badProof || code == needsNonce) && d.proof == "" && e.prover != nil:
		e.bound = true
		return true
	case code == needsNonce:
		return d.proof != "" && e.nonce != d.nonce
	}
	return slices.Contains([]string{badProof, "invalid_client", "invalid_grant"}, code) && d.dated() && d.misdated()
}

// prepare makes a request: the parameters of the grant and of the client, and the proof.
func (e *endpoint) prepare(grant func(now time.Time) (url.Values, error)) (*delivery, error) {
	d := &delivery{endpoint: e, nonce: e.nonce, offset: time.Duration(e.offset.Load()), start: e.clock.Now()}
	now := e.now()
	var err error
	if d.form, err = grant(now); err != nil {
		return nil, err
	}
	if !e.Client.Key.IsZero() {
		assertion, err := e.Client.Key.clientAssertion(e.Client.ID, e.TokenURL, now)
		if err != nil {
			return nil, err
		}
		d.form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		d.form.Set("client_assertion", assertion)
	}
	learn(e.Hide, d.form.Get("client_assertion"), d.form.Get("assertion"))
	if e.bound {
		if d.proof, err = e.prover.proof(http.MethodPost, e.url, e.nonce, "", now); err != nil {
			return nil, err
		}
	}
	secret := e.Client.Secret.Reveal()
	d.secrets = []string{d.proof, secret, base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(e.Client.ID) + ":" + url.QueryEscape(secret)))}
	for _, name := range []string{"client_assertion", "assertion", "refresh_token", "code", "code_verifier"} {
		d.secrets = append(d.secrets, d.form.Get(name))
	}
	d.secrets = slices.DeleteFunc(d.secrets, func(text string) bool { return text == "" })
	return d, nil
}

// send sends a request with package oauth2, which reads the answer. The type of the client is the most general one: the parameters
// decide which grant it is.
func (e *endpoint) send(ctx context.Context, d *delivery) (answer, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, requestTimeout, wire.ErrTooLong)
	defer cancel()
	client := &http.Client{
		Transport:     d,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // secrets go to no other host
	}
	style := oauth2.AuthStyleInParams
	if !e.Client.Secret.IsZero() && !e.Client.Post {
		style = oauth2.AuthStyleInHeader
	}
	config := clientcredentials.Config{
		ClientID: e.Client.ID, ClientSecret: e.Client.Secret.Reveal(), TokenURL: e.TokenURL, EndpointParams: d.form, AuthStyle: style,
	}
	token, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, client))
	if err != nil {
		return answer{}, err
	}
	return d.read(token)
}

// attach sets the headers that send a token with a request.
func (e *endpoint) attach(method string, target *url.URL, h http.Header, t Token) error {
	h.Set("Authorization", t.Type+" "+t.Access.Reveal())
	if t.Type != typeDPoP {
		return nil
	}
	proof, err := e.prover.proof(method, target, "", t.Access.Reveal(), e.now())
	if err != nil {
		return &card.Error{Kind: card.Internal, Message: err.Error(), Err: err}
	}
	h.Set(headerDPoP, proof)
	return nil
}
