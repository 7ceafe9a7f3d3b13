package orgcopy

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
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
	owner string // the path of the object to which the list belongs; "" if it belongs to the org
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
		if c.hide != nil {
			c.hide.blind = !c.spools["users"].has("")
		}
		if err := step.read(ctx); err != nil {
			return err
		}
	}
	return nil
}

// errRefused ends the reading of a kind that the connection may not read.
var errRefused = errors.New("refused")

// mostRefused is the number of lists of a kind that Okta refuses before no more are asked for, if it has answered none.
const mostRefused = 2 * atOnce

// A reading is how far the lists of a kind are.
type reading struct {
	*reader
	mu      sync.Mutex
	at      Progress
	refused int         // lists that Okta does not give
	why     *card.Error // the last refusal
}

// read counts records.
func (r *reading) read(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at.Records += n
	r.show(r.at)
}

// ended counts a list that was read to its end, or with an error. It returns the error that ends the others; nil if they go on.
func (r *reading) ended(l list, err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	failure := (*card.Error)(nil)
	switch is := errors.As(err, &failure); {
	case err == nil:
		r.at.Lists = min(r.at.Lists+1, r.at.Of)
		return nil
	case is && l.path == "/policies" && unavailable(failure):
		r.miss(Missing{Kind: Policies, Why: "Okta has no policies of type " + l.name + " in this org: " + r.reason(failure)})
		return nil
	case !is || failure.Kind != card.Forbidden && failure.Kind != card.NotFound:
		return err
	}
	r.why = failure
	if r.refused++; r.refused >= mostRefused && r.at.Lists == 0 && failure.Kind == card.Forbidden {
		return errRefused
	}
	return nil
}

