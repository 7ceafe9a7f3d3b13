package okta

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// onePage describes a list that has one page if it is searched by q, without a link to the next one: if the page is full, the search
// may have found more.
//
// Source: Okta, Users API, "Find users": q "doesn't support pagination"; Groups API, "List all groups": "You can't page a query. The
// default limit for a query is 300 results"
type onePage struct {
	usual, most int    // Okta's limits for q: the default, and the maximum
	more        string // the input with more parameters
}

var (
	usersByQ  = onePage{10, 200, "extra_parameters"}
	groupsByQ = onePage{300, 10_000, "extra_parameters"}
)

// cut returns the error of a list by q whose page is full.
func (p onePage) cut(in card.Value, n int) *card.Error {
	given, _ := in.(map[string]any)
	more, _ := given[p.more].(map[string]any)
	if given["q"] == nil && more["q"] == nil {
		return nil
	}
	limit := p.usual
	for _, value := range []any{given["limit"], more["limit"]} {
		text, _ := wire.Scalar(value)
		if asked, err := strconv.Atoi(text); err == nil && asked > 0 {
			limit = min(asked, p.most)
		}
	}
	if n < limit {
		return nil
	}
	hint := "use `search`, whose lists have all pages"
	if limit < p.most {
		hint += fmt.Sprintf(", or a `limit` up to %d", p.most)
	}
	return &card.Error{Kind: card.Invalid, Hint: hint, Message: fmt.Sprintf("Okta answers `q` with one page, here of %d records, and it is full: there may be more", limit)}
}

// cutRequest is cut for a raw list.
func cutRequest(in card.Value, n int) *card.Error {
	given, _ := in.(map[string]any)
	path, _ := given["path"].(string)
	plain, err := url.PathUnescape(path)
	if err != nil {
		return nil // it was not sent
	}
	lists := map[string]onePage{"/users": usersByQ, "/groups": groupsByQ}
	p, ok := lists[strings.TrimPrefix(plain, "/api/v1")]
	if !ok {
		return nil
	}
	p.more = "query"
	return p.cut(in, n)
}
