package orgcopy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// atOnce is the number of lists that are read at the same time. The connection's share of the rate limits paces them.
const atOnce = 4

// A reader reads an org into the files of a copy.
type reader struct {
	*Copy
	org   Org
	again func(try func() error) error // repeats a read that failed, as a step of a flow would
	show  func(Progress)
}

// A list is one list of the org: a path, and where its records are stored.
type list struct {
	name  string // in the spool
	path  string
	query url.Values
	into  *spool
	shape func(record) (any, error) // makes the record that is stored; nil leaves one out
	one   bool                      // the answer is one object, of which shape returns a []any
}

// Read reads all that the options choose, and that is not stored already. again calls try until it succeeds or makes no sense any more; show is called for the
// progress, by one goroutine at a time. What the connection may not read is in c.Missing; any other error ends it, and it goes on later.
func (c *Copy) Read(ctx context.Context, org Org, again func(try func() error) error, show func(Progress)) error {
	r := &reader{Copy: c, org: org, again: again, show: show}
	for _, step := range []struct {
		kind Kind
		read func(context.Context) error
	}{
		{Types, r.types}, {Schemas, r.schemas}, {Users, r.users}, {Groups, r.groups}, {Members, r.members}, {Rules, r.rules},
		{Apps, r.apps}, {Schemas, r.appSchemas}, {Assignments, r.assignments}, {Policies, r.policies}, {Hooks, r.hooks},
	} {
		if !c.has(step.kind) {
			continue
		}
		if err := step.read(ctx); err != nil {
			return err
		}
	}
	return nil
}

// errRefused ends the reading of a kind that the connection may not read.
var errRefused = errors.New("refused")

// lists reads lists of one kind: several at the same time, or one after the other if they are long and stored page by page.
func (r *reader) lists(ctx context.Context, kind Kind, long bool, all []list) error {
	p := Progress{Kind: kind, Of: len(all)}
	seen := map[*spool]bool{}
	for _, l := range all {
		if !seen[l.into] {
			seen[l.into] = true
			p.Records += l.into.count()
		}
	}
	var mu sync.Mutex
	read := func(n int) {
		mu.Lock()
		defer mu.Unlock()
		p.Records += n
		r.show(p)
	}
	ended := func() {
		mu.Lock()
		defer mu.Unlock()
		p.Lists = min(p.Lists+1, p.Of)
	}
	workers := atOnce
	if long {
		workers, p.Of = 1, 1 // how many lists there are says nothing
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan list)
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			for l := range next {
				if err := r.list(ctx, l, long, read); err != nil && !r.lacks(l, err) {
					cancel(r.tolerated(kind, err))
					return
				}
				ended()
			}
		})
	}
	for _, l := range all {
		if l.into.has(l.name) {
			ended()
			continue
		}
		select {
		case next <- l:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(next)
	wait.Wait()
	if err := context.Cause(ctx); err != nil && !errors.Is(err, errRefused) {
		return err
	}
	p.Done = true
	r.show(p)
	return nil
}

// tolerated stores that a list of a kind may not be read, and returns errRefused; or it returns the error.
func (r *reader) tolerated(kind Kind, err error) error {
	failure := (*card.Error)(nil)
	if !errors.As(err, &failure) || failure.Kind != card.Forbidden {
		return err
	}
	r.miss(Missing{Kind: kind, Scope: scopes[kind], Why: failure.Message})
	return errRefused
}

// list reads one list to its end. One whose owner was deleted in the meantime is empty.
func (r *reader) list(ctx context.Context, l list, long bool, read func(int)) error {
	var all []any
	seen := map[card.Cursor]bool{}
	for at := card.Cursor(""); ; {
		seen[at] = true
		records, next, err := r.page(ctx, l, at)
		switch failure := (*card.Error)(nil); {
		case errors.As(err, &failure) && failure.Kind == card.NotFound && at == "":
			return l.into.put(l.name, nil)
		case err == nil && seen[next] && next != "":
			err = fmt.Errorf("GET %s: the next page is one that was read already", l.path)
		case err == nil && long:
			err = l.into.add(records)
		case err == nil:
			all = append(all, records...)
		}
		if err != nil && long {
			return errors.Join(err, l.into.drop())
		} else if err != nil {
			return err
		}
		read(len(records))
		if at = next; at == "" && long {
			return l.into.finish(l.name)
		} else if at == "" {
			return l.into.put(l.name, all)
		}
	}
}

// page reads one page of a list, and returns its records in the form in which they are stored.
func (r *reader) page(ctx context.Context, l list, at card.Cursor) (records []any, next card.Cursor, err error) {
	query := url.Values{}
	for name, values := range l.query {
		query[name] = values
	}
	if at != "" {
		query.Set("after", string(at))
	}
	var answer oktaapi.Answer
	err = r.again(func() error {
		answer, err = r.org.Raw(ctx, oktaapi.Request{
			Method: http.MethodGet, Path: l.path, Query: query, Header: http.Header{"Accept": {"application/json"}},
		})
		return err
	})
	if err != nil {
		return nil, "", err
	}
	var items []record
	decoder := json.NewDecoder(bytes.NewReader(answer.Body))
	decoder.UseNumber()
	if l.one {
		items = make([]record, 1)
		err = decoder.Decode(&items[0])
	} else {
		err = decoder.Decode(&items)
	}
	if err != nil {
		return nil, "", fmt.Errorf("GET %s: the answer cannot be read: %w", l.path, err)
	}
	for _, item := range items {
		shaped, err := l.shape(item)
		if err != nil {
			return nil, "", fmt.Errorf("GET %s: %w", l.path, err)
		}
		switch shaped := shaped.(type) {
		case nil:
		case []any:
			records = append(records, shaped...)
		default:
			records = append(records, shaped)
		}
	}
	return records, answer.Next, nil
}

// limit returns the query of a list with pages of this size.
func limit(n int, more ...string) url.Values {
	q := url.Values{"limit": {fmt.Sprint(n)}}
	for i := 0; i < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return q
}
