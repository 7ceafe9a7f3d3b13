package oktasim

import (
	"crypto/rand"
	"encoding/base64"
	"maps"
	"time"
)

// How long Okta's authorization server of an org lets things live. The times are fixed, and here on the data clock.
const (
	accessLife  = time.Hour
	refreshLife = 90 * 24 * time.Hour
	codeLife    = 5 * time.Minute
)

// issued has what the authorization server has issued, by the secret texts. The lock of the org guards it.
type issued struct {
	access  map[string]*accessToken
	refresh map[string]*refreshToken
	codes   map[string]*authorizationCode
}

func newIssued() *issued {
	return &issued{access: map[string]*accessToken{}, refresh: map[string]*refreshToken{}, codes: map[string]*authorizationCode{}}
}

// A signIn is what a person, or for a service its client, has allowed a client to do. All tokens that follow from it refer to it.
type signIn struct {
	app    *object
	user   uint32 // ordinal; nobody for a service
	scopes []string
	nonce  string  // for the ID token
	at     instant // of the sign-in
	ends   instant // of its refresh tokens; a rotation does not change it
	key    string  // thumbprint of the key of DPoP proofs; "" if its tokens are not bound
	over   bool    // all its tokens are revoked
}

// nobody is an ordinal that no user has.
const nobody = ambiguous

type accessToken struct {
	*signIn
	id      string // not secret
	scopes  []string
	issued  instant
	expires instant
	revoked bool
}

type refreshToken struct {
	*signIn
	id       string // not secret
	replaced instant
	revoked  bool
}

type authorizationCode struct {
	*signIn
	redirect  string
	challenge string // "" if the client sent none
	expires   instant
	used      bool
}

// secretText returns a new text that nobody can guess.
func secretText() string {
	var b [32]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// manyIssued is the number of access tokens at which those that expired long ago are forgotten.
const manyIssued = 10_000

// newAccess issues an access token, and returns it and the text that the client gets.
func (x *issued) newAccess(s *signIn, scopes []string, now instant) (*accessToken, string) {
	if len(x.access) >= manyIssued {
		maps.DeleteFunc(x.access, func(_ string, t *accessToken) bool { return t.expires.add(accessLife) < now })
		maps.DeleteFunc(x.refresh, func(_ string, t *refreshToken) bool { return t.ends < now })
		maps.DeleteFunc(x.codes, func(_ string, t *authorizationCode) bool { return t.expires.add(accessLife) < now })
	}
	t, text := &accessToken{signIn: s, id: "AT." + secretText(), scopes: scopes, issued: now, expires: now.add(accessLife)}, secretText()
	x.access[text] = t
	return t, text
}

// newRefresh issues a refresh token, and returns it and the text that the client gets.
func (x *issued) newRefresh(s *signIn) (*refreshToken, string) {
	t, text := &refreshToken{signIn: s, id: "oar" + secretText()[:17]}, secretText()
	x.refresh[text] = t
	return t, text
}

func (t *accessToken) active(now instant) bool { return !t.revoked && !t.over && now < t.expires }

// active reports whether a refresh token works: if it was rotated, for the leeway of its client.
func (t *refreshToken) active(now instant, leeway time.Duration) bool {
	return !t.revoked && !t.over && now < t.ends && (t.replaced == never || now <= t.replaced.add(leeway))
}
