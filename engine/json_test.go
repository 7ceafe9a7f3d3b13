package engine_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

var (
	anyFields = map[string]any{"nil": nil, "int": 3, "half": -0.5, "number": json.Number("18446744073709551617"), "nested": map[string]any{"a": []any{1, "x"}}}
	anyState  = card.State{Missing: true, Names: map[string]string{"user_id": "ada"}, Fields: anyFields}
)

var anyValue = map[string]any{
	"nil": nil, "int": 3, "float": 3.0, "zero": math.Copysign(0, -1), "half": -0.5, "huge": 1e21, "small": 5e-324, "number": json.Number("18446744073709551617"),
	"list": []any{1, 1.0, nil, []any{}, map[string]any{}}, "nested": map[string]any{"a": map[string]any{"b": 2.0}}, "string": "<&>\u2028\x00",
	"unknown":   expr.Unknown{Of: "okta.user.create", Text: "«made».id"},
	"lookalike": []any{map[string]any{"$unknown": []any{"a", "b"}}, map[string]any{"$unknown$": "x"}, map[string]any{"$unknown": 1, "b": 2}, "«made».id"},
}

func TestAValueIsTheSameAfterJSON(t *testing.T) {
	t.Parallel()
	for _, v := range []engine.Value{nil, true, 0, 1.0, -1e300, "", "«x»", []any{}, anyValue, expr.Unknown{Of: "a", Text: "b"}, json.Number("0.1000000000000000000001")} {
		data, err := json.Marshal(engine.ValueJSON{Value: v})
		var back engine.ValueJSON
		if wrong := json.Unmarshal(data, &back); err != nil || wrong != nil || !cmp.Equal(back.Value, v) {
			t.Errorf("%#v came back from %s as %#v, %v, %v", v, data, back.Value, err, wrong)
		}
	}
}

