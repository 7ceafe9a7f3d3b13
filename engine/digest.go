package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Digest identifies the behavior of a run of p. It covers the text of every flow that p runs and, for each card that
// these flows call, its name, its effect and the schemas of its inputs and answer. A resumed run compares the digests
// to detect that its flow, or one of these parts, has changed.
func (p *Plan) Digest() string {
	flows, cards := map[string]string{}, map[string]card.Card{}
	p.collect(flows, cards, map[*Plan]bool{})
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(flows)) {
		fmt.Fprintf(sum, "flow %q %q\n", name, flows[name])
	}
	for _, name := range slices.Sorted(maps.Keys(cards)) {
		c := cards[name]
		schemas, err := json.Marshal([]any{c.In, c.Out})
		if err != nil { // cannot happen: a schema that was read from JSON can be written
			schemas = []byte(err.Error())
		}
		fmt.Fprintf(sum, "card %q %s %s\n", c.Name, c.Effect, schemas)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// collect adds p, the flows that p runs, and the cards that they call to flows and cards.
func (p *Plan) collect(flows map[string]string, cards map[string]card.Card, seen map[*Plan]bool) {
	if p == nil || seen[p] {
		return
	}
	seen[p] = true
	flows[p.Flow] = p.Source
	for _, l := range p.Limits {
		if l.Of != nil {
			cards[l.Of.Card.Name+" "+l.Of.Card.Table] = l.Of.Card
		}
	}
	walk(p.Steps, func(s *Step) {
		switch verb := s.Do.(type) {
		case CallCard:
			cards[verb.Card.Name+" "+verb.Card.Table] = verb.Card
		case TakeBack:
			for _, call := range verb.Calls {
				cards[call.Card.Name+" "+call.Card.Table] = call.Card
			}
		case Loop:
			if !verb.inMemory() {
				cards[verb.Source.Card.Name+" "+verb.Source.Card.Table] = verb.Source.Card
			}
		}
		runs(s.Do).collect(flows, cards, seen)
	})
}
