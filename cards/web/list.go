package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/words"
)

type listInput struct {
	Path     string         `json:"path" jsonschema:"the path below base_url of the connection, escaped as in a URL, such as /users; insert values with urlencode(…)"`
	Query    map[string]any `json:"query,omitempty" jsonschema:"query parameters: strings, numbers, booleans, or lists of them" narrows:"q,query,search,filter,$filter,$search"`
	Headers  map[string]any `json:"headers,omitempty" jsonschema:"more headers; the headers of the connection cannot be set"`
	Items    string         `json:"items,omitempty" jsonschema:"the field of the answer that has the list, such as value or result.users; by default the answer is the list"`
	Paginate string         `json:"paginate,omitempty" jsonschema:"how to get the next page: link: by the header Link; cursor: by the field next of the answer; offset, page: by a parameter that counts records or pages, until a page is empty; by default cursor if next is given, otherwise link" enum:"link,cursor,offset,page"`
	Next     string         `json:"next,omitempty" jsonschema:"for cursor: the field of the answer that has the cursor of the next page or, without param, its URL or path, such as meta.next_cursor or @odata.nextLink"`
	Param    string         `json:"param,omitempty" jsonschema:"for cursor, offset and page: the query parameter for it; by default cursor, offset or page"`
	Start    *int           `json:"start,omitempty" jsonschema:"for offset and page: the number of the first record or page; by default 0 and 1"`
}

var lists = []card.Card{
	card.NewList(card.Spec{
		Name: "http.list", Title: "HTTP List", Also: []string{"Paginated Request"}, Summary: "read a list from an HTTP service, page by page",
		Effect: card.Reads, NoScopes: true, AnyCase: true, SecretsIn: secretNames.In, Target: "GET {path}",
		Example: "card: http.list\nwith: {path: /items, query: {limit: 2}}",
	}, listPage),
}

// listPage reads one page. The records may be any values.
func listPage(ctx context.Context, call card.Call, in listInput, at card.Cursor) ([]card.Raw[any], card.Cursor, error) {
	s, err := sessionOf(call)
	if err != nil {
		return nil, "", err
	}
	p := in.pages()
	r, err := s.request(http.MethodGet, place{Path: in.Path, Query: in.Query, Headers: in.Headers}, acceptJSON)
	if err != nil {
		return nil, "", err
	}
	if err := p.turn(&r, s.base, at); err != nil {
		return nil, "", err
	}
	e, err := s.do(ctx, r)
	defer e.end()
	if err != nil {
		return nil, "", err
	}
	body, err := e.decode("json")
	if err != nil {
		return nil, "", err
	}
	items, err := itemsAt(body, in.Items)
	if err != nil {
		return nil, "", e.wrong(err)
	}
	next, err := p.next(s.base, e, body, items, at)
	if err != nil {
		return nil, "", e.wrong(fmt.Errorf("the rest of the list cannot be read: %w", err))
	}
	records := make([]card.Raw[any], len(items))
	for i, item := range items {
		records[i].Value = item
	}
	return records, next, nil
}

// wrong returns the error of a page that cannot be used. It is final: the next attempt would get the same page.
func (e *exchange) wrong(err error) *card.Error {
	failure := &card.Error{Kind: card.Invalid, Code: card.CodeUnread, Status: e.status, Err: err, Message: e.request.line() + ": " + err.Error()}
	if page := (*pageError)(nil); errors.As(err, &page) {
		failure.Hint = page.hint
	}
	return failure
}

// pageError is the error for a page that does not have what it should.
type pageError struct{ message, hint string }

func (e *pageError) Error() string { return e.message }

// itemsAt returns the list at a path of an answer. Some services leave out a list that is empty: a path that leads nowhere is an empty
// list if the answer has no other one, and is not a refusal.
func itemsAt(body card.Value, path string) ([]card.Value, error) {
	found, inside := valueAt(body, path)
	list, ok := found.([]any)
	if len(list) == 0 && refuses(body) {
		return nil, &pageError{"the answer has no records but an error: " + cmp.Or(reasonIn(body), "it has no reason"), ""}
	}
	if ok {
		return list, nil
	}
	lists := listsIn(body, "", 0)
	help := "set `items` to the field that has the list"
	if len(lists) > 0 {
		help = "set `items` to the field that has the list: " + words.Or(lists)
	}
	switch {
	case path == "":
		return nil, &pageError{"the answer is not a list but " + words.A(words.Kind(found)), help}
	case found == nil && inside && len(lists) == 0:
		return nil, nil
	case found == nil:
		return nil, &pageError{fmt.Sprintf("the answer has no field %q", path), help}
	}
	return nil, &pageError{fmt.Sprintf("%q in the answer is not a list but %s", path, words.A(words.Kind(found))), help}
}

// mostDepth is the depth to which lists are searched for a hint.
const mostDepth = 3

// listsIn returns the paths of the lists in an answer, sorted, for a hint.
func listsIn(v card.Value, at string, depth int) (paths []string) {
	object, _ := v.(map[string]any)
	if depth == mostDepth {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if _, ok := object[name].([]any); ok {
			paths = append(paths, at+name)
		}
		paths = append(paths, listsIn(object[name], at+name+".", depth+1)...)
	}
	return paths
}

// valueAt returns the value at a path of names with dots between them; "" is the value itself. A name may have dots, such as
// @odata.nextLink. inside reports whether the value is an object at all.
func valueAt(v card.Value, path string) (found card.Value, inside bool) {
	if path == "" {
		return v, true
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, false
	}
	for name := path; ; {
		if field, there := object[name]; there {
			return valueAtRest(field, path[len(name):])
		}
		dot := strings.LastIndex(name, ".")
		if dot < 0 {
			return nil, true
		}
		name = name[:dot]
	}
}

func valueAtRest(v card.Value, rest string) (card.Value, bool) {
	return valueAt(v, strings.TrimPrefix(rest, "."))
}
