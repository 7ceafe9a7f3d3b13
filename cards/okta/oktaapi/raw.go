package oktaapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/okta/okta-sdk-golang/v5/okta"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Request is a request that is not an Operation: any method and path of the org.
type Request struct {
	Method string
	Path   string // escaped, as in a URL: "/users/00u1" or "/api/v1/users/00u1"
	Query  url.Values
	Header http.Header // added to the connection's own headers; headers that would change the sender, the host or the length are refused
	Body   []byte      // nil for no body
}

// Answer is the successful answer to a Request, unchanged.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	Next   card.Cursor // the cursor of the next page, by the Link header or by _links in the body; "" if there is none

	op Operation
}

// Items returns the records of an answer that is a page: a list, or an object with one list, _links and metadata. The error is a
// *card.Error. It wraps ErrNoList if the answer is neither.
func (a Answer) Items() ([]card.Value, error) {
	if items, ok := itemsInBody(a.Body); ok {
		return items, nil
	}
	return (&exchange{op: a.op, status: a.Status, header: a.Header, body: a.Body}).items()
}

// jsonType is the media type of JSON.
const jsonType = "application/json"

// Raw sends a request that is not an Operation. A web page is an error as the answer to a write, and if the request accepts JSON only. It is sent once, only to the org, with the token of the connection,
// and waits for the same rate limits as an Operation. The error is a *card.Error, or ctx's; the Answer then is the refusal, or
// empty. Raw is safe for concurrent use.
func (s *Session) Raw(ctx context.Context, r Request) (Answer, error) {
	target, err := s.target(r.Path)
	if err != nil {
		return Answer{}, err
	}
	if err := wire.CheckHeader(r.Header); err != nil {
		return Answer{}, err
	}
	op := Operation{Name: r.Method + " " + target.EscapedPath(), Bucket: r.Method + " " + template(target.Path)}
	op.send = func(ctx context.Context, _ *okta.APIClient, _ []string) error {
		req, err := http.NewRequestWithContext(ctx, r.Method, target.String(), nil)
		if err != nil {
			return err
		}
		req.Header = r.Header.Clone()
		if req.Header == nil {
			req.Header = http.Header{}
		}
		config := s.client.GetConfig()
		req.Header.Set("User-Agent", config.UserAgent)
		answer, err := config.HTTPClient.Do(req)
		if err != nil {
			return err
		}
		return answer.Body.Close()
	}
	e, err := s.exchange(ctx, op, Args{Query: r.Query, Body: r.Body})
	defer e.end()
	answer := Answer{Status: e.status, Header: e.header, Body: bytes.Clone(e.body), op: op} // e.body ends with the exchange
	if err == nil && e.isPage() && (!e.reads || r.Header.Get("Accept") == jsonType) {
		err = e.garbled(errors.New("a web page instead of an answer of the API"))
	}
	if err != nil {
		return answer, err
	}
	if answer.Next, err = nextCursor(e.header, s.org); err == nil && answer.Next == "" {
		answer.Next, err = nextInBody(e.body, s.org)
	}
	if err != nil {
		return Answer{}, e.unfollowed(err)
	}
	return answer, nil
}

// roots are the prefixes of paths that are relative to the root of the org, as is each path with a segment "api", such as
// /integrations/api/v1. All other paths are relative to /api/v1, which has no resources with these names.
var roots = []string{"/oauth2/", "/governance/", "/.well-known/", "/webauthn-registration/", "/idp/", "/login/", "/sso/", "/app/"}

// target returns the URL of a path. The URL is always in the org, and ".." cannot lead out of /api/v1.
func (s *Session) target(path string) (*url.URL, error) {
	wrong := func(hint, format string, args ...any) error {
		return &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("path %q ", path) + fmt.Sprintf(format, args...), Hint: hint}
	}
	if !strings.HasPrefix(path, "/") {
		return nil, wrong(`write just the path, such as "/users/00u1"; the host comes from the connection`, "does not start with /")
	}
	if strings.HasPrefix(path, "//") {
		return nil, wrong("the host comes from the connection", "names another host")
	}
	if strings.ContainsAny(path, "?#") {
		return nil, wrong("write the part after ? as `query`", "is more than a path")
	}
	plain, err := url.PathUnescape(path)
	if err != nil {
		return nil, wrong(`write a literal % as %25, or insert values with urlencode(…)`, "is not a valid URL path: %v", err)
	}
	for _, segment := range strings.Split(plain[1:], "/") {
		if leads := wire.BadSegment(segment); leads != "" {
			return nil, wrong("is an inserted value empty or wrong?", "has a segment %q, which %s", segment, leads)
		}
	}
	if !strings.Contains(path, "/api/") && !slices.ContainsFunc(roots, func(root string) bool { return strings.HasPrefix(path, root) }) {
		path, plain = "/api/v1"+path, "/api/v1"+plain
	}
	return &url.URL{Scheme: s.org.Scheme, Host: s.org.Host, Path: plain, RawPath: path}, nil
}

// template replaces each segment of a path that is an id by {id}, so that requests for different users share a
// bucket, as they do at Okta. Ids and logins have a digit or an @; the names of resources do not.
func template(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if part != "v1" && part != "oauth2" && strings.ContainsAny(part, "0123456789@") {
			parts[i] = "{id}"
		}
	}
	return strings.Join(parts, "/")
}
