package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"
)

const attempts = 5

// client sends requests to an Okta org.
type client struct {
	http  *http.Client
	org   string // "http://127.0.0.1:8644"
	token string
}

func newClient(org, token string) *client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 2 * width // one for each worker, and for the list
	return &client{http: &http.Client{Transport: transport, Timeout: time.Minute}, org: org, token: token}
}

func (c *client) get(ctx context.Context, path string) (user map[string]any, err error) {
	_, err = c.do(ctx, http.MethodGet, c.org+path, &user)
	return user, err
}

func (c *client) post(ctx context.Context, path string) error {
	_, err := c.do(ctx, http.MethodPost, c.org+path, nil)
	return err
}

// members sends the members of a group to a channel, page after page.
func (c *client) members(ctx context.Context, group string, to chan<- map[string]any) error {
	for next := c.org + "/api/v1/groups/" + url.PathEscape(group) + "/users"; next != ""; {
		var page []map[string]any
		var err error
		if page, next, err = c.page(ctx, next); err != nil {
			return err
		}
		for _, member := range page {
			select {
			case to <- member:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

var nextLink = regexp.MustCompile(`<([^>]+)>;\s*rel="next"`)

// page reads one page of a list, and returns the URL of the next; empty after the last.
func (c *client) page(ctx context.Context, page string) (items []map[string]any, next string, err error) {
	header, err := c.do(ctx, http.MethodGet, page, &items)
	for _, link := range header.Values("Link") {
		if m := nextLink.FindStringSubmatch(link); m != nil {
			next = m[1]
		}
	}
	return items, next, err
}

// do sends a request, retries it after a 429 or a 5xx, and decodes the body of the response into out unless out is
// nil.
func (c *client) do(ctx context.Context, method, target string, out any) (http.Header, error) {
	for attempt := 1; ; attempt++ {
		req, err := http.NewRequestWithContext(ctx, method, target, nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Accept", "application/json")
		req.Header.Set("Authorization", "SSWS "+c.token)
		resp, err := c.http.Do(req)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		switch {
		case err != nil:
			return nil, err
		case resp.StatusCode < 300 && out == nil:
			return resp.Header, nil
		case resp.StatusCode < 300:
			return resp.Header, json.Unmarshal(body, out)
		case attempt == attempts || resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode < 500:
			return nil, fmt.Errorf("%s %s: %s: %s", method, target, resp.Status, body)
		}
		select {
		case <-time.After(wait(resp, attempt)):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// wait returns the delay before a retry: until the end of the rate limit's window, otherwise doubling each time.
func wait(resp *http.Response, attempt int) time.Duration {
	reset, err := strconv.ParseInt(resp.Header.Get("X-Rate-Limit-Reset"), 10, 64)
	if err != nil || resp.StatusCode != http.StatusTooManyRequests {
		return time.Second << attempt
	}
	return max(time.Until(time.Unix(reset, 0)), 0) + time.Second
}
