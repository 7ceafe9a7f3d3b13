package web

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/words"
)

// pages is how a list gets from one page to the next.
type pages struct {
	by    string // link, cursor, offset or page
	field string // for cursor: the field of the answer that has the next one
	param string // for all but link: the query parameter
	named bool   // the flow names param, so that a cursor is never a URL
	start int    // for offset and page
}

// The cursors of the list: a parameter's text, a path with its query below the base, or a number and the pages before (see past).
const (
	isText   = "="
	isTarget = ">"
	isNumber = "#"
)

// pages returns how a list is read. refusePaging has checked the inputs.
func (in listInput) pages() pages {
	p := pages{by: in.Paginate, field: in.Next, param: in.Param, named: in.Param != ""}
	switch {
	case p.by == "" && in.Next != "":
		p.by = "cursor"
	case p.by == "":
		p.by = "link"
	}
	if p.param == "" {
		p.param = p.by
	}
	switch {
	case in.Start != nil:
		p.start = *in.Start
	case p.by == "page":
		p.start = 1
	}
	return p
}

// turn makes the request for the first page that for the page at a cursor.
func (p pages) turn(r *request, b base, at card.Cursor) error {
	if p.by == "offset" || p.by == "page" {
		n, _, err := p.number(at)
		r.query.Set(p.param, strconv.Itoa(n))
		return err
	}
	text := string(at)
	switch {
	case at == "":
		return nil
	case strings.HasPrefix(text, isText):
		r.query.Set(p.param, text[len(isText):])
		return nil
	case strings.HasPrefix(text, isTarget):
		target, err := b.next(b.url(""), text[len(isTarget):])
		if err != nil {
			return p.foreign(at)
		}
		r.target, r.query = target, nil
		return nil
	}
	return p.foreign(at)
}

func (p pages) foreign(at card.Cursor) error {
	return &card.Error{Kind: card.Internal, Message: fmt.Sprintf("%q is not a cursor of this list", at)}
}

// number reads the cursor of a page that is counted.
func (p pages) number(at card.Cursor) (n int, before past, err error) {
	if at == "" {
		return p.start, past{}, nil
	}
	text, counted := strings.CutPrefix(string(at), isNumber)
	digits, rest, _ := strings.Cut(text, " ")
	if n, err = strconv.Atoi(digits); err == nil && counted {
		before, err = parsePast(rest)
	}
	if err != nil || !counted {
		return 0, past{}, p.foreign(at)
	}
	return n, before, nil
}

// next returns the cursor of the next page; "" after the last one.
func (p pages) next(b base, e *exchange, body card.Value, items []card.Value, at card.Cursor) (card.Cursor, error) {
	switch p.by {
	case "link":
		link, err := wire.NextLink(e.header)
		if err != nil || link == "" {
			return "", err
		}
		return p.follow(b, e.request.target, link)
	case "cursor":
		return p.inBody(b, e.request.target, body)
	}
	if len(items) == 0 {
		return "", nil
	}
	n, before, err := p.number(at)
	if err != nil {
		return "", err
	}
	digest, err := digestOf(items)
	if err != nil {
		return "", err
	}
	if before.has(digest) {
		return "", &pageError{
			fmt.Sprintf("the page has the records of an earlier one, as if the service did not know the parameter %q", p.param),
			"set `param` to the service's name for it",
		}
	}
	step := 1
	if p.by == "offset" {
		step = len(items)
	}
	return card.Cursor(fmt.Sprintf("%s%d %s", isNumber, n+step, before.and(digest))), nil
}

// inBody returns the cursor in the body of an answer. A URL or an absolute path is followed, unless the flow names a parameter.
// Anything else is a value for the parameter. Some cursors start with a slash.
func (p pages) inBody(b base, from *url.URL, body card.Value) (card.Cursor, error) {
	found, _ := valueAt(body, p.field)
	switch v := found.(type) {
	case nil, bool: // has_more: false
		if v == true {
			return "", fmt.Errorf("the field %q is not a cursor but true", p.field)
		}
		return "", nil
	case string:
		switch {
		case v == "":
			return "", nil
		case !p.named && (strings.HasPrefix(v, "https://") || strings.HasPrefix(v, "http://") || strings.HasPrefix(v, "/")):
			return p.follow(b, from, v)
		}
		return card.Cursor(isText + v), nil
	case map[string]any:
		if href, ok := v["href"].(string); ok { // as in HAL
			return p.follow(b, from, href)
		}
	case []any:
	default: // a number
		text, err := card.EncodeJSON(v)
		return card.Cursor(isText + string(text)), err
	}
	return "", fmt.Errorf("the field %q is not a cursor but %s", p.field, words.A(words.Kind(found)))
}

// follow returns the cursor for a link.
func (p pages) follow(b base, from *url.URL, link string) (card.Cursor, error) {
	target, err := b.next(from, link)
	if err != nil {
		return "", err
	}
	return card.Cursor(isTarget + target.RequestURI()), nil
}
