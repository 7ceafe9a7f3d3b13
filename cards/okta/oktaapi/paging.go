package oktaapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/words"
)

// ErrNoList is wrapped by the error for an answer that is valid JSON but not a list.
var ErrNoList = errors.New("not a list")

// items returns the records of a page.
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

// nextCursor returns the `after` parameter of the link with rel="next"; "" if there is no such link, because the page
// is the last one. A link to another host is an error: following it would send the token there.
//
// Source: Okta, "Pagination", https://developer.okta.com/docs/api/#pagination
func nextCursor(answer http.Header, org *url.URL) (card.Cursor, error) {
	target, err := wire.NextLink(answer)
	if err != nil || target == "" {
		return "", err
	}
	return cursorOf(target, org)
}

// nextInBody returns the cursor of _links.next in the body of an answer, by which some of Okta's lists page instead of by a header:
// an object with href, or only the URL. The links of other objects, such as the next step of an authentication, have no cursor.
//
// Source: Okta's OpenAPI description, schemas IamRoles and ResourceSets; Okta Identity Governance API
func nextInBody(body []byte, org *url.URL) (card.Cursor, error) {
	var page struct {
		Links struct {
			Next json.RawMessage
		} `json:"_links"`
	}
	if _, ok := itemsInBody(body); !ok || json.Unmarshal(body, &page) != nil || len(page.Links.Next) == 0 {
		return "", nil
	}
	var target *string
	var link struct{ Href *string }
	if json.Unmarshal(page.Links.Next, &target) != nil {
		if json.Unmarshal(page.Links.Next, &link) != nil {
			return "", fmt.Errorf("its next link is neither a URL nor an object with href: %s", page.Links.Next)
		}
		target = link.Href
	}
	if target == nil || *target == "" {
		return "", nil
	}
	return cursorOf(*target, org)
}

// itemsInBody returns the list in an object that has nothing else but _links and metadata: a page, and not a resource.
func itemsInBody(body []byte) (items []card.Value, ok bool) {
	if !isObject(body) {
		return nil, false
	}
	v, err := card.DecodeAnswer(body)
	object, _ := v.(map[string]any)
	if err != nil || object["_links"] == nil {
		return nil, false
	}
	for name, field := range object {
		list, is := field.([]any)
		switch {
		case is && !ok:
			items, ok = list, true
		case name != "_links" && name != "metadata":
			return nil, false
		}
	}
	return items, ok
}

func isObject(body []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) }

func cursorOf(target string, org *url.URL) (card.Cursor, error) {
	u, err := org.Parse(target)
	if err != nil {
		return "", fmt.Errorf("its next link is not a URL: %q", target)
	}
	if wire.HostOf(u) != wire.HostOf(org) {
		return "", fmt.Errorf("its next link points to another host, %q", u.Host)
	}
	after := u.Query().Get("after")
	if after == "" {
		return "", fmt.Errorf("its next link has no cursor: %q", target)
	}
	return card.Cursor(after), nil
}
