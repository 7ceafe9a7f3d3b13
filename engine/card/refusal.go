package card

// A Refusal is the reason why a card refuses an input that fits its schema.
type Refusal struct {
	Path          []string // of the input: {"extra_parameters", "q"}
	Message, Hint string   // for people; the message names the input, and the hint may be empty
}

// Refusing returns the card with a further check of its inputs, which comes before everything that the card sends. Before a run, and in a
// dry run, an input that is not known has a value that fits no schema, which the check accepts. The check returns nil for inputs that the card takes.
func (c Card) Refusing(check func(in map[string]any) *Refusal) Card {
	before := c.refuse
	c.refuse = func(in map[string]any) *Refusal {
		if before != nil {
			if r := before(in); r != nil {
				return r
			}
		}
		return check(in)
	}
	return c
}

// Refusal returns the reason why the card refuses a call with this input; nil if it does not. The check of a flow asks for it, and a dry
// run for the calls that it does not make.
func (c Card) Refusal(in Value) *Refusal {
	given, _ := in.(map[string]any)
	if c.refuse == nil {
		return nil
	}
	return c.refuse(given)
}

func (c Card) refused(in Value) error {
	if r := c.Refusal(in); r != nil {
		return &Error{Kind: Invalid, Message: r.Message, Hint: r.Hint}
	}
	return nil
}

// Checking returns the card with the checks of inputs and files that an attempt makes before it sends anything. Only what answers in place of the card
// needs them: see Card.Answered.
func Checking[In any](c Card, check func(Call, In) error) Card {
	c.check = func(call Call, in Value) error {
		typed, err := decodeInput[In](in)
		if err != nil {
			return err
		}
		return check(call, typed)
	}
	return c
}
