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

// Digest identifies what a run of p does: it covers the text of every flow that p runs, and of each card that they
// call its name, its effect and the schemas of its inputs and answer. A run that is resumed compares it, and so knows
// whether its flow, or what it is made of, has changed.
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
		if err != nil { // a schema that was read from JSON can be written
			schemas = []byte(err.Error())
		}
		fmt.Fprintf(sum, "card %q %s %s\n", name, c.Effect, schemas)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// collect finds the flows that p runs, itself included, and the cards that they call.
func (p *Plan) collect(flows map[string]string, cards map[string]card.Card, seen map[*Plan]bool) {
	if p == nil || seen[p] {
		return
	}
	seen[p] = true
	flows[p.Flow] = p.Source
	walk(p.Steps, func(s *Step) {
		switch verb := s.Do.(type) {
		case CallCard:
			cards[verb.Card.Name] = verb.Card
		case Loop:
			if !verb.inMemory() {
				cards[verb.Source.Card.Name] = verb.Source.Card
			}
		}
		runs(s.Do).collect(flows, cards, seen)
	})
}
