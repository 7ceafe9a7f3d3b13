package engine

import (
	"errors"
	"time"

	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/words"
)

// Wait sleeps for a duration or until a time.
type Wait struct {
	leaf
	For   Template    // a duration such as 30s; nil with Until
	Until *Expression // a time; nil with For
}

func (v Wait) run(f *frame, at Place) (result, error) {
	until, err := v.end(f, at)
	if f.dry && errors.Is(err, errUndecidable) {
		return result{}, nil // the time is unknown: a dry run does not wait
	}
	if err != nil {
		return result{}, err
	}
	return result{}, f.wait(at, until)
}

func (v Wait) end(f *frame, at Place) (time.Time, error) {
	if v.Until != nil {
		moment, err := v.Until.known(f, at)
		if err != nil {
			return time.Time{}, err
		}
		text, _ := moment.(string)
		until, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return time.Time{}, placed(invalid("such as now() + hours(2), or date(…)", "%s", words.MustBe("`until`", "time", words.Kind(moment))), v.Until.At(0))
		}
		return until, nil
	}
	length, err := v.For.eval(f, f.scope(at))
	if err != nil {
		return time.Time{}, err
	}
	if u, unknown := length.(expr.Unknown); unknown {
		return time.Time{}, undecidable(u)
	}
	text, _ := length.(string)
	d, err := flow.ParseDuration(text)
	if err != nil {
		if d, err = time.ParseDuration(text); err != nil { // a duration computed by an expression: 36h0m0s
			return time.Time{}, invalid("such as 30s, 2h or 1d", "not a duration: %v", length)
		}
	}
	return f.rt.Now().Add(d), nil
}
