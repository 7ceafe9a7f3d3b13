package oktasim

import (
	"strings"
	"time"
)

// An eventLog is the system log: the last logCapacity events, in the order in which they were
// stored. An event's number is its place among all that there ever were.
type eventLog struct {
	ring []event // event n is at n % logCapacity
	next uint64  // number of the next event
}

const (
	logCapacity  = 100_000
	logRetention = 90 * 24 * time.Hour
	logSince     = 7 * 24 * time.Hour // before until
)

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

func (l *eventLog) at(number uint64) *event { return &l.ring[number%logCapacity] }

// What filters of the log may say. Okta's know every attribute of an event and all operators of its
// filters but brackets (System Log API, "List all System Log events", filter).
var logFilter = vocabulary{
	attributes: []string{
		"eventType", "uuid", "severity", "displayMessage", "outcome.result", "transaction.id", "transaction.type",
		"actor.id", "actor.type", "actor.alternateId", "actor.displayName",
		"target.id", "target.type", "target.alternateId", "target.displayName",
	},
	operators: []operator{equals, differs, startsWith, contains, greater, greaterEqual, less, lessEqual, present},
	moments:   []string{"published"},
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
// returned when using a keyword match on an attribute with a null").
func (e *event) mentions(words []string) bool {
	have := map[string]bool{}
	tell := func(text string) {
		have[fold(text)] = true
		for _, word := range strings.Fields(fold(text)) {
			have[word] = true
		}
	}
	for _, attribute := range append(logFilter.attributes, "published") {
		values, _ := e.value(attribute)
		for value := range strings.SplitSeq(values, valuesApart) {
			tell(value)
		}
	}
	for _, word := range words {
		if !have[word] {
			return false
		}
	}
	return true
}
