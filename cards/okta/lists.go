package okta

import (
	"context"
	"net/url"
	"strconv"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// page reads one page of a list of T.
func page[T any](ctx context.Context, call card.Call, op oktaapi.Operation, args oktaapi.Args, at card.Cursor) ([]card.Raw[T], card.Cursor, error) {
	org, err := session(call)
	if err != nil {
		return nil, "", err
	}
	items, next, err := org.Page(ctx, op, args, at)
	if err != nil {
		return nil, "", err
	}
	records := make([]card.Raw[T], len(items))
	for i, item := range items {
		records[i].Value = item
	}
	return records, next, nil
}

// eachPage calls read for one page after another. read returns the cursor of the next page; an empty one ends the list. A cursor that
// repeats is an error, because the list would never end.
func eachPage(read func(at card.Cursor) (next card.Cursor, err error)) error {
	seen := map[card.Cursor]bool{}
	for at := card.Cursor(""); ; {
		if seen[at] {
			return repeats()
		}
		seen[at] = true
		next, err := read(at)
		if err != nil || next == "" {
			return err
		}
		at = next
	}
}

// search reads page by page until one has the object that is searched for. It returns nil if no page has it. find searches one
// page, and returns the cursor of the next page, which is empty after the last.
func search(find func(at card.Cursor) (object map[string]any, next card.Cursor, err error)) (found map[string]any, err error) {
	err = eachPage(func(at card.Cursor) (next card.Cursor, err error) {
		if found, next, err = find(at); found != nil {
			next = ""
		}
		return next, err
	})
	return found, err
}

// query makes query parameters from alternating names and values. It leaves out empty values.
func query(pairs ...string) url.Values {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q
}

// number formats a number. It returns "" for 0, because 0 means that the input was not set.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// from returns the cursor of a page. The first page starts at the cursor of the input.
func from(after string, at card.Cursor) card.Cursor {
	if at == "" {
		return card.Cursor(after)
	}
	return at
}
