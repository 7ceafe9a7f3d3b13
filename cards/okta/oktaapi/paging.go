package oktaapi

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// nextCursor is the `after` of the link with rel="next"; "" without such a link, which is the last page.
// A link to another host is an error, since following it would hand over the token.
//
// Source: RFC 8288; Okta, "Pagination", https://developer.okta.com/docs/api/#pagination
func nextCursor(answer http.Header, org *url.URL) (card.Cursor, error) {
	for _, header := range answer.Values("Link") {
		for target, rel := range links(header) {
			if rel != "next" {
				continue
			}
			u, err := org.Parse(target)
			if err != nil {
				return "", fmt.Errorf("its next link is no URL: %q", target)
			}
			if u.Host != org.Host {
				return "", fmt.Errorf("its next link leads to another host, %q", u.Host)
			}
			after := u.Query().Get("after")
			if after == "" {
				return "", fmt.Errorf("its next link has no cursor: %q", target)
			}
			return card.Cursor(after), nil
		}
	}
	return "", nil
}

// links yields the target and the rel of each link of a Link header. Several links may share a header
// (proxies fold them), and a target may hold commas and semicolons. What is malformed ends it.
func links(header string) func(yield func(target, rel string) bool) {
	return func(yield func(target, rel string) bool) {
		for {
			_, rest, ok := strings.Cut(header, "<")
			if !ok {
				return
			}
			target, params, ok := strings.Cut(rest, ">")
			if !ok {
				return
			}
			rel := ""
			rel, header = relation(params)
			if !yield(target, rel) {
				return
			}
		}
	}
}

// relation reads a link's parameters, `; rel="next"; …`, up to the comma that ends them, and gives the
// rest of the header. A quoted value may hold commas and semicolons.
func relation(params string) (rel, rest string) {
	for {
		params = strings.TrimLeft(params, " \t")
		if !strings.HasPrefix(params, ";") {
			_, rest, _ = strings.Cut(params, ",")
			return rel, rest
		}
		name, value, ok := strings.Cut(params[1:], "=")
		if !ok {
			return rel, ""
		}
		if strings.ContainsAny(name, ";,<") { // a parameter without a value, or no parameter at all
			end := strings.IndexAny(params[1:], ";,<") + 1
			params = params[end:]
			continue
		}
		value = strings.TrimLeft(value, " \t")
		if quoted, ok := strings.CutPrefix(value, `"`); ok {
			value, params, _ = strings.Cut(quoted, `"`)
		} else if end := strings.IndexAny(value, ";, \t"); end >= 0 {
			value, params = value[:end], value[end:]
		} else {
			params = ""
		}
		if strings.EqualFold(strings.TrimSpace(name), "rel") && rel == "" {
			rel = strings.ToLower(value)
		}
	}
}
