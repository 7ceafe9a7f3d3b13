package oktaapi

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/okta/okta-sdk-golang/v5/okta"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Request is a request that no operation describes.
type Request struct {
	Method string
	Path   string // as a URL writes it, escaped: "/users/00u1" or "/api/v1/users/00u1"
	Query  url.Values
	Header http.Header // sent in addition to our own; those that would change the sender, the host or the length are refused
	Body   []byte      // nil for none
}

// Answer is a success as it came.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	Next   card.Cursor // of the link to the next page; "" without one

	op Operation
}

// Items are the records of an answer that is a page of a list. The error is a *card.Error, and wraps ErrNoList
// if the answer is something else.
func (a Answer) Items() ([]card.Value, error) {
	return (&exchange{op: a.op, status: a.Status, header: a.Header, body: a.Body}).items()
}

// Raw sends a request that is written out, in the same way as all others: to the org alone, with its token,
// through the same door, once. The error is a *card.Error, or ctx's.
func (s *Session) Raw(ctx context.Context, r Request) (Answer, error) {
	target, err := s.target(r.Path)
	if err != nil {
		return Answer{}, err
	}
	if err := checkHeader(r.Header); err != nil {
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
	if err != nil {
		return Answer{}, err
	}
	next, err := nextCursor(e.header, s.org)
	if err != nil {
		return Answer{}, e.garbled(err)
	}
	body := bytes.Clone(e.body) // e.body ends with the exchange
	return Answer{Status: e.status, Header: e.header, Body: body, Next: next, op: op}, nil
}

// roots are the prefixes of paths from the org's root; any other path is below /api/v1, in which no resource
// has such a name.
var roots = []string{"/api/", "/oauth2/", "/governance/", "/.well-known/"}

// target is the URL of a path. It never leaves the org, nor /api/v1 by way of "..".
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
		if leads := astray(segment); leads != "" {
			return nil, wrong("is a value that was inserted empty or wrong?", "has a segment %q, which %s", segment, leads)
		}
	}
	if !slices.ContainsFunc(roots, func(root string) bool { return strings.HasPrefix(path, root) }) {
		path, plain = "/api/v1"+path, "/api/v1"+plain
	}
	return &url.URL{Scheme: s.org.Scheme, Host: s.org.Host, Path: plain, RawPath: path}, nil
}

// checkHeader refuses headers that would change who asks, whom, or how much.
func checkHeader(h http.Header) error {
	for name := range h {
		switch canonical := http.CanonicalHeaderKey(name); {
		case slices.Contains([]string{"Authorization", "Cookie", "Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "User-Agent"}, canonical),
			strings.HasPrefix(canonical, "Proxy-"), strings.HasPrefix(canonical, "X-Forwarded-"):
			return &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("header %q is set by the connection and cannot be changed", name)}
		}
	}
	return nil
}

// template is a path with {id} for each part that names one of many, so that requests for different users
// share a bucket, as they do at Okta. Ids and logins have a digit or an @; names of resources have none.
func template(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if part != "v1" && part != "oauth2" && strings.ContainsAny(part, "0123456789@") {
			parts[i] = "{id}"
		}
	}
	return strings.Join(parts, "/")
}
