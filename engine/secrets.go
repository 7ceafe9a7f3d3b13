package engine

import "github.com/flowdeck/flowdeck/engine/card"

// A value that is secret by schema may be used by later steps, and is never shown. The interpreter reports its text as
// soon as it appears, before anything that may contain it; every writer hides it.

// learn reports secrets that came up at a place.
func (f *frame) learn(rt Runtime, at Place, secrets []string) {
	if len(secrets) > 0 {
		rt.Emit(Event{Kind: Learned, Place: at, Secrets: secrets})
	}
}

// learnInputs reports the secret inputs of the flow that f enters.
func (f *frame) learnInputs(inputs map[string]Value) {
	for _, in := range f.plan.Inputs {
		f.learn(f.rt, f.place, in.Secrets(inputs[in.Name]))
	}
}

// learnPage reports the secrets in the records of a page.
func (f *frame) learnPage(rt Runtime, c CallCard, at Place, page card.Page) {
	for _, item := range page.Items {
		f.learn(rt, at, c.Card.Secrets(item))
	}
}

// Choices returns the values of the input's enum; nil if it has none, or if they are secret.
func (in Input) Choices() []Value {
	if in.Schema == nil || in.Secret {
		return nil
	}
	return in.Schema.Enum
}

// HasSecrets reports whether the input, or a part of it, is secret.
func (in Input) HasSecrets() bool { return in.Secret || card.HasSecrets(in.Schema) }

// Secrets returns the secret texts in a value of the input.
func (in Input) Secrets(v Value) []string {
	if in.Secret {
		return texts(v)
	}
	return card.Secrets(in.Schema, v)
}

// texts returns all strings and numbers in a value, as text.
func texts(v Value) (all []string) {
	switch v := v.(type) {
	case nil, bool:
	case []any:
		for _, item := range v {
			all = append(all, texts(item)...)
		}
	case map[string]any:
		for _, field := range v {
			all = append(all, texts(field)...)
		}
	default:
		all = append(all, Words(v))
	}
	return all
}
