package engine

import "github.com/flowdeck/flowdeck/engine/card"

// Stop ends its flow without an error. The flow's status is skipped.
type Stop struct {
	leaf
	Reason Template
}

func (s Stop) run(f *frame, at Place) (result, error) {
	reason, err := s.Reason.eval(f, f.scope(at))
	return result{value: shown(reason), ending: stopped}, err
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
	e := &Error{Cause: &card.Error{Kind: card.Failed}}
	message, err := s.Message.eval(f, scope)
	if err != nil {
		return result{}, err
	}
	code, err := s.Code.eval(f, scope)
	if err != nil {
		return result{}, err
	}
	details, err := s.Details.filled(f, scope)
	if err != nil {
		return result{}, err
	}
	if e.Cause.Details, err = f.compose(details); err != nil { // also if it is passed on: a catch finds it deeper, in `error`
		return result{}, err
	}
	e.Cause.Message, e.Cause.Code = e.text("message", message), e.text("code", code)
	return result{}, e
}
