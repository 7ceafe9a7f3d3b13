package oauth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Kept is a grant that is kept for all processes: that of a person who signed in or, with a Seed, of a refresh token.
type Kept struct {
	Grants     card.Grants
	Connection string
	Issuer     string // of the tokens; a grant of another one is not used
	Again      string // the hint how to get a new grant

	// Seed is the refresh token of the configuration, with which the grant starts, and starts again if it is replaced by another one.
	// Zero: a person starts it. If there is no key to keep the grant, it is only in memory; see Source.Unkept.
	Seed   card.Secret
	Scopes []string // with Seed: those that the grant has unless the server answers others
}

// KeptGrant returns a source of the access tokens of a grant that is kept. All processes have the same access token: one renews it, under a
// lock, and the others read it. What the server answers is kept before it is used. It sends nothing yet.
func KeptGrant(c Config, k Kept) (*Source, error) {
	own := &kept{Kept: k}
	if !k.Seed.IsZero() && k.Grants == nil {
		own.Grants, own.memory = &inMemory{}, true
	}
	return newSource(c, own)
}

// Unkept reports whether the server replaced the refresh token of the configuration, and the new one is only in memory.
func (s *Source) Unkept() bool {
	k, ok := s.grant.(*kept)
	return ok && k.lost.Load()
}

type kept struct {
	Kept
	memory  bool        // Grants is only in memory
	lost    atomic.Bool // the server replaced a refresh token, and memory was set
	used    card.Secret // the last access token that was returned; if it is asked for again, it is old or was refused
	pending *card.Grant // what the server answered for the refresh token instead, and could not be kept
	instead card.Secret
}

func (k *kept) token(ctx context.Context, e *endpoint) (Token, error) {
	g, err := k.load(ctx, e)
	if err != nil {
		return Token{}, err
	}
	if !k.usable(g, e) {
		if g, err = k.renewed(ctx, e); err != nil {
			return Token{}, err
		}
	}
	k.used = g.Access
	return Token{Access: g.Access, Type: typeBearer, Expires: g.Expires, Scopes: g.Scopes}, nil
}

// usable reports whether the access token of a grant can be returned.
func (k *kept) usable(g *card.Grant, e *endpoint) bool {
	return !g.Access.IsZero() && g.Access != k.used && e.clock.Now().Before(g.Renew)
}

// load reads the grant, and checks whose it is: a refresh token goes only to the server that issued it.
func (k *kept) load(ctx context.Context, e *endpoint) (*card.Grant, error) {
	if k.Grants == nil {
		return nil, &card.Error{Kind: card.Invalid, Message: "grants of people cannot be kept here"}
	}
	g, err := k.Grants.Load(ctx, k.Connection)
	if err != nil {
		return nil, k.unreadable(err)
	}
	if !k.Seed.IsZero() && (g == nil || g.Seed != digest(k.Seed) || g.Issuer != k.Issuer || g.ClientID != e.Client.ID) {
		g = &card.Grant{Issuer: k.Issuer, ClientID: e.Client.ID, Scopes: k.Scopes, Refresh: k.Seed, Seed: digest(k.Seed)}
	}
	refused := func(format string, args ...any) (*card.Grant, error) {
		return nil, &card.Error{Kind: card.Unauthorized, Message: fmt.Sprintf(format, args...), Hint: k.Again}
	}
	switch {
	case g == nil:
		return refused("nobody has signed in yet, or the grant was deleted")
	case g.Issuer != k.Issuer:
		return refused("the grant is for %s, and not for %s: its tokens are sent to no other server", g.Issuer, k.Issuer)
	case g.ClientID != e.Client.ID:
		return refused("the grant is for the app %s, and not for %s", g.ClientID, e.Client.ID)
	}
	learn(e.Hide, g.Refresh.Reveal(), g.Previous.Reveal(), g.Access.Reveal())
	return g, nil
}

// unreadable adds what to do about a grant that cannot be read. The seed is not used in its place: it may have been replaced.
func (k *kept) unreadable(err error) error {
	if e := card.AsError(err); !k.Seed.IsZero() && e != nil && e.Kind == card.Unauthorized {
		locked := *e
		locked.Hint = "set the key under which it was saved; if that is lost, delete the file, and " + k.Again
		return &locked
	}
	return err
}

