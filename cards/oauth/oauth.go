// Package oauth gets access tokens: with client credentials, an assertion that is signed, a refresh token, or an authorization code.
//
// A Source has the token of one connection. It renews it before it expires, once for all callers that wait, and signs the proofs
// of tokens that are bound to a key (DPoP).
//
//	ClientCredentials, JWTBearer, KeptGrant ──▶ Source ──Authorize──▶ request
//
// The function Authorize asks a person, in the browser, for a grant that KeptGrant then uses in any number of processes. A grant may also
// start with a refresh token that the configuration has.
//
// The package must not know a card or a service: a Config has the words and the hints of the service. Its errors are
// *card.Error, and never have a secret.
package oauth

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
)

// Token is an access token.
type Token struct {
	Access  card.Secret
	Type    string    // Bearer or DPoP
	Expires time.Time // zero if the server does not report it: the token is used until it is refused
	Scopes  []string  // those that were granted
}

// Source has the access token of a connection. It requests one when it is first needed, and renews it. It is safe for concurrent
// use. Close it.
type Source struct {
	grant  grant
	server *endpoint
	clock  clock.Clock

	ctx   context.Context // of the requests; ends with Close
	close context.CancelFunc
	going sync.WaitGroup // waits for the request in flight

	mu      sync.Mutex
	token   Token
	renew   time.Time // when the token should be renewed
	renewal *renewal  // in flight; nil if there is none
}

// renewal is a request for a new token that any number of callers wait for.
type renewal struct {
	done  chan struct{} // closed at the end
	token Token
	err   error
}

func newSource(c Config, g grant) (*Source, error) {
	server, err := newEndpoint(c)
	if err != nil {
		return nil, err
	}
	s := &Source{grant: g, server: server, clock: server.clock}
	s.ctx, s.close = context.WithCancel(context.Background())
	return s, nil
}

// Close ends a request for a token that is in flight, and frees the idle connections. No other call may be in progress.
func (s *Source) Close() error {
	s.close()
	s.going.Wait()
	s.server.close()
	return nil
}

// Token returns a valid token. If there is none, it waits for one: all callers wait for the same request, which goes on if one of them
// stops waiting. A token that will expire soon is renewed while it is still used. The error is a *card.Error, or wraps
// card.ErrNotSent if ctx ended.
func (s *Source) Token(ctx context.Context) (Token, error) {
	s.mu.Lock()
	now := s.clock.Now()
	if s.renewal == nil && !now.Before(s.renew) {
		s.start()
	}
	token, waiting := s.token, s.renewal
	s.mu.Unlock()
	if !token.Access.IsZero() && (token.Expires.IsZero() || now.Before(token.Expires)) {
		return token, nil
	}
	select {
	case <-waiting.done:
		return waiting.token, waiting.err
	case <-ctx.Done():
		return Token{}, fmt.Errorf("%w: %w", card.ErrNotSent, context.Cause(ctx))
	}
}

// start requests a new token. The caller holds the lock.
func (s *Source) start() {
	r := &renewal{done: make(chan struct{})}
	s.renewal = r
	s.going.Go(func() {
		r.token, r.err = s.grant.token(s.ctx, s.server)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.renewal = nil
		now := s.clock.Now()
		switch {
		case r.err == nil:
			s.token, s.renew = r.token, renewAt(r.token, now)
		case s.token.Access.IsZero() || !now.Before(s.token.Expires):
			s.renew = time.Time{} // the next caller tries again
		default:
			s.renew = now.Add(max(card.AsError(r.err).Wait, renewalPause)) // the old token is still valid
			if s.renew.After(s.token.Expires) {
				s.renew = s.token.Expires
			}
		}
		close(r.done)
	})
}

// renewalPause is the time between two attempts to renew a token that is still valid.
const renewalPause = 5 * time.Second

// never is a time at which nothing is renewed any more.
var never = time.Unix(1<<40, 0)

// renewAt returns when a token should be renewed: a minute before it expires, or after nine tenths of a short life.
func renewAt(t Token, now time.Time) time.Time {
	if t.Expires.IsZero() {
		return never
	}
	return t.Expires.Add(-min(time.Minute, t.Expires.Sub(now)/10))
}

// Authorize sets the headers by which a service recognizes the sender of a request to target, and returns the token in them. The
// errors are those of Token.
func (s *Source) Authorize(ctx context.Context, method string, target *url.URL, h http.Header) (sent card.Secret, err error) {
	token, err := s.Token(ctx)
	if err != nil {
		return card.Secret{}, err
	}
	return token.Access, s.server.attach(method, target, h, token)
}

// Refused drops a token that the service refused, unless it was renewed meanwhile. It reports whether another attempt makes sense,
// which Authorize then gives a new token.
func (s *Source) Refused(sent card.Secret) (again bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token.Access == sent {
		s.token, s.renew = Token{}, time.Time{}
	}
	return true
}
