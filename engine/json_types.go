package engine

import (
	"encoding/json"

	"github.com/flowdeck/flowdeck/engine/card"
)

// The types below are encoded field by field. Their values and errors use ValueJSON and ErrorJSON.

// MarshalJSON encodes the call.
func (c Invocation) MarshalJSON() ([]byte, error) {
	j := callJSON{plainCall: plainCall(c), In: ValueJSON{c.In}}
	if c.Last != nil {
		j.Last.Err = c.Last
	}
	return json.Marshal(j)
}

// UnmarshalJSON decodes the output of MarshalJSON.
func (c *Invocation) UnmarshalJSON(data []byte) error {
	var j callJSON
	err := json.Unmarshal(data, &j)
	*c = Invocation(j.plainCall)
	c.In, c.Last = j.In.Value, card.AsError(j.Last.Err)
	return err
}

type (
	plainCall Invocation
	callJSON  struct {
		plainCall
		In   ValueJSON
		Last ErrorJSON
	}
)

// MarshalJSON encodes the start.
func (s Start) MarshalJSON() ([]byte, error) {
	j := startJSON{plainStart: plainStart(s), Inputs: make(map[string]ValueJSON, len(s.Inputs)), Trigger: ValueJSON{s.Trigger}}
	for name, v := range s.Inputs {
		j.Inputs[name] = ValueJSON{v}
	}
	return json.Marshal(j)
}

// UnmarshalJSON decodes the output of MarshalJSON.
func (s *Start) UnmarshalJSON(data []byte) error {
	var j startJSON
	err := json.Unmarshal(data, &j)
	*s = Start(j.plainStart)
	s.Trigger = j.Trigger.Value
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
		Inputs  map[string]ValueJSON
		Trigger ValueJSON
	}
)

// MarshalJSON encodes the record.
func (r Record) MarshalJSON() ([]byte, error) {
	return json.Marshal(recordJSON{plainRecord(r), ValueJSON{r.Value}, ErrorJSON{r.Err}})
}

// UnmarshalJSON decodes the output of MarshalJSON.
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

// MarshalJSON encodes the outcome.
func (o Outcome) MarshalJSON() ([]byte, error) {
	j := outcomeJSON{plainOutcome: plainOutcome(o), Value: ValueJSON{o.Value}}
	if o.Group != nil {
		j.Group = &ValueJSON{o.Group}
	}
	return json.Marshal(j)
}

// UnmarshalJSON decodes the output of MarshalJSON.
func (o *Outcome) UnmarshalJSON(data []byte) error {
	var j outcomeJSON
	err := json.Unmarshal(data, &j)
	*o = Outcome(j.plainOutcome)
	o.Value = j.Value.Value
	if j.Group != nil {
		o.Group = j.Group.Value
	}
	return err
}

type (
	plainOutcome Outcome
	outcomeJSON  struct {
		plainOutcome
		Value ValueJSON
		Group *ValueJSON `json:",omitempty"` // most have none
	}
)

// MarshalJSON encodes the item.
func (i Item) MarshalJSON() ([]byte, error) {
	return json.Marshal(itemJSON{i.Index, ValueJSON{i.Value}})
}

// UnmarshalJSON decodes the output of MarshalJSON.
func (i *Item) UnmarshalJSON(data []byte) error {
	var j itemJSON
	err := json.Unmarshal(data, &j)
	i.Index, i.Value = j.Index, j.Value.Value
	return err
}

type itemJSON struct {
	Index int
	Value ValueJSON
}

// MarshalJSON encodes the failure.
func (f Failure) MarshalJSON() ([]byte, error) {
	return json.Marshal(failureJSON{f.Index, ErrorJSON{f.Err}})
}

// UnmarshalJSON decodes the output of MarshalJSON.
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

// MarshalJSON encodes the tally.
func (t Tally) MarshalJSON() ([]byte, error) {
	j := tallyJSON{plainTally: plainTally(t)}
	if t.Values != nil {
		j.Values = &ValueJSON{t.Values}
	}
	return json.Marshal(j)
}

// UnmarshalJSON decodes the output of MarshalJSON.
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
		Values *ValueJSON // a pointer, because nil values and an empty list differ
	}
)

// MarshalJSON encodes the event.
func (e Event) MarshalJSON() ([]byte, error) {
	return json.Marshal(eventJSON{plainEvent(e), ErrorJSON{e.Err}})
}

// UnmarshalJSON decodes the output of MarshalJSON.
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

// MarshalJSON encodes the write.
func (w Write) MarshalJSON() ([]byte, error) {
	return json.Marshal(writeJSON{plainWrite(w), ValueJSON{w.In}})
}

// UnmarshalJSON decodes the output of MarshalJSON.
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

// MarshalJSON encodes the answer.
func (r Response) MarshalJSON() ([]byte, error) {
	return json.Marshal(responseJSON{plainResponse(r), ValueJSON{r.Body}})
}

// UnmarshalJSON decodes the output of MarshalJSON.
func (r *Response) UnmarshalJSON(data []byte) error {
	var j responseJSON
	err := json.Unmarshal(data, &j)
	*r = Response(j.plainResponse)
	r.Body = j.Body.Value
	return err
}

type (
	plainResponse Response
	responseJSON  struct {
		plainResponse
		Body ValueJSON
	}
)

// MarshalJSON encodes the approval.
func (a Approval) MarshalJSON() ([]byte, error) {
	return json.Marshal(approvalJSON{plainApproval(a), ValueJSON{a.Show}})
}

// UnmarshalJSON decodes the output of MarshalJSON.
func (a *Approval) UnmarshalJSON(data []byte) error {
	var j approvalJSON
	err := json.Unmarshal(data, &j)
	*a = Approval(j.plainApproval)
	a.Show = j.Show.Value
	return err
}

type (
	plainApproval Approval
	approvalJSON  struct {
		plainApproval
		Show ValueJSON
	}
)
