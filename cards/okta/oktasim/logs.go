package oktasim

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

var logRoutes = []route{
	{"GET", "/api/v1/logs", "okta.logs.read", listLogEvents},
}

// A logQuery is a query of the system log.
type logQuery struct {
	page
	now, since, until instant // until is exclusive
	polling           bool    // neither until nor descending order: there is always a next page
	descending        bool
	conditions        conjunction
	words             []string // of q, folded
}

// listLogEvents handles GET /api/v1/logs. A query without until and in ascending order is a polling query: it returns
// events in the order in which they were stored, from those stored at since, and always has a next link, for future
// events. Any other query is bounded: it selects events by the time when they were published, and ends. Repeated
// later, it may return more, because of delayed events (System Log API, "Polling requests" and "Bounded requests").
func listLogEvents(c *call) answer {
	q := c.logQuery()
	return c.read(func(*directory) answer {
		log := &c.org.events
		if q.polling && q.after > int64(log.end(q.now)) {
			return c.badCursor() // of an earlier log. Okta's has one
		}
		numbers, next, more := q.find(log)
		const size = 1_200 // approximate size of one event in bytes
		b := append(make([]byte, 0, 2+size*len(numbers)), '[')
		for i, n := range numbers {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendEvent(b, log.at(n))
		}
		a := c.ok(append(b, ']'))
		a.links = c.links(q.page, uint32(next), more)
		return a
	})
}

// find returns the numbers of a page's events, the cursor of the next page, and whether there is one. The cursor of a
// polling query is the number of the next event, which may not exist yet. The cursor of a bounded query is the number
// of the last event that it returned.
func (q logQuery) find(log *eventLog) (numbers []uint64, next uint64, more bool) {
	if q.polling {
		next = max(log.first(), uint64(max(q.after, 0)))
		for end := log.end(q.now); next < end && len(numbers) < q.limit; next++ {
			if e := log.at(next); q.spans(e, e.stored) && q.wants(e) {
				numbers = append(numbers, next)
			}
		}
		return numbers, next, true
	}
	for _, n := range q.rest(log) {
		if !q.wants(log.at(n)) {
			continue
		}
		if len(numbers) == q.limit {
			return numbers, numbers[q.limit-1], true
		}
		numbers = append(numbers, n)
	}
	return numbers, 0, false
}

// rest returns the numbers of the events in a bounded query after its cursor, in the query's order.
func (q logQuery) rest(log *eventLog) []uint64 {
	low, end := log.first(), log.end(q.now)
	order := func(a, b uint64) int {
		earlier := cmp.Compare(a, b)
		if min(a, b) >= low { // if the ring no longer has the cursor's event, that event is older than all others
			earlier = cmp.Or(cmp.Compare(log.at(a).published, log.at(b).published), earlier)
		}
		if q.descending {
			return -earlier
		}
		return earlier
	}
	last := uint64(q.after)
	first := q.after < 0 || last >= end
	var numbers []uint64
	for n := low; n < end; n++ {
		if e := log.at(n); q.spans(e, e.published) && (first || order(n, last) > 0) {
			numbers = append(numbers, n)
		}
	}
	slices.SortFunc(numbers, order)
	return numbers
}

// spans reports whether an event is within the retention, and at within the bounds of the query.
func (q logQuery) spans(e *event, at instant) bool {
	return at >= q.since && at < q.until && e.published >= q.now.add(-logRetention)
}

func (q logQuery) wants(e *event) bool {
	return q.conditions.hold(e.value) && (len(q.words) == 0 || e.mentions(q.words))
}

// logQuery reads the parameters. The default limit is 100 events, the maximum 1,000. The default of since is 7 days
// before until. Events older than 90 days are not returned.
func (c *call) logQuery() logQuery {
	q := logQuery{now: c.now, page: c.page(100, 1000), words: c.logWords(), conditions: c.logCondition()}
	switch order := c.query.Get("sortOrder"); strings.ToUpper(order) {
	case "DESCENDING":
		q.descending = true
	case "", "ASCENDING":
	default:
		c.reject(c.invalid("sortOrder", "sortOrder: must be ASCENDING or DESCENDING, not "+jsonText(order)))
	}
	q.polling = !q.descending && !c.query.Has("until")
	// Without until there is no upper bound, because an event that another call has just stored must be included.
	q.until = c.logMoment("until", math.MaxInt64)
	q.since = c.logMoment("since", min(q.until, c.now).add(-logSince))
	if c.query.Has("since") && q.since < q.now.add(-logReach) {
		c.reject(c.refuse(http.StatusBadRequest, "E0000053", "Invalid parameter: The since parameter is over 180 days prior to the current day."))
	}
	return q
}

// logWords reads q. The error for words of more than 40 characters has Okta's text, the one for more than 10 words
// has ours (System Log API, "Request parameters" and "Errors").
func (c *call) logWords() []string {
	words := strings.Fields(fold(c.query.Get("q")))
	for _, word := range words {
		if utf8.RuneCountInString(word) > 40 {
			c.reject(c.invalid("'q': Freeform search cannot contain items longer than 40 characters. " +
				"Please shorten the items in your search or use an advanced filter to query by specific fields."))
		}
	}
	if len(words) > 10 {
		c.reject(c.invalid("'q': at most 10 keywords"))
	}
	return words
}

// logCondition reads the filter. The log has its own error for an invalid filter (System Log API, "Errors"). The
// texts about operators and attributes are Okta's.
func (c *call) logCondition() conjunction {
	if !c.query.Has("filter") {
		return nil
	}
	text := c.query.Get("filter")
	condition, err := parseFilter(text, logFilter)
	var wrong *filterError
	if errors.As(err, &wrong) {
		c.reject(c.badLogFilter(text, wrong))
	}
	return conjunction{condition}
}

func (c *call) badLogFilter(text string, wrong *filterError) answer {
	switch {
	case wrong.operator != "" && wrong.field != "":
		return c.refuse(http.StatusBadRequest, "E0000031",
			"The supplied combination of operator and field is not currently supported. Operator: "+wrong.operator+", Field: "+wrong.field)
	case wrong.operator != "":
		return c.refuse(http.StatusBadRequest, "E0000053", fmt.Sprintf("Invalid filter '%s': Unrecognized attribute operator '%s' at position %d. Expected: %s",
			text, wrong.operator, wrong.at, strings.ReplaceAll(joinOperators(wrong.expected), ", ", ",")))
	case wrong.field != "":
		return c.refuse(http.StatusBadRequest, "E0000053", "field is not valid: "+wrong.field)
	}
	return c.refuse(http.StatusBadRequest, "E0000053", "Invalid filter '"+text+"': "+wrong.Error())
}

// logMoment reads since or until. The error has Okta's text (System Log API, "Errors").
func (c *call) logMoment(name string, usual instant) instant {
	text := c.query.Get(name)
	if text == "" {
		return usual
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		const format, date = "The date format in your query is not recognized. Please enter dates using ISO8601 string format.", "must be a valid date-time or empty."
		c.reject(c.invalid("'"+name+"': "+format+". '"+name+"': "+date, name+": "+format, name+": "+date))
	}
	return instantOf(at)
}