func TestEveryTypeOfARuntimeIsTheSameAfterJSON(t *testing.T) {
	t.Parallel()
	cause := &card.Error{Kind: card.Conflict, Code: "E1", Status: 409, Message: "m", Hint: "h", Changed: true, Writes: card.Answered, Wait: time.Second, Details: anyValue}
	failure := &engine.Error{Cause: cause, Pos: flow.Pos{File: "f.yaml", Line: 1, Col: 2}, Place: run.Step("s"), Card: "okta.user.get", Attempts: 3}
	failure.Title = "n"
	place := run.Step("s").Record(1, "]/\x00", 2)
	record := engine.Record{Place: place, Index: 7, Value: anyValue, Err: failure}
	for _, v := range []any{
		engine.Invocation{Place: place, Attempt: 2, Last: cause, Card: "okta.user.get", Connection: "prod", In: anyValue, Timeout: time.Second, State: true},
		engine.Start{
			Undoes: &engine.Undo{Run: "20260308-015900-1f", Records: []string{"00u1"}, Force: true, Skip: []int{1, 3}},
			Run:    "r1.x", By: "ada", Person: "grace", Trigger: anyValue, Inputs: map[string]engine.Value{"a": anyValue, "b": 1.0}, Connections: map[string]string{"okta": "prod"},
			Inherited: map[string]string{"okta": "test"}, Picks: map[string]engine.Pick{"s": {Max: 1, Only: []string{"k"}, Skip: []string{"d"}, None: true}}, Record: "r1", Repeats: "r0", At: run.Step("s"), Resumed: true, DryRun: true, Plan: true, AsOf: &engine.AsOf{Run: "p", Time: time.Unix(9, 0).UTC()},
		},
		record,
		engine.Batch{Records: []engine.Record{record, {Value: 1.0}}, Items: 3, Next: "c"},
		engine.Outcome{Status: engine.Skipped, Value: anyValue, Reason: "r", Returned: true, Group: "g", Earlier: true},
		engine.Tally{
			Read: 9, OK: 1, Skipped: 2, Failed: 3, Canceled: 7, Undecidable: 4, WithErrors: 5, Total: 6,
			First: &engine.Failure{Index: 1, Err: failure}, Fatal: &engine.Failure{Index: 2, Err: failure}, Values: []engine.Value{1.0, anyValue}, Groups: engine.Groups{Counts: map[string]int{"a": 1}, Full: true, Unknown: true}, Kept: true, Full: true, Resumed: true, Results: "s", NotKept: []engine.Place{place},
			Reading: &engine.Reading{
				At: engine.Position{Cursor: "c", Page: 1, Index: 2}, Records: 3, Counted: true, Left: map[string]int{"k": 1},
				Wanted: engine.Wanted{Found: map[string]bool{"k": true}, Any: true, Other: "o", Drops: 4}, Pages: engine.Pages{Read: 3, Seen: []uint64{1 << 63, 5}, Empty: 2},
			},
		},
		engine.Event{
			Kind: engine.Withheld, Place: place, Pos: flow.Pos{File: "f.yaml", Line: 3, Col: 2}, Title: "n", Verb: "card", Index: 4, Continued: true, Card: "okta.user.get", Changed: true, Status: engine.Failed, Err: failure, Results: "s", NotKept: []engine.Place{place},
			Attempt: 1, Wait: 2, Total: 3, Write: &engine.Write{Card: "c", Target: "t", In: anyValue, Connection: "okta", Effect: card.Creates, Before: anyState, After: &card.Predicted{Fields: anyFields, Gone: true, Unseen: []string{"p"}, Refused: "r"}}, Secrets: []string{"s"}, Response: &engine.Response{Status: 200, Body: anyValue},
			Approval: &engine.Approval{Prompt: "p", Show: anyValue}, Decision: &engine.Decision{Approved: true},
			Restored: &engine.Counts{Streams: map[string]engine.Tally{"s": {Read: 1, OK: 1}}, Writes: map[string]engine.Writes{"c": {Calls: 1}}},
		},
		engine.Approval{Prompt: "p", Show: anyValue, By: []string{"ada"}, Self: true, For: time.Hour}, engine.Decision{Approved: true, By: "ada", Note: "n", At: time.Unix(7, 0).UTC()},
		engine.Response{Status: 201, Headers: map[string]string{"x-a": "b"}, Body: anyValue, Shown: true},
		engine.Limit{Place: place, For: time.Second, Until: time.Unix(9, 0).UTC(), Shield: true},
		engine.Window{Place: place, Width: 1, Max: 2, Total: 3, Snapshot: true, InMemory: true, Values: 4, Bytes: 5, Held: 6, Items: []engine.Item{{Index: 1, Value: 1.0}, {Index: 2, Value: anyValue}}, From: engine.Position{Cursor: "c", Page: 1, Index: 2}},
	} {
		for i := range reflect.TypeOf(v).NumField() {
			if name := reflect.TypeOf(v).Field(i).Name; reflect.TypeOf(v).Field(i).Type.Kind() != reflect.Func && reflect.ValueOf(v).Field(i).IsZero() {
				t.Errorf("%T: %s is not tested: give it a value", v, name)
			}
		}
		data, err := json.Marshal(v)
		back := reflect.New(reflect.TypeOf(v))
		if wrong := json.Unmarshal(data, back.Interface()); err != nil || wrong != nil {
			t.Fatal(err, wrong)
		}
		if diff := cmp.Diff(v, back.Elem().Interface()); diff != "" {
			t.Errorf("%T (-before +after):\n%s", v, diff)
		}
	}
}

func TestNilValuesOfATallyStayNilInJSON(t *testing.T) {
	t.Parallel()
	for _, values := range [][]engine.Value{nil, {}} {
		data, err := json.Marshal(engine.Tally{Values: values})
		var back engine.Tally
		if wrong := json.Unmarshal(data, &back); err != nil || wrong != nil || (back.Values == nil) != (values == nil) {
			t.Errorf("%#v came back as %#v, %v, %v", values, back.Values, err, wrong)
		}
	}
}

