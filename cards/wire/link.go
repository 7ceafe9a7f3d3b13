package wire

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// NextLink returns the target of the link with rel="next" among the Link headers of an answer; "" if there is none, because the
// page is the last one. A header that cannot be parsed is an error, because otherwise the list would look complete.
//
// Source: RFC 8288
func NextLink(answer http.Header) (target string, err error) {
	for _, header := range answer.Values("Link") {
		for rest := strings.TrimLeft(header, blank+","); rest != ""; rest = strings.TrimLeft(rest, blank+",") {
			target, rels, after, ok := cutLink(rest)
			if !ok {
				return "", fmt.Errorf("its Link header is not valid: %q", header)
			}
			if slices.Contains(rels, "next") {
				return target, nil
			}
			rest = after
		}
	}
	return "", nil
}

// blank is the white space that may occur between the parts of a header.
const blank = " \t"

// cutLink reads the first link of a header, `<target>; rel="next"; …`, up to the comma that ends it. A header may
// have several links, because proxies join headers. A target may have commas and semicolons.
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
		if strings.EqualFold(name, "rel") && rels == nil { // only the first rel counts
			rels = strings.Fields(strings.ToLower(value))
		}
	}
}

// cutParameter reads `; name=value`. The value may be missing, or quoted with any characters.
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
			i++ // an escaped character ends nothing; relations have no escapes
		case '"':
			return name, quoted[:i], quoted[i+1:], true
		}
	}
	return "", "", "", false
}

// cutAny cuts text before the first of the characters. If there is none, before is the whole text.
func cutAny(text, characters string) (before, rest string) {
	if i := strings.IndexAny(text, characters); i >= 0 {
		return text[:i], text[i:]
	}
	return text, ""
}
