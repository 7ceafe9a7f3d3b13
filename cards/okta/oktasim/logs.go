package oktasim

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// A logQuery is what a request asks of the system log.
type logQuery struct {
	page
	since, until instant // until is not included
	polling      bool    // neither until nor a descending order: there is always a next page
	descending   bool
	conditions   conjunction
	words        []string // of q, folded
}

// listLogEvents is GET /api/v1/logs. A query without until and in ascending order polls: it gives
// events in the order in which they were stored, and its next link is always there, for what is yet
// to come. Any other query is bounded, and ends (System Log API, "System Log query": polling and
// bounded requests).
func listLogEvents(c *call) answer {
	c.org.mu.RLock()
	defer c.org.mu.RUnlock()
	q, bad := c.logQuery()
	if bad != nil {
		return *bad
	}
	log := &c.org.events
	const size = 1_200 // bytes of one event, roughly
	b := append(make([]byte, 0, 2+size*min(q.limit, len(log.ring))), '[')
	count, last, more := 0, log.next, false
	for n := range q.numbers(log) {
		e := log.at(n)
		if !q.wants(e) {
			continue
		}
		if count == q.limit {
			more = true
			break
		}
		if count++; count > 1 {
			b = append(b, ',')
		}
		b = appendEvent(b, e)
		last = n
	}
	// A cursor is the number of the event that comes next: of a polling query that has read all,
	// the first that is not there yet.
	next := last + 1
	switch {
	case q.descending:
		next = last
	case !more:
		next = log.next
	}
	a := c.ok(append(b, ']'))
	a.links = c.links(q.page, uint32(next), more || q.polling)
	return a
}

// numbers are those of the events that the query may want, in its order. An ascending cursor is the
// number to begin at, a descending one the number to begin below.
func (q logQuery) numbers(log *eventLog) func(yield func(uint64) bool) {
	low, high := log.first(), log.next
	if q.descending {
		if q.after >= 0 {
			high = min(high, uint64(q.after))
		}
		return func(yield func(uint64) bool) {
			for n := high; n > low && yield(n-1); n-- {
			}
		}
	}
	if q.after >= 0 {
		low = max(low, uint64(q.after))
	}
	return func(yield func(uint64) bool) {
		for n := low; n < high && yield(n); n++ {
		}
	}
}

func (q logQuery) wants(e *event) bool {
	return e.published >= q.since && e.published < q.until && q.conditions.hold(e.value) &&
		(len(q.words) == 0 || e.mentions(q.words))
}

// logQuery reads the parameters. 100 events are the default and 1,000 the most; since is 7 days
// before until; nothing is older than 90 days. The caller holds the lock.
func (c *call) logQuery() (logQuery, *answer) {
	var bad *answer
	q := logQuery{words: strings.Fields(fold(c.query.Get("q")))}
	if q.page, bad = c.page(100, 1000); bad != nil {
		return q, bad
	}
	condition, err := c.logCondition()
	if err != nil {
		a := c.badSearch(err.Error())
		return q, &a
	}
	q.conditions = condition
	switch order := c.query.Get("sortOrder"); strings.ToUpper(order) {
	case "DESCENDING":
		q.descending = true
	case "", "ASCENDING":
	default:
		a := c.invalid("sortOrder", "sortOrder: ASCENDING or DESCENDING, not "+jsonText(order))
		return q, &a
	}
	q.polling = !q.descending && !c.query.Has("until")
	// Without until there is no bound: an event that another call stored just now must not be passed over.
	if q.until, bad = c.logMoment("until", math.MaxInt64); bad != nil {
		return q, bad
	}
	if q.since, bad = c.logMoment("since", min(q.until, c.now).add(-logSince)); bad != nil {
		return q, bad
	}
	q.since = max(q.since, c.now.add(-logRetention))
	return q, nil
}

func (c *call) logCondition() (conjunction, error) {
	if !c.query.Has("filter") {
		return nil, nil
	}
	condition, err := parseFilter(c.query.Get("filter"), logFilter)
	if err != nil {
		return nil, fmt.Errorf("filter: %w", err)
	}
	return conjunction{condition}, nil
}

// logMoment reads since or until.
func (c *call) logMoment(name string, usual instant) (instant, *answer) {
	text := c.query.Get(name)
	if text == "" {
		return usual, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		a := c.invalid(name, name+": a time such as "+instantLayout+", not "+jsonText(text))
		return 0, &a
	}
	return instantOf(at), nil
}
