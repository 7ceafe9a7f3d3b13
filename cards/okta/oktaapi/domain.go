package oktaapi

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// OrgURL returns the URL of the org with a domain, such as https://acme.okta.com: the issuer of its tokens. The error is a
// *card.Error of kind invalid, if the text is not a domain.
func OrgURL(domain string) (string, error) {
	u, err := orgURL(domain)
	if err != nil {
		return "", err
	}
	return u.String(), nil
}

// orgURL is the URL of the org with a domain, as a workspace has it.
func orgURL(domain string) (*url.URL, error) {
	wrong := func(hint, format string, args ...any) error {
		return &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("domain %q ", withoutUser(domain)) + fmt.Sprintf(format, args...), Hint: hint}
	}
	text := domain
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	foreign := func(c rune) bool { return c <= ' ' || c >= 0x7f } // a wide dot, a look-alike: what is compared is not what is resolved
	if err != nil || u.Hostname() == "" || strings.ContainsFunc(u.Hostname(), foreign) {
		return nil, wrong(`write it as "acme.okta.com"`, "is not a host name")
	}
	u.Host = wire.HostOf(u)
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, wrong(fmt.Sprintf("write just %q", u.Host), "is more than a host name")
	}
	if first, rest, ok := strings.Cut(u.Hostname(), "."); ok && strings.HasSuffix(first, "-admin") {
		return nil, wrong(fmt.Sprintf("write %q", strings.TrimSuffix(first, "-admin")+"."+rest), "is the address of the Admin Console, not of the org")
	}
	switch {
	case u.Scheme == "http" && wire.Loopback(u.Hostname()):
	case u.Scheme != "https":
		return nil, wrong("leave out the scheme: it is https", "has the scheme %q, which is only for an org on this machine", u.Scheme)
	case u.Port() != "" && !wire.Loopback(u.Hostname()):
		return nil, wrong(fmt.Sprintf("write just %q", u.Hostname()), "has a port, which is only for an org on this machine")
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// withoutUser is a domain as it may be shown: what is before the @ of a URL may be a password.
func withoutUser(domain string) string {
	if i := strings.LastIndex(domain, "@"); i >= 0 {
		return "…" + domain[i:]
	}
	return domain
}

// Host returns the host of the org with a domain, with its port if it is not the usual one, and whether it is of this machine. The error is that
// of OrgURL; host is then the domain as it may be shown.
func Host(domain string) (host string, local bool, err error) {
	u, err := orgURL(domain)
	switch {
	case domain == "":
		return "", false, err
	case err != nil:
		return fmt.Sprintf("%q, which is not valid", withoutUser(domain)), false, err
	}
	return u.Host, wire.Loopback(u.Hostname()), nil
}
