package scim

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/flowdeck/flowdeck/cards/web"
	"github.com/flowdeck/flowdeck/engine/card"
)

// A listing is what to list.
type listing struct {
	filter   string
	count    int // resources a page; 0 is left to the target
	sortBy   string
	order    string
	only     []string // the attributes of the answer; nil for the usual ones
	excluded []string // attributes that the answer does not need
}

// A position is a place in a list.
type position struct {
	start int    // startIndex, from 1
	local bool   // the target refused the filter, and flowdeck filters
	first string // the id of the first resource of the page before
}

// parsePosition reads a cursor.
func parsePosition(at card.Cursor) (position, error) {
	if at == "" {
		return position{start: 1}, nil
	}
	start, rest, _ := strings.Cut(string(at), " ")
	how, first, _ := strings.Cut(rest, " ")
	n, err := strconv.Atoi(start)
	if err != nil || n < 1 {
		return position{}, &card.Error{Kind: card.Internal, Message: fmt.Sprintf("cursor %q is not valid", at)}
	}
	return position{n, how == "local", first}, nil
}

// cursor returns the position as a cursor.
func (p position) cursor() card.Cursor {
	how := "there"
	if p.local {
		how = "local"
	}
	return card.Cursor(fmt.Sprintf("%d %s %s", p.start, how, p.first))
}

// A page is a part of a list.
type page struct {
	resources []map[string]any
	next      *position // nil after the last page
}

// page reads one page. A filter that the target refuses is applied here.
func (t *target) page(ctx context.Context, k kind, l listing, at position) (page, error) {
	fits, mistake := filter(nil), (*card.FilterMistake)(nil)
	if l.filter != "" {
		if fits, mistake = parseFilter(l.filter); mistake != nil {
			return page{}, &card.Error{Kind: card.Invalid, Message: "`filter`: " + mistake.Message, Hint: mistake.Hint}
		}
	}
	p, err := t.pageAt(ctx, k, l, at)
	if l.filter != "" && !at.local && at.start == 1 && refusesFilter(err) {
		at.local = true
		p, err = t.pageAt(ctx, k, l, at)
	}
	if err != nil || !at.local {
		return p, err
	}
	fitting := p.resources[:0]
	for _, r := range p.resources {
		if fits(r) {
			fitting = append(fitting, r)
		}
	}
	p.resources = fitting
	return p, nil
}

// refusesFilter reports whether a target does not know a filter.
func refusesFilter(err error) bool {
	failure := card.AsError(err)
	return failure != nil && (failure.Code == "invalidFilter" || failure.Code == "" && failure.Status == http.StatusBadRequest || failure.Status == http.StatusNotImplemented)
}

// pageAt reads one page as the target has it.
//
// Source: RFC 7644, section 3.4.2.4
func (t *target) pageAt(ctx context.Context, k kind, l listing, at position) (p page, err error) {
	query := url.Values{"startIndex": {strconv.Itoa(at.start)}}
	set := func(name, value string) {
		if value != "" {
			query.Set(name, value)
		}
	}
	if l.count > 0 {
		set("count", strconv.Itoa(l.count))
	}
	set("sortBy", l.sortBy)
	set("sortOrder", l.order)
	if !at.local { // a local filter needs all attributes
		set("filter", l.filter)
		set("attributes", strings.Join(l.only, ","))
		set("excludedAttributes", strings.Join(l.excluded, ","))
	}
	err = t.send(ctx, message{method: http.MethodGet, path: k.path, query: query}, func(a web.Answer) error {
		v, err := a.JSON()
		if err != nil {
			return err
		}
		body, ok := v.(map[string]any)
		if !ok {
			return a.Unread("is not a SCIM list")
		}
		if p, err = pageIn(body, at, a.Unread); err != nil {
			return err
		}
		return nil
	})
	return p, err
}

// pageIn reads a list message. unread makes the error of one that is not as it should be: a list that is cut short without a word, or that
// never ends, is worse than none.
func pageIn(body map[string]any, at position, unread func(string) error) (p page, err error) {
	total, counted := whole(field(body, "totalResults"))
	list, isList := field(body, "Resources").([]any)
	if v := field(body, "Resources"); !isList && (v != nil || !counted) {
		return p, unread("has no list of resources")
	}
	for _, item := range list {
		r, _ := item.(map[string]any)
		if r = canonical(r); r["id"] == nil {
			return p, unread("has a resource without an id")
		}
		if _, ok := r["id"].(string); !ok {
			return p, unread("has a resource whose id is not a string")
		}
		p.resources = append(p.resources, r)
	}
	n := len(p.resources)
	switch {
	case n == 0 && counted && total >= at.start:
		return p, unread(fmt.Sprintf("has no resources from %d on, although it counts %d", at.start, total))
	case n == 0 || counted && total < at.start+n:
		return p, nil
	}
	first := p.resources[0]["id"].(string)
	if start, ok := whole(field(body, "startIndex")); first == at.first || ok && start == 1 && at.start > 1 {
		return p, unread("is the same page again: the target ignores startIndex")
	}
	p.next = &position{at.start + n, at.local, first}
	return p, nil
}

// whole returns a whole number, which some targets send as a string.
func whole(v any) (n int, ok bool) {
	switch v := v.(type) {
	case int:
		return v, v >= 0
	case string:
		n, err := strconv.Atoi(v)
		return n, err == nil && n >= 0
	}
	return 0, false
}

// each calls do for all pages of a list. do returns false to stop.
func (t *target) each(ctx context.Context, k kind, l listing, do func([]map[string]any) bool) error {
	for at := (&position{start: 1}); at != nil; {
		p, err := t.page(ctx, k, l, *at)
		if err != nil {
			return err
		}
		if !do(p.resources) {
			return nil
		}
		at = p.next
	}
	return nil
}
