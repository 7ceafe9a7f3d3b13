package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// base is the address of a service, from the setting base_url. All requests of a connection go to its host, and below its path.
type base struct {
	scheme, host string // host in the form of wire.HostOf
	path         string // escaped, without a final slash: "/v1.0"
	slash        bool   // base_url ends with a slash, and so do all paths
}

// parseBase reads base_url. The error is a *card.Error of kind invalid.
func parseBase(text string) (base, error) {
	wrong := func(hint, format string, args ...any) (base, error) {
		return base{}, &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("base_url %q ", withoutUser(text)) + fmt.Sprintf(format, args...), Hint: hint}
	}
	u, err := url.Parse(text)
	foreign := func(c rune) bool { return c <= ' ' || c >= 0x7f } // a wide dot, a look-alike: what is compared is not what is resolved
	if err != nil || u.Hostname() == "" || strings.ContainsFunc(u.Hostname(), foreign) {
		return wrong(`write it as "https://api.example.com/v1"`, "is not the URL of a service")
	}
	switch {
	case u.User != nil:
		return wrong("use `auth: {basic: {username: …, password: {env: …}}}`", "has a user")
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#"):
		return wrong("write the part after ? as `query` of the cards", "is more than a host and a path")
	case u.Scheme != "https" && u.Scheme != "http":
		return wrong("write https://", "has the scheme %q", u.Scheme)
	case u.Scheme == "http" && !wire.Loopback(u.Hostname()):
		return wrong("write https://", "is not encrypted, which is only allowed for a service on this machine")
	}
	b := base{scheme: u.Scheme, host: wire.HostOf(u), path: strings.TrimSuffix(u.EscapedPath(), "/"), slash: strings.HasSuffix(u.Path, "/")}
	if b.path != "" {
		if err := checkSegments(b.path); err != nil {
			return wrong("", "%v", err)
		}
	}
	return b, nil
}

// withoutUser is a URL as it may be shown: what is before the @ may be a password.
func withoutUser(text string) string {
	if i := strings.LastIndex(text, "@"); i >= 0 {
		return "…" + text[i:]
	}
	return text
}

// hostname is the host without a port.
func (b base) hostname() string { return (&url.URL{Host: b.host}).Hostname() }

// String returns base_url in one form. A final slash is part of it, since other paths are valid with it.
func (b base) String() string {
	if b.slash {
		return b.url("/").String()
	}
	return b.url("").String()
}

// url returns the URL of a path below the base. The path is escaped, and has been checked.
func (b base) url(path string) *url.URL {
	plain, _ := url.PathUnescape(b.path + path) // checkSegments has unescaped it before
	return &url.URL{Scheme: b.scheme, Host: b.host, Path: plain, RawPath: b.path + path}
}

// target returns the URL of a path for a request, as a card has it. It is always below the base. The path / is the base itself, and often
// comes from an empty value: only a service without a path may have it, for a request that names no object. The error is a *card.Error of kind
// invalid.
func (b base) target(method, path string) (*url.URL, error) {
	wrong := func(hint, message string) (*url.URL, error) {
		return nil, &card.Error{Kind: card.Invalid, Message: message, Hint: hint}
	}
	if refusal := refusePath(path); refusal != nil {
		return wrong(refusal.Hint, refusal.Message)
	}
	slash := strings.HasSuffix(path, "/")
	switch {
	case path == "/" && (b.path != "" || method == http.MethodPut || method == http.MethodPatch || method == http.MethodDelete):
		return wrong("is an inserted value empty? For the address in base_url itself, remove its last segment there, and write it as `path`", fmt.Sprintf("path %q names nothing below base_url", path))
	case path == "/":
	case slash && !b.slash:
		return wrong("is an inserted value empty? If the paths of the service end with /, end base_url with / too", fmt.Sprintf("path %q ends with /", path))
	case b.slash && !slash:
		return wrong("if the paths of the service do not end with /, remove the / at the end of base_url", fmt.Sprintf("path %q does not end with /, as base_url does", path))
	}
	return b.url(path), nil
}

// checkSegments checks that a path stays where it is: no server and no proxy on the way can read it as another path.
func checkSegments(path string) error {
	if _, err := url.PathUnescape(path); err != nil {
		return fmt.Errorf("is not a valid URL path: %w", err)
	}
	for _, segment := range strings.Split(path, "/")[1:] {
		once, _ := url.PathUnescape(segment)
		if leads := wire.BadSegment(once); leads != "" {
			return fmt.Errorf("has a segment %q, which %s", once, leads)
		}
		if twice, err := url.PathUnescape(once); err == nil && twice != once && wire.BadSegment(twice) != "" {
			return fmt.Errorf("has a segment %q, which is escaped twice and %s", once, wire.BadSegment(twice))
		}
	}
	return nil
}

// next returns the target of a link to the next page, which an answer to from has. It must be below the base, so that the
// credentials go nowhere else.
func (b base) next(from *url.URL, link string) (*url.URL, error) {
	u, err := from.Parse(link)
	if err != nil || u.Host == "" || u.User != nil {
		return nil, fmt.Errorf("its next link is not a URL: %q", withoutUser(link))
	}
	if wire.HostOf(u) != b.host {
		return nil, fmt.Errorf("its next link points to another host, %q", u.Host)
	}
	path, below := strings.CutPrefix(u.EscapedPath(), b.path)
	if !below || path != "" && !strings.HasPrefix(path, "/") {
		return nil, fmt.Errorf("its next link points to %q, which is not below base_url", u.EscapedPath())
	}
	if trimmed := strings.TrimSuffix(path, "/"); trimmed != "" {
		if err := checkSegments(trimmed); err != nil {
			return nil, fmt.Errorf("its next link %w", err)
		}
	}
	target := b.url(path)
	target.RawQuery = u.RawQuery
	return target, nil
}
