package oktasim

import (
	"strings"
	"time"
)

// An eventLog is the system log: the last logCapacity events, in the order in which they were
// stored. An event's number is its place among all that there ever were.
//
// Events may be stored later than they happen (System Log API, "Bounded requests": "events may be
// delayed. Such delays are rare but possible"). Here it is every second one, by exactly the seed's
// log_delay; without it, none. Nothing happens when the time has come: readers see the late events
// whose time has come after those of the ring, with the numbers that the next event to be added gives
// them for good.
type eventLog struct {
	delay time.Duration
	count uint64  // how many events there were, stored or not
	ring  []event // event n is at n % logCapacity
	next  uint64  // number of the next event
	late  []event // not stored when it was last looked, the first to come first; their numbers start at next
}

const (
	logCapacity  = 100_000
	logRetention = 90 * 24 * time.Hour
	logSince     = 7 * 24 * time.Hour   // before until
	logReach     = 180 * 24 * time.Hour // a since before that is refused
)

// add adds an event that has just happened.
func (l *eventLog) add(e event) {
	here := int(l.end(e.published) - l.next)
	for _, due := range l.late[:here] {
		l.append(due)
	}
	l.late = l.late[here:]
	l.count++
	if l.delay > 0 && l.count%2 == 0 {
		e.stored = e.published.add(l.delay)
		l.late = append(l.late, e)
		return
	}
	e.stored = e.published
	l.append(e)
}

func (l *eventLog) append(e event) {
	if at := l.next % logCapacity; int(at) < len(l.ring) {
		l.ring[at] = e
	} else {
		l.ring = append(l.ring, e)
	}
	l.next++
}

// first is the number of the oldest event that is still there.
func (l *eventLog) first() uint64 { return l.next - uint64(len(l.ring)) }

// end is the number after that of the last event stored by a moment.
func (l *eventLog) end(now instant) uint64 {
	n := l.next
	for _, e := range l.late {
		if e.stored > now {
			break
		}
		n++
	}
	return n
}

func (l *eventLog) at(number uint64) *event {
	if number >= l.next {
		return &l.late[number-l.next]
	}
	return &l.ring[number%logCapacity]
}

// The vocabulary of filters of the log. Okta's know every attribute of an event but published, which would
// contend with since and until, and all operators but brackets (System Log API, "Expression filter").
var logFilter = vocabulary{
	attributes: []string{
		"eventType", "uuid", "severity", "displayMessage", "outcome.result", "transaction.id", "transaction.type",
		"actor.id", "actor.type", "actor.alternateId", "actor.displayName",
		"target.id", "target.type", "target.alternateId", "target.displayName",
	},
	operators: []operator{equals, differs, startsWith, endsWith, contains, greater, greaterEqual, less, lessEqual, present},
}

func (e *event) value(attribute string) (string, bool) {
	switch attribute {
	case "eventType":
		return e.kind, true
	case "uuid":
		return e.uuid, true
	case "severity":
		return "INFO", true
	case "displayMessage":
		return displayMessages[e.kind], displayMessages[e.kind] != ""
	case "outcome.result":
		return e.result, true
	case "transaction.id":
		return e.request, true
	case "transaction.type":
		return "WEB", true
	case "published":
		return e.published.text(), true
	}
	whose, property, _ := strings.Cut(attribute, ".")
	if whose == "actor" {
		text := e.actor.property(property)
		return text, text != ""
	}
	var texts []string
	for _, t := range e.targets {
		if text := t.property(property); text != "" {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, valuesApart), len(texts) > 0
}

func (t target) property(name string) string {
	switch name {
	case "id":
		return t.id
	case "type":
		return t.kind
	case "alternateId":
		return t.alternate
	}
	return t.display
}

// mentions reports whether every word is somewhere in the event, whole and in any case. A null has
// no words (Okta, "Guidance for Okta connector": keywords must match exactly; "No values are
// returned when using a keyword match on an attribute with a null"). A word with hyphens is found by
// its parts too (System Log API, "Keyword filter").
func (e *event) mentions(words []string) bool {
	have := map[string]bool{}
	mention := func(text string) {
		have[fold(text)] = true
		for _, word := range strings.Fields(fold(text)) {
			have[word] = true
			for part := range strings.SplitSeq(word, "-") {
				have[part] = true
			}
		}
	}
	for _, attribute := range append(logFilter.attributes, "published") {
		values, _ := e.value(attribute)
		for value := range strings.SplitSeq(values, valuesApart) {
			mention(value)
		}
	}
	for _, word := range words {
		if !have[word] {
			return false
		}
	}
	return true
}
