package enginetest

import (
	"strings"

	"github.com/flowdeck/flowdeck/engine"
)

// At parses the text of a place, for tests of listeners. The text in brackets is the key of a record.
func At(path string) (p engine.Place) {
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '.' || r == ']' }) {
		name, key, inRecord := strings.Cut(part, "[")
		p = p.Step(name)
		if inRecord {
			p = p.Record(0, key, 0)
		}
	}
	return p
}

// Began returns the event of a step that starts. card is empty for a step without one.
func Began(path, verb, card string) engine.Event {
	return engine.Event{Kind: engine.StepStarted, Place: At(path), Verb: verb, Card: card}
}

// Ended returns the event of a step that ends. err is nil unless it failed.
func Ended(path, verb, card string, status engine.Status, err error) engine.Event {
	return engine.Event{Kind: engine.StepEnded, Place: At(path), Verb: verb, Card: card, Status: status, Err: err}
}

// Processed returns the events of a record of the loop at a path: it starts and ends.
func Processed(path, key string, status engine.Status, err error) []engine.Event {
	at := At(path).Record(0, key, 0)
	return []engine.Event{
		{Kind: engine.RecordStarted, Place: at},
		{Kind: engine.RecordEnded, Place: at, Status: status, Err: err},
	}
}
