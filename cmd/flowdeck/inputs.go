package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/nearest"
)

// readInputs makes a flow's inputs of `--input name=value`, each text read by its input's type.
func readInputs(p *engine.Plan, given []string) (map[string]engine.Value, error) {
	inputs := map[string]engine.Value{}
	for _, pair := range given {
		name, text, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, usage("write --input name=value", "--input %q has no value", pair)
		}
		in, ok := p.Input(name)
		if !ok {
			return nil, unknownInput(p, name)
		}
		if _, twice := inputs[name]; twice {
			return nil, usage("", "input %q is given twice", name)
		}
		v, err := readInput(in, text)
		if err == nil && in.Check != nil {
			err = in.Check(v)
		}
		if err != nil {
			return nil, usage(in.About, "input %q: %v", name, err)
		}
		inputs[name] = v
	}
	for _, in := range p.Inputs {
		if _, ok := inputs[in.Name]; !ok && in.Required {
			return nil, usage(strings.TrimSpace(fmt.Sprintf("--input %s=…  %s", in.Name, in.About)), "input %q of flow %q is missing", in.Name, p.Flow)
		}
	}
	return inputs, nil
}

func unknownInput(p *engine.Plan, name string) error {
	names := map[string]bool{}
	for _, in := range p.Inputs {
		names[in.Name] = true
	}
	there := slices.Sorted(maps.Keys(names))
	if len(there) == 0 {
		return usage("", "flow %q takes no inputs, so none is called %q", p.Flow, name)
	}
	hint := "inputs: " + strings.Join(there, ", ")
	if near, ok := nearest.Name(name, there); ok {
		hint = fmt.Sprintf("did you mean %q? %s", near, hint)
	}
	return usage(hint, "flow %q has no input %q", p.Flow, name)
}

// readInput reads a text as the input's type: numbers and booleans as they are written in YAML, lists and
// objects as JSON, anything else as it stands.
func readInput(in engine.Input, text string) (engine.Value, error) {
	if in.Schema == nil {
		return text, nil
	}
	switch in.Schema.Type {
	case "integer":
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("%q is no integer", text)
		}
		return n, nil
	case "number":
		v, err := card.DecodeJSON([]byte(text))
		if err != nil {
			return nil, fmt.Errorf("%q is no number", text)
		}
		return v, nil
	case "boolean":
		if text != "true" && text != "false" {
			return nil, fmt.Errorf("%q is neither true nor false", text)
		}
		return text == "true", nil
	case "array", "object":
		v, err := card.DecodeJSON([]byte(text))
		if err != nil {
			return nil, fmt.Errorf("it must be JSON: %w", err)
		}
		return v, nil
	}
	return text, nil
}
