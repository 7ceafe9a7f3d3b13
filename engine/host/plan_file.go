package host

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

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
	inputs, err := card.EncodeJSON(p.Inputs)
	if err != nil {
		return nil, fmt.Errorf("inputs of the plan: %w", err)
	}
	decoded, err := card.DecodeJSON(inputs) // with the numbers of a run
	if err != nil {
		return nil, fmt.Errorf("inputs of the plan: %w", err)
	}
	p.Inputs, _ = decoded.(map[string]any)
	return p, nil
}