// lists reads lists of one kind: several at the same time, or one after the other if they are long and stored page by page.
func (r *reader) lists(ctx context.Context, kind Kind, long bool, all []list) error {
	p := &reading{reader: r, at: Progress{Kind: kind, Of: len(all)}}
	workers := atOnce
	if long {
		workers, p.at.Of = 1, 1 // how many lists there are says nothing
	}
	seen := map[*spool]bool{}
	var left []list
	for _, l := range all {
		if !seen[l.into] {
			seen[l.into] = true
			p.at.Records += l.into.count()
		}
		if !l.into.has(l.name) {
			left = append(left, l)
		} else if err := p.ended(l, nil); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan list)
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			for l := range next {
				if err := p.ended(l, r.list(ctx, l, long, p.read)); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	for _, l := range left {
		select {
		case next <- l:
		case <-ctx.Done():
		}
	}
	close(next)
	wait.Wait()
	if err := context.Cause(ctx); err != nil && !errors.Is(err, errRefused) {
		return err
	}
	part := ""
	if len(all) > 0 && all[0].into == r.spools["policy_rules"] {
		part = "rules"
	}
	switch {
	case p.refused > 0 && p.at.Lists == 0 && lacksScope(p.why):
		r.miss(Missing{Kind: kind, Part: part, Lists: p.refused, Scope: scopes[kind], Why: r.reason(p.why)})
	case p.refused > 0:
		r.miss(Missing{Kind: kind, Part: part, Lists: p.refused, Why: fmt.Sprintf("Okta refuses %d of %d lists: %s", p.refused, len(all), r.reason(p.why))})
	}
	p.at.Done = true
	r.show(p.at)
	return nil
}

// lacksScope reports whether a refusal is for want of a scope, and not of a feature that the org does not have.
func lacksScope(failure *card.Error) bool {
	return failure.Kind == card.Forbidden && failure.Status != http.StatusBadRequest && failure.Code != "E0000015"
}

// goneList is the name of the spool with the owners of lists that were deleted while the org was read.
const goneList = "gone"

// gone stores that the owner of a list was deleted, if it was: then the list is empty, and the owner is left out.
func (r *reader) gone(ctx context.Context, l list) (bool, error) {
	if l.owner == "" {
		return false, nil
	}
	_, err := r.get(ctx, l.owner, nil)
	if failure := (*card.Error)(nil); !errors.As(err, &failure) || failure.Kind != card.NotFound {
		return false, err
	}
	return true, errors.Join(r.spools[goneList].put(l.owner, nil), l.into.put(l.name, nil))
}

// mostEmpty is the number of empty pages of a list, one after the other, after which a list is taken for endless.
const mostEmpty = 100

// list reads one list to its end.
func (r *reader) list(ctx context.Context, l list, long bool, read func(int)) error {
	var all []any
	seen, pages, void := map[card.Cursor]bool{}, map[[sha256.Size]byte]bool{}, 0
	for at := card.Cursor(""); ; {
		seen[at] = true
		records, ids, next, err := r.page(ctx, l, at)
		page := sha256.Sum256([]byte(ids))
		if void++; ids != "" {
			void = 0
		}
		switch failure := (*card.Error)(nil); {
		case errors.As(err, &failure) && failure.Kind == card.NotFound:
			if gone, failed := r.gone(ctx, l); gone || failed != nil {
				return failed
			}
		case err == nil && (seen[next] && next != "" || ids != "" && pages[page] || void > mostEmpty):
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
		pages[page] = true
		read(len(records))
		if at = next; at == "" && long {
			return l.into.finish(l.name)
		} else if at == "" {
			return l.into.put(l.name, all)
		}
	}
}

// get reads a path.
func (r *reader) get(ctx context.Context, path string, query url.Values) (answer oktaapi.Answer, err error) {
	err = r.again(func() error {
		answer, err = r.org.Raw(ctx, oktaapi.Request{
			Method: http.MethodGet, Path: path, Query: query, Header: http.Header{"Accept": {"application/json"}},
		})
		return err
	})
	return answer, err
}

// reason returns why Okta refuses something: its answer or, if people are not to be named, what kind of answer it is.
func (r *reader) reason(failure *card.Error) string {
	switch {
	case r.hide == nil:
		return r.options.Hide(failure.Message)
	case vocabulary.MatchString(strings.TrimRight(failure.Code, "0123456789")):
		return fmt.Sprintf("%s (%s)", failure.Kind, failure.Code)
	}
	return string(failure.Kind)
}

// page reads one page of a list, and returns its records in the form in which they are stored, and the ids of all that it has.
func (r *reader) page(ctx context.Context, l list, at card.Cursor) (records []any, ids string, next card.Cursor, err error) {
	query := url.Values{}
	for name, values := range l.query {
		query[name] = values
	}
	if at != "" {
		query.Set("after", string(at))
	}
	answer, err := r.get(ctx, l.path, query)
	if err != nil {
		return nil, "", "", err
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
	if err == nil && (items == nil || l.one && items[0] == nil) {
		err = errors.New("it is null")
	}
	if err != nil {
		return nil, "", "", fmt.Errorf("GET %s: the answer cannot be read: %w", l.path, err)
	}
	hidesSome := r.options.Hide(string(answer.Body)) != string(answer.Body) // of an answer as a whole, this is found out faster
	for _, item := range items {
		if hidesSome {
			item = mapped(item, "", func(_, text string) string { return r.options.Hide(text) }).(record)
		}
		shaped, err := l.shape(item)
		if err != nil {
			return nil, "", "", fmt.Errorf("GET %s: %w", l.path, err)
		}
		ids += textIn(item, "id") + "\n"
		switch shaped := shaped.(type) {
		case nil:
		case []any:
			records = append(records, shaped...)
		default:
			records = append(records, shaped)
		}
	}
	return records, ids, answer.Next, nil
}

// limit returns the query of a list with pages of this size.
func limit(n int, more ...string) url.Values {
	q := url.Values{"limit": {fmt.Sprint(n)}}
	for i := 0; i < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return q
}