func TestAnErrorKeepsItsKindThroughJSON(t *testing.T) {
	t.Parallel()
	deep := &engine.Error{Cause: &card.Error{Kind: card.NotFound, Message: "deep"}, Place: run.Step("deep")}
	for name, err := range map[string]error{
		"none":                       nil,
		"a cancel":                   fmt.Errorf("%w: interrupted", engine.ErrCanceled),
		"a call that was cut off":    fmt.Errorf("%w: interrupted", engine.ErrCutOff),
		"a cancel and another":       errors.Join(fmt.Errorf("%w: interrupted", engine.ErrCanceled), errors.New("disk full")),
		"a Go error":                 errors.New("plain"),
		"a card's":                   &card.Error{Kind: card.RateLimit, Message: "429", Wait: time.Minute},
		"a step's":                   deep,
		"one that wraps a step's":    &card.Error{Kind: card.Failed, Code: "failure_budget", Message: "over", Err: deep},
		"one that reads like a halt": &card.Error{Kind: card.Failed, Code: "undecidable", Message: "canceled"},
	} {
		data, wrong := json.Marshal(engine.ErrorJSON{Err: err})
		var back engine.ErrorJSON
		if wrong := errors.Join(wrong, json.Unmarshal(data, &back)); wrong != nil {
			t.Fatal(wrong)
		}
		if (err == nil) != (back.Err == nil) || engine.IsCanceled(err) != engine.IsCanceled(back.Err) || errors.Is(err, engine.ErrCutOff) != errors.Is(back.Err, engine.ErrCutOff) {
			t.Errorf("%s came back as %v", name, back.Err)
		}
		if err == nil {
			continue
		}
		if before, after := card.AsError(err), card.AsError(back.Err); before.Kind != after.Kind || before.Wait != after.Wait || !strings.Contains(err.Error(), back.Err.Error()) {
			t.Errorf("%s came back as %+v", name, back.Err)
		}
		_, isStep := err.(*engine.Error)
		if _, wasStep := back.Err.(*engine.Error); isStep != wasStep {
			t.Errorf("%s came back as %T", name, back.Err)
		}
		var tally engine.Tally
		if tally.Count(0, engine.Outcome{}, back.Err); tally.Undecidable > 0 {
			t.Errorf("%s came back as undecidable", name)
		}
	}
}

// The service's own code and ids are what its logs and its support ask for.
func TestTheErrorOfAServiceIsTheCauseOfTheErrorThatItLedTo(t *testing.T) {
	t.Parallel()
	refused := &card.Error{Kind: card.Forbidden, Code: "E0000006", Status: 403, Message: "no permission", Hint: "grant it", Details: map[string]any{"error_id": "oae1"}}
	step := &engine.Error{Cause: refused, Place: run.Step("deep"), Card: "okta.user.get", Attempts: 2}
	partly := &card.Error{Kind: card.Forbidden, Code: card.CodePartly, Message: "a part was done", Err: refused}
	for name, test := range map[string]struct {
		err   error
		cause *engine.Described
	}{
		"an error of a service": {refused, nil},
		"its copy with a hint":  {&card.Error{Kind: card.Forbidden, Code: "E0000006", Message: "no permission", Err: refused}, nil},
		"a Go error":            {&card.Error{Kind: card.Internal, Message: "plain", Err: errors.New("plain")}, nil},
		"a part of a call":      {partly, &engine.Described{Kind: card.Forbidden, Code: "E0000006", Status: 403, Message: "no permission", Hint: "grant it", Details: refused.Details}},
		"the budget of a loop": {&engine.Error{Cause: &card.Error{Kind: card.Failed, Code: "failure_budget", Message: "too many", Err: step}, Place: run.Step("loop")}, &engine.Described{
			Kind: card.Forbidden, Code: "E0000006", Status: 403, Message: "no permission", Hint: "grant it", Place: step.Pos.String(),
			Step: "deep", Card: "okta.user.get", Attempts: 2, Details: refused.Details,
		}},
	} {
		data, err := json.Marshal(engine.ErrorJSON{Err: test.err})
		var back engine.ErrorJSON
		if wrong := errors.Join(err, json.Unmarshal(data, &back)); wrong != nil {
			t.Fatal(wrong)
		}
		for through, err := range map[string]error{"": test.err, " through JSON": back.Err} {
			if diff := cmp.Diff(test.cause, engine.Describe(err).Cause); diff != "" {
				t.Errorf("%s%s (-want +got):\n%s", name, through, diff)
			}
		}
	}
	deep := &engine.Error{Cause: &card.Error{Kind: card.Failed, Code: "failure_budget", Err: partly}}
	if got := engine.Describe(deep).Cause.Cause; got == nil || got.Code != "E0000006" {
		t.Errorf("a cause of a cause: %+v", got)
	}
}
