package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"time"
)

// org sends requests to an Okta org, as bench/handwritten does, but leaves retries to the libraries. Its exported
// methods are the steps of the workflows: go-workflows registers these.
type org struct {
	http  *http.Client
	base  string // "http://127.0.0.1:8644"
	token string
}

func newOrg(base, token string) *org {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 2 * width // one for each step, and for the list
	return &org{http: &http.Client{Transport: transport, Timeout: time.Minute}, base: base, token: token}
}

// page is a page of the members of a group.
type page struct {
	Members []string // IDs
	Next    string   // URL of the next page; empty after the last
}

// Start returns the URL of the first page of the members of the group with a name.
func (o *org) Start(ctx context.Context, group string) (string, error) {
	var groups []struct{ ID string }
	search := url.QueryEscape(fmt.Sprintf("profile.name eq %q", group))
	if _, err := o.do(ctx, http.MethodGet, o.base+"/api/v1/groups?search="+search, &groups); err != nil {
		return "", err
	}
	if len(groups) == 0 {
		return "", fmt.Errorf("group %q not found", group)
	}
	return o.base + "/api/v1/groups/" + url.PathEscape(groups[0].ID) + "/users", nil
}

var nextLink = regexp.MustCompile(`<([^>]+)>;\s*rel="next"`)

// List reads one page of members.
func (o *org) List(ctx context.Context, at string) (page, error) {
	var users []struct{ ID string }
	header, err := o.do(ctx, http.MethodGet, at, &users)
	if err != nil {
		return page{}, err
	}
	var p page
	for _, user := range users {
		p.Members = append(p.Members, user.ID)
	}
	for _, link := range header.Values("Link") {
		if m := nextLink.FindStringSubmatch(link); m != nil {
			p.Next = m[1]
		}
	}
	return p, nil
}

// SuspendIfIdle reads a user, because the list may be out of date, and reports whether it suspended them.
func (o *org) SuspendIfIdle(ctx context.Context, id string, cutoff time.Time) (bool, error) {
	var user struct {
		Status             string
		LastLogin, Created *time.Time
	}
	at := o.base + "/api/v1/users/" + url.PathEscape(id)
	if _, err := o.do(ctx, http.MethodGet, at, &user); err != nil {
		return false, err
	}
	seen := user.LastLogin
	if seen == nil {
		seen = user.Created
	}
	if user.Status != "ACTIVE" || seen == nil || seen.After(cutoff) {
		return false, nil
	}
	_, err := o.do(ctx, http.MethodPost, at+"/lifecycle/suspend", nil)
	return err == nil, err
}

// Nothing is the step whose cost is that of the library.
func (o *org) Nothing(context.Context) (bool, error) { return true, nil }

// do sends a request, and decodes the body of the response into out unless out is nil.
func (o *org) do(ctx context.Context, method, target string, out any) (http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, method, target, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "SSWS "+o.token)
	resp, err := o.http.Do(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s %s: read the answer: %w", method, target, err)
	case resp.StatusCode >= 300:
		return nil, fmt.Errorf("%s %s: %s: %s", method, target, resp.Status, body)
	case out == nil:
		return resp.Header, nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return nil, fmt.Errorf("%s %s: decode the answer: %w", method, target, err)
	}
	return resp.Header, nil
}
