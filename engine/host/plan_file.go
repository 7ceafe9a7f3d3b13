package host

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/words"
)

// mostPlanBytes is the maximum size of a plan in a file.
const mostPlanBytes = 1 << 30

// ReadPlan reads a plan from a file. Errors are UsageErrors.
func ReadPlan(r io.Reader) (*Plan, error) {
	data, err := io.ReadAll(io.LimitReader(r, mostPlanBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > mostPlanBytes {
		return nil, Usage("", "it has more than %d MiB", mostPlanBytes>>20)
	}
	return decodePlan(data)
}

func decodePlan(data []byte) (*Plan, error) {
	const hint = "flowdeck plan FLOW --out FILE writes one"
	p := &Plan{}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(p); err != nil {
		return nil, Usage(hint, "it is not a plan: %v", words.NotJSON(data, err))
	}
	switch _, err := decoder.Token(); {
	case !errors.Is(err, io.EOF):
		return nil, Usage(hint, "it is not a plan: something follows it")
	case p.Version == 0 || p.ID == "" || p.Flow == "" || p.Source == "":
		return nil, Usage(hint, "it is not a plan")
	case p.Version != planVersion:
		return nil, Usage(hint, "it is a plan of version %d, and this flowdeck reads version %d", p.Version, planVersion)
	}
	var err error
	if p.Inputs, err = withNumbers(p.Inputs); err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for i := range p.Writes {
		w := &p.Writes[i]
		if w.Input, err = withNumbers(w.Input); err != nil {
			return nil, err
		}
		key := w.Run + " " + w.Place.ID()
		if known[key] && !w.Place.IsZero() {
			return nil, Usage(hint, "it is not a plan: it has two writes at step %s", w.Step)
		}
		known[key] = true
	}
	return p, nil
}

// withNumbers returns an object with the numbers that a run has.
func withNumbers(object map[string]any) (map[string]any, error) {
	text, err := card.EncodeJSON(object)
	if err != nil {
		return nil, err
	}
	decoded, err := card.DecodeJSON(text)
	again, _ := decoded.(map[string]any)
	return again, err
}

// Judged returns the plan with what its inputs and states say, whatever else a file says of its writes: nobody is shown less than what a run
// may change.
func (p *Plan) Judged(cards card.Set) *Plan {
	judged := *p
	judged.Writes = slices.Clone(p.Writes)
	for i := range judged.Writes {
		w := &judged.Writes[i]
		c := cards[w.Card]
		w.Effect = c.EffectOf(w.Input).String()
		after := card.Predicted{}
		if w.Before != nil && len(w.Unknown) == 0 {
			var err error
			if after, err = c.After(w.Input, *w.Before); err != nil {
				w.Before = nil
			}
		}
		w.judge(c, after)
	}
	judged.Summary = judged.summary()
	return &judged
}
