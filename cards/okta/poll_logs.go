package okta

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

const (
	// logRetention is how long Okta keeps an event. Source: Okta, System Log API, "Data retention"
	logRetention = 90 * 24 * time.Hour
	// longestTypes is the length of a filter for types of events. Beyond that, all events are read: a URL has a limit.
	longestTypes = 4000
)

// logPosition is how far the system log was read. Okta's cursor of a polling query is the place in the order in which events were stored, so that events that are
// stored late are not missed. If Okta does not take the cursor any more, the log is read from some minutes before Read on.
type logPosition struct {
	Clock orgClock    `json:"clock"`
	From  time.Time   `json:"from,omitzero"` // the start: what happened before is old
	Read  time.Time   `json:"read,omitzero"` // everything up to this time was read
	After card.Cursor `json:"after,omitempty"`
}

// logReader reads the system log.
var logReader = card.NewReader([]string{"okta.logs.read"}, readLog)

func readLog(ctx context.Context, call card.Call, in logTriggerInput, at *logPosition) (card.News, logPosition, error) {
	org, err := session(call)
	if err != nil {
		return card.News{}, logPosition{}, err
	}
	l := logRead{org: org, in: in}
	if at == nil {
		return l.start(ctx)
	}
	return l.next(ctx, *at)
}

// logRead reads a page of the log.
type logRead struct {
	org *oktaapi.Session
	in  logTriggerInput
}

// start reads the page that has the newest event. What had happened by then is old.
func (l logRead) start(ctx context.Context) (card.News, logPosition, error) {
	newest, date, err := l.newest(ctx)
	if err != nil {
		return card.News{}, logPosition{}, err
	}
	p := logPosition{Clock: orgClock{}.see(date, newest), From: newest, Read: newest}
	page, err := l.page(ctx, p, newest)
	if err != nil {
		return card.News{}, p, err
	}
	news, p := l.news(page, p)
	for i, r := range news.Records {
		news.Records[i].Old = !r.At.After(newest)
	}
	return news, p, nil
}

// next reads the page at a position.
func (l logRead) next(ctx context.Context, p logPosition) (card.News, logPosition, error) {
	page, err := l.page(ctx, p, earlier(p.Read, overlap))
	if failure := card.AsError(err); failure != nil && (failure.Kind == card.Invalid || failure.Kind == card.NotFound) && p.After != "" {
		page, p, err = l.withoutCursor(ctx, p)
	}
	if err != nil {
		return card.News{}, p, err
	}
	news, next := l.news(page, p)
	if gone := earlier(next.Clock.Time, logRetention); gone.After(p.Read) && !p.Read.IsZero() {
		news.Lost = &card.Span{From: p.Read, To: gone}
	}
	return news, next, nil
}

// withoutCursor reads a page after a cursor that Okta does not take.
func (l logRead) withoutCursor(ctx context.Context, p logPosition) (logPage, logPosition, error) {
	newest, date, err := l.newest(ctx)
	if err != nil {
		return logPage{}, p, err
	}
	p.After, p.Clock = "", p.Clock.see(date, newest)
	page, err := l.page(ctx, p, later(earlier(p.Read, overlap), earlier(p.Clock.Time, logRetention))) // Okta refuses an earlier since
	return page, p, err
}

// logPage is a page of the log.
type logPage struct {
	events []card.Value
	next   card.Cursor
	date   time.Time
}

// page reads a page of a polling query. Okta's own links have since and after; since alone would be 7 days ago.
func (l logRead) page(ctx context.Context, p logPosition, since time.Time) (page logPage, err error) {
	parameters := query("since", oktaTime(since), "filter", l.filter(), "limit", number(mostLogs))
	page.events, page.next, page.date, err = l.org.DatedPage(ctx, oktaapi.ListLogEvents, oktaapi.Args{Query: parameters}, p.After)
	return page, err
}

// newest returns the time of the newest event, zero if there is none, and that of the answer.
func (l logRead) newest(ctx context.Context) (newest, date time.Time, err error) {
	events, _, date, err := l.org.DatedPage(ctx, oktaapi.ListLogEvents, oktaapi.Args{Query: query("sortOrder", "DESCENDING", "limit", "1")}, "")
	if err == nil && len(events) > 0 {
		newest, err = publishedAt(events[0])
	}
	return newest, date, err
}

// filter returns the filter expression that Okta evaluates.
func (l logRead) filter() string {
	var terms []string
	for _, name := range l.in.Types {
		quoted, _ := card.EncodeJSON(name) // a string can always be encoded
		terms = append(terms, "eventType eq "+string(quoted))
	}
	types := strings.Join(terms, " or ")
	switch {
	case types == "" || len(types) > longestTypes:
		return l.in.Query
	case l.in.Query == "":
		return types
	}
	return "(" + types + ") and (" + l.in.Query + ")"
}

// news returns the events of a page, and the position after it.
func (l logRead) news(page logPage, p logPosition) (card.News, logPosition) {
	var news card.News
	newest := time.Time{}
	for _, event := range page.events {
		read, err := (hooks{}).Read(event)
		if err != nil {
			news.Records = append(news.Records, card.Record{Value: event, Err: err})
			continue
		}
		newest = later(newest, read.At)
		if l.in.Types == nil || slices.Contains(l.in.Types, read.Type) {
			news.Records = append(news.Records, card.Record{Key: read.ID, At: read.At, Subject: read.Subject, Value: read.Event, Old: read.At.Before(p.From)})
		}
	}
	stuck := page.next == p.After
	p.Clock, p.After = p.Clock.see(page.date, newest), page.next
	// Okta may fill a page in part, although there is more: then its events are not of now.
	full := len(page.events) >= mostLogs || newest.Before(earlier(p.Clock.Time, overlap))
	if news.More = full && len(page.events) > 0 && !stuck; news.More {
		p.Read = later(p.Read, newest)
	} else {
		p.Read = p.Clock.Time
		news.Forget = earlier(p.Read, 2*overlap)
	}
	news.At = p.Read
	return news, p
}