func digest(seed card.Secret) string {
	sum := sha256.Sum256([]byte(seed.Reveal()))
	return hex.EncodeToString(sum[:])
}

// renewed returns the grant with a new access token: that of another process, or one that it requests.
func (k *kept) renewed(ctx context.Context, e *endpoint) (*card.Grant, error) {
	unlock, err := k.Grants.Lock(ctx, k.Connection)
	if err != nil {
		return nil, err
	}
	defer unlock()
	g, err := k.load(ctx, e)
	if err != nil || k.usable(g, e) {
		return g, err
	}
	if !k.Seed.IsZero() && !k.memory {
		switch err := k.Grants.Ready(ctx, k.Connection); {
		case errors.Is(err, card.ErrNoKey):
			k.Grants, k.memory = &inMemory{}, true
		case err != nil:
			return nil, err
		}
	}
	if k.pending == nil || k.instead != g.Refresh {
		if k.pending, err = k.refresh(ctx, e, *g); err != nil {
			return nil, err
		}
		k.instead = g.Refresh
	}
	if err := k.Grants.Save(ctx, k.Connection, *k.pending); err != nil {
		return nil, err
	}
	g, k.pending = k.pending, nil
	return g, nil
}

// refresh requests an access token. If the server does not know the refresh token, it may have lost its last answer, so that the one before is
// tried, too. If both are refused, the grant of a person is deleted: nobody should try again.
func (k *kept) refresh(ctx context.Context, e *endpoint, g card.Grant) (*card.Grant, error) {
	var refused error
	for _, token := range []card.Secret{g.Refresh, g.Previous} {
		if token.IsZero() {
			continue
		}
		a, err := k.exchange(ctx, e, token)
		switch {
		case err == nil:
			g.Refresh, g.Previous = a.refresh, token
			if g.Refresh == token {
				g.Previous = card.Secret{}
			} else if k.memory {
				k.lost.Store(true)
			}
			hold(&g, a.tokenFor(g.Scopes), e)
			return &g, nil
		case card.AsError(err).Code != "invalid_grant":
			return nil, err
		case refused == nil:
			refused = err
		}
	}
	if k.Seed.IsZero() { // a seed would be tried again in any case
		if err := k.Grants.Delete(ctx, k.Connection); err != nil {
			return nil, errors.Join(refused, err)
		}
	}
	gone := *card.AsError(refused)
	gone.Hint = "the grant has ended: " + k.Again
	return nil, &gone
}

// longestDoubt bounds the wait after a refresh whose outcome is not known. The server may have replaced the refresh token, and takes the
// old one for a grace only: with Okta, 30 seconds, unless the app sets another one.
//
// Source: Okta, "Refresh token rotation", https://developer.okta.com/docs/guides/refresh-tokens/main/
const longestDoubt = 5 * time.Second

// exchange sends a refresh token. If the outcome is not known, it sends it again at once, within the grace: the run may end before
// another attempt.
func (k *kept) exchange(ctx context.Context, e *endpoint, token card.Secret) (a answer, err error) {
	for range 2 {
		a, err = e.request(ctx, func(time.Time) (url.Values, error) { return refreshForm(token), nil })
		failure := card.AsError(err)
		if failure == nil || failure.Kind != card.Unavailable || failure.Status == 0 && failure.Code == card.CodeRefused {
			return a, err
		}
		failure.Wait = min(failure.Wait, longestDoubt)
	}
	return a, err
}

// hold puts an access token that just came into a grant.
func hold(g *card.Grant, t Token, e *endpoint) {
	g.Access, g.Scopes, g.Expires, g.Renew = t.Access, t.Scopes, t.Expires, renewAt(t, e.clock.Now())
}

func refreshForm(token card.Secret) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token.Reveal()}}
}

// inMemory keeps a grant where it cannot be kept for other processes. One renewal uses it at a time.
type inMemory struct{ grant *card.Grant }

func (m *inMemory) Load(context.Context, string) (*card.Grant, error)    { return m.grant, nil }
func (m *inMemory) Lock(context.Context, string) (func(), error)         { return func() {}, nil }
func (m *inMemory) Ready(context.Context, string) error                  { return nil }
func (m *inMemory) Save(_ context.Context, _ string, g card.Grant) error { m.grant = &g; return nil }
func (m *inMemory) Delete(context.Context, string) error                 { m.grant = nil; return nil }
