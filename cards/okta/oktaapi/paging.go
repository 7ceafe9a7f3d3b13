package oktaapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/words"
)

// ErrNoList is in the error of an answer that is JSON, and not the list that was asked for.
var ErrNoList = errors.New("not a list")

// items are the records of a page.
func (e *exchange) items() ([]card.Value, error) {
	v, err := e.value()
	if err != nil {
		return nil, err
	}
	items, ok := v.([]any)
	if !ok {
		return nil, e.garbled(fmt.Errorf("%w but %s", ErrNoList, words.A(words.Kind(v))))
	}
	return items, nil
}

// nextCursor is the `after` of the link with rel="next"; "" without such a link, which is the last page.
// A link to another host is an error, since following it would hand over the token, and so is a header that
// cannot be read: a list must not end there as if it were complete.
//
// Source: RFC 8288; Okta, "Pagination", https://developer.okta.com/docs/api/#pagination
func nextCursor(answer http.Header, org *url.URL) (card.Cursor, error) {
	for _, header := range answer.Values("Link") {
		for rest := strings.TrimLeft(header, blank+","); rest != ""; rest = strings.TrimLeft(rest, blank+",") {
			target, rels, after, ok := cutLink(rest)
			if !ok {
				return "", fmt.Errorf("its Link header is not valid: %q", header)
			}
			if slices.Contains(rels, "next") {
				return cursorOf(target, org)
			}
			rest = after
		}
	}
	return "", nil
}

func cursorOf(target string, org *url.URL) (card.Cursor, error) {
	u, err := org.Parse(target)
	if err != nil {
		return "", fmt.Errorf("its next link is not a URL: %q", target)
	}
	if hostOf(u) != hostOf(org) {
		return "", fmt.Errorf("its next link points to another host, %q", u.Host)
	}
	after := u.Query().Get("after")
	if after == "" {
		return "", fmt.Errorf("its next link has no cursor: %q", target)
	}
	return card.Cursor(after), nil
}

// blank is the white space that a header may have between its parts.
const blank = " \t"

// cutLink reads the first link of a header, `<target>; rel="next"; …`, up to the comma that ends it: several
// links may share a header, since proxies fold them. A target may hold commas and semicolons.
func cutLink(header string) (target string, rels []string, rest string, ok bool) {
	target, rest, ok = strings.Cut(header, ">")
	target, opened := strings.CutPrefix(target, "<")
	if !ok || !opened {
		return "", nil, "", false
	}
	for {
		rest = strings.TrimLeft(rest, blank)
		if rest == "" || rest[0] == ',' {
			return target, rels, rest, true
		}
		var name, value string
		if name, value, rest, ok = cutParameter(rest); !ok {
			return "", nil, "", false
		}
		if strings.EqualFold(name, "rel") && rels == nil { // the first counts
			rels = strings.Fields(strings.ToLower(value))
		}
	}
}

// cutParameter reads `; name=value`, whose value may be missing, or quoted and hold anything.
func cutParameter(text string) (name, value, rest string, ok bool) {
	text, ok = strings.CutPrefix(text, ";")
	name, rest = cutAny(text, "=;,")
	name = strings.Trim(name, blank)
	rest, assigned := strings.CutPrefix(rest, "=")
	if !ok || !assigned {
		return name, "", rest, ok
	}
	rest = strings.TrimLeft(rest, blank)
	quoted, ok := strings.CutPrefix(rest, `"`)
	if !ok {
		value, rest = cutAny(rest, ";,"+blank)
		return name, value, rest, true
	}
	for i := 0; i < len(quoted); i++ {
		switch quoted[i] {
		case '\\':
			i++ // what is escaped ends nothing; no relation has an escape
		case '"':
			return name, quoted[:i], quoted[i+1:], true
		}
	}
	return "", "", "", false
}

// cutAny cuts text before the first of the characters; all of it is before if there is none.
func cutAny(text, characters string) (before, rest string) {
	if i := strings.IndexAny(text, characters); i >= 0 {
		return text[:i], text[i:]
	}
	return text, ""
}
