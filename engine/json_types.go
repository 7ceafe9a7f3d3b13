package engine

import "encoding/json"

// The types below cross field by field, but for their values and errors.

// MarshalJSON writes the call.
func (c Invocation) MarshalJSON() ([]byte, error) {
	return json.Marshal(callJSON{plainCall(c), ValueJSON{c.In}})
}

// UnmarshalJSON reads what MarshalJSON has written.
func (c *Invocation) UnmarshalJSON(data []byte) error {
	var j callJSON
	err := json.Unmarshal(data, &j)
	*c = Invocation(j.plainCall)
	c.In = j.In.Value
	return err
}

type (
	plainCall Invocation
	callJSON  struct {
		plainCall
		In ValueJSON
	}
)

// MarshalJSON writes the start.
func (s Start) MarshalJSON() ([]byte, error) {
	j := startJSON{plainStart: plainStart(s), Inputs: make(map[string]ValueJSON, len(s.Inputs))}
	for name, v := range s.Inputs {
		j.Inputs[name] = ValueJSON{v}
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON has written.
func (s *Start) UnmarshalJSON(data []byte) error {
	var j startJSON
	err := json.Unmarshal(data, &j)
	*s = Start(j.plainStart)
	s.Inputs = make(map[string]Value, len(j.Inputs))
	for name, v := range j.Inputs {
		s.Inputs[name] = v.Value
	}
	return err
}

type (
	plainStart Start
	startJSON  struct {
		plainStart
		Inputs map[string]ValueJSON
	}
)

// MarshalJSON writes the record.
func (r Record) MarshalJSON() ([]byte, error) {
	return json.Marshal(recordJSON{plainRecord(r), ValueJSON{r.Value}, ErrorJSON{r.Err}})
}

// UnmarshalJSON reads what MarshalJSON has written.
func (r *Record) UnmarshalJSON(data []byte) error {
	var j recordJSON
	err := json.Unmarshal(data, &j)
	*r = Record(j.plainRecord)
	r.Value, r.Err = j.Value.Value, j.Err.Err
	return err
}

type (
	plainRecord Record
	recordJSON  struct {
		plainRecord
		Value ValueJSON
		Err   ErrorJSON
	}
)

// MarshalJSON writes the outcome.
func (o Outcome) MarshalJSON() ([]byte, error) {
	return json.Marshal(outcomeJSON{plainOutcome(o), ValueJSON{o.Value}})
}

// UnmarshalJSON reads what MarshalJSON has written.
func (o *Outcome) UnmarshalJSON(data []byte) error {
	var j outcomeJSON
	err := json.Unmarshal(data, &j)
	*o = Outcome(j.plainOutcome)
	o.Value = j.Value.Value
	return err
}

type (
	plainOutcome Outcome
	outcomeJSON  struct {
		plainOutcome
		Value ValueJSON
	}
)

// MarshalJSON writes the failure.
func (f Failure) MarshalJSON() ([]byte, error) {
	return json.Marshal(failureJSON{f.Index, ErrorJSON{f.Err}})
}

// UnmarshalJSON reads what MarshalJSON has written.
func (f *Failure) UnmarshalJSON(data []byte) error {
	var j failureJSON
	err := json.Unmarshal(data, &j)
	f.Index, f.Err = j.Index, j.Err.Err
	return err
}

type failureJSON struct {
	Index int
	Err   ErrorJSON
}

// MarshalJSON writes the tally.
func (t Tally) MarshalJSON() ([]byte, error) {
	j := tallyJSON{plainTally: plainTally(t)}
	if t.Values != nil {
		j.Values = &ValueJSON{t.Values}
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON has written.
func (t *Tally) UnmarshalJSON(data []byte) error {
	var j tallyJSON
	err := json.Unmarshal(data, &j)
	*t = Tally(j.plainTally)
	if j.Values != nil {
		t.Values, _ = j.Values.Value.([]any)
	}
	return err
}

type (
	plainTally Tally
	tallyJSON  struct {
		plainTally
		Values *ValueJSON // nil is not the same as none
	}
)

// MarshalJSON writes the event.
func (e Event) MarshalJSON() ([]byte, error) {
	return json.Marshal(eventJSON{plainEvent(e), ErrorJSON{e.Err}})
}

// UnmarshalJSON reads what MarshalJSON has written.
func (e *Event) UnmarshalJSON(data []byte) error {
	var j eventJSON
	err := json.Unmarshal(data, &j)
	*e = Event(j.plainEvent)
	e.Err = j.Err.Err
	return err
}

type (
	plainEvent Event
	eventJSON  struct {
		plainEvent
		Err ErrorJSON
	}
)

// MarshalJSON writes the write.
func (w Write) MarshalJSON() ([]byte, error) {
	return json.Marshal(writeJSON{plainWrite(w), ValueJSON{w.In}})
}

// UnmarshalJSON reads what MarshalJSON has written.
func (w *Write) UnmarshalJSON(data []byte) error {
	var j writeJSON
	err := json.Unmarshal(data, &j)
	*w = Write(j.plainWrite)
	w.In, _ = j.In.Value.(map[string]any)
	return err
}

type (
	plainWrite Write
	writeJSON  struct {
		plainWrite
		In ValueJSON
	}
)
