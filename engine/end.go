package engine

import "github.com/flowdeck/flowdeck/engine/card"

// Stop ends its flow without an error. The flow's status is skipped.
type Stop struct {
	leaf
	Reason Template
}

func (s Stop) run(f *frame, at Place) (result, error) {
	reason, err := s.Reason.words(f, f.scope(at))
	return result{value: reason, ending: stopped}, err
}

// Return ends its flow with a value.
type Return struct {
	leaf
	Value Template
}

func (r Return) run(f *frame, at Place) (result, error) {
	v, err := r.Value.eval(f, f.scope(at))
	return result{value: v, ending: returned}, err
}

// Fail ends its flow with an error of kind failed.
type Fail struct {
	leaf
	Message, Code, Details Template
}

func (s Fail) run(f *frame, at Place) (result, error) {
	scope := f.scope(at)
	e := &card.Error{Kind: card.Failed}
	var err error
	if e.Message, err = s.Message.words(f, scope); err != nil {
		return result{}, err
	}
	if e.Code, err = s.Code.words(f, scope); err != nil {
		return result{}, err
	}
	if e.Details, err = s.Details.eval(f, scope); err != nil {
		return result{}, err
	}
	return result{}, e
}
