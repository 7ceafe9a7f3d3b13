package web

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Describe returns what the settings say about a connection to the service at a base URL. It is simulated only if its tokens come from this machine, too: otherwise its
// secrets would leave it.
func (c Site) Describe(baseURL string) card.Description {
	b, err := parseBase(baseURL)
	if baseURL == "" {
		return card.Description{}
	}
	if err != nil {
		return card.Description{To: invalid(baseURL)} // check reports the error
	}
	d := card.Description{To: b.host, Simulated: c.Simulated && wire.Loopback(b.hostname())}
	if c.Auth == nil {
		return d
	}
	for name := range c.Auth.ways() {
		d.SignsIn = name
	}
	for _, address := range c.Auth.tokenURLs() {
		u, err := url.Parse(address)
		if err != nil || u.Hostname() == "" || strings.ContainsFunc(u.Hostname(), func(c rune) bool { return c >= 0x7f }) {
			d.To += ", and for access tokens to " + invalid(address)
			d.Simulated = false
			continue
		}
		if u.Host != b.host {
			d.To += ", and " + wire.HostOf(u) + " for access tokens"
		}
		d.Simulated = d.Simulated && wire.Loopback(u.Hostname())
	}
	return d
}

// tokenURLs returns the addresses that get secrets, besides the service.
func (a *auth) tokenURLs() (all []string) {
	if a.ClientCredentials != nil {
		all = append(all, a.ClientCredentials.TokenURL)
	}
	if a.JWTBearer != nil {
		all = append(all, a.JWTBearer.TokenURL)
	}
	if a.RefreshToken != nil {
		all = append(all, a.RefreshToken.TokenURL)
	}
	return all
}

// invalid is a URL that cannot be read, as it may be shown.
func invalid(text string) string { return fmt.Sprintf("%q, which is not valid", withoutUser(text)) }
