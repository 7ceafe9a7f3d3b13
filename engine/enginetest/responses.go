package enginetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// answers makes the world keep answers, as a host does: an answer at the same place changes nothing.
func (w *world) answers() (got func() []engine.Response) {
	var all []engine.Response
	w.answer = func(at engine.Place, r engine.Response) error {
		w.happens(func() { all = append(all, r) })
		return nil
	}
	return func() (seen []engine.Response) {
		w.happens(func() { seen = append(seen, all...) })
		return seen
	}
}

// hooked is the start of a run by a webhook.
var hooked = engine.Start{Run: "r1", Trigger: map[string]any{"kind": "webhook"}}

var responses = tests{
	"a run answers with all of the answer, and at one place": func(t *testing.T, host Host) {
		w := newWorld(host)
		got := w.answers()
		want := engine.Response{Status: 201, Headers: map[string]string{"x-a": "b"}, Body: sample()}
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			if err := rt.Respond(spot, want); err != nil {
				t.Error(err)
			}
			err := rt.Respond(spot.Step("other"), want)
			if e := card.AsError(err); e == nil || e.Kind != card.Conflict || e.Code != "responded" {
				t.Errorf("a second answer: got %v", err)
			}
		})
		if diff := cmp.Diff([]engine.Response{want}, got()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	},

	"an answer that is shown only is not sent, and is the only one, too": func(t *testing.T, host Host) {
		w := newWorld(host)
		got := w.answers()
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			if err := rt.Respond(spot, engine.Response{Status: 200, Shown: true}); err != nil {
				t.Error(err)
			}
			if err := rt.Respond(spot.Step("other"), engine.Response{Status: 200, Shown: true}); err == nil {
				t.Error("a second answer is an error")
			}
		})
		if len(got()) > 0 {
			t.Errorf("got %v", got())
		}
	},

	"an answer that could not be kept fails its step, and may be given again": func(t *testing.T, host Host) {
		w, n := newWorld(host), 0
		w.answer = func(engine.Place, engine.Response) error {
			if n++; n == 1 {
				return &card.Error{Kind: card.Storage, Message: "the disk is full"}
			}
			return nil
		}
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			for _, want := range []string{"the disk is full", "no error"} {
				if err := rt.Respond(spot, engine.Response{Status: 200}); plain(err) != want {
					t.Errorf("got %s, want %s", plain(err), want)
				}
			}
		})
	},

	"no strand answers after the run was canceled": func(t *testing.T, host Host) {
		w := newWorld(host)
		got := w.answers()
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			cancelRun(t, rt)
			if err := rt.Respond(spot, engine.Response{Status: 200}); !errors.Is(err, engine.ErrCanceled) {
				t.Errorf("got %v", err)
			}
		}, w.canceler())
		if len(got()) > 0 {
			t.Errorf("got %v", got())
		}
	},

	"a flow answers the webhook that started it, and goes on": func(t *testing.T, host Host) {
		w := newWorld(host)
		got := w.answers()
		var shown []engine.Event
		w.listen = kept(&shown, engine.Responded)
		p := flowOf(step("answer", engine.Respond{
			Status: text("${ 200 + 1 }"), Headers: object(field("X-Number", text("${ 7 }")), field("x-none", text("${ nil }"))), Body: object(field("n", text("${ 1.0 }"))),
		}), returns("${ 2 }"))
		want := engine.Response{Status: 201, Headers: map[string]string{"x-number": "7"}, Body: map[string]any{"n": 1.0}}
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			if out, err := run(rt, p, hooked); err != nil || out.Value != 2 {
				t.Errorf("got %v, %v", out, err)
			}
		})
		if diff := cmp.Diff([]engine.Response{want}, got()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if len(shown) != 1 || !cmp.Equal(*shown[0].Response, want) {
			t.Errorf("got %+v", shown)
		}
	},

	"a run that no webhook started, and a dry run, show what they would answer": func(t *testing.T, host Host) {
		for name, s := range map[string]engine.Start{
			"a person": {Run: "r1"}, "a schedule": {Run: "r1", Trigger: map[string]any{"kind": "schedule"}},
			"a retry": {Run: "r2", Trigger: hooked.Trigger, Repeats: "r1"}, "a dry run": {Run: "r1", Trigger: hooked.Trigger, DryRun: true},
		} {
			w := newWorld(host)
			got := w.answers()
			var shown []engine.Event
			w.listen = kept(&shown, engine.Responded)
			w.run(t, func(t *testing.T, rt engine.Runtime) {
				if _, err := run(rt, flowOf(step("answer", engine.Respond{Status: literal(200), Body: literal("yes")})), s); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
			want := engine.Response{Status: 200, Body: "yes", Shown: true}
			if len(got()) > 0 || len(shown) != 1 || !cmp.Equal(*shown[0].Response, want) {
				t.Errorf("%s: sent %v, shown %+v", name, got(), shown)
			}
		}
	},

	"a flow that another one calls has no request to answer": func(t *testing.T, host Host) {
		w := newWorld(host)
		got := w.answers()
		answer := step("answer", engine.Respond{Status: literal(200), Body: literal("called")})
		own := step("own", engine.Respond{Status: literal(200), Body: literal("own")})
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			if _, err := run(rt, flowOf(step("called", engine.CallFlow{To: helperOf(answer)}), own), hooked); err != nil {
				t.Error(err)
			}
		})
		if all := got(); len(all) != 1 || all[0].Body != "own" {
			t.Errorf("got %v", all)
		}
	},

	"a dry run shows an answer of which it does not know all": func(t *testing.T, host Host) {
		w := newWorld(host)
		create, _ := people(w)
		var shown []engine.Event
		w.listen = kept(&shown, engine.Responded)
		p := flowOf(step("made", with(create, login(literal("ada")))), step("answer", engine.Respond{
			Status: literal(200), Headers: object(field("x-id", text("${ steps.made.id }"))), Body: object(field("id", text("${ steps.made.id }"))),
		}))
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			if _, err := run(rt, p, engine.Start{Run: "r1", Trigger: hooked.Trigger, DryRun: true}); err != nil {
				t.Error(err)
			}
		}, create)
		if len(shown) != 1 || !strings.Contains(shown[0].Response.Headers["x-id"], "made") {
			t.Errorf("got %+v", shown)
		}
	},

	"what cannot be sent fails its step": func(t *testing.T, host Host) {
		var many []engine.Field
		for i := range 40 {
			many = append(many, field(fmt.Sprintf("x-%d", i), literal("a")))
		}
		for want, verb := range map[string]engine.Respond{
			"`status` must be from 200 to 599, not 199":                                       {Status: text("${ 199 }")},
			"`status` must be an integer, not a string":                                       {Status: text("${ 'ok' }")},
			`header "x-a" has a line break, or another character that is not printable ASCII`: {Headers: object(field("x-a", text(`${ "a\r\nSet-Cookie: b" }`)))},
			`a flow cannot set the header "Set-Cookie"`:                                       {Headers: object(field("Set-Cookie", text("${ 'a' }")))},
			`a flow cannot set the header "transfer-encoding"`:                                {Headers: object(field("transfer-encoding", text("${ 'chunked' }")))},
			`header "x-a" must be a string, not a list`:                                       {Headers: object(field("x-a", text("${ [1] }")))},
			`"a b" is not the name of a header`:                                               {Headers: text("${ {'a b': 'c'} }")},
			`headers "X-A" and "x-a" are the same`:                                            {Headers: text("${ {'X-A': 'c', 'x-a': 'd'} }")},
			"an answer with status 204 has no body":                                           {Status: literal(204), Body: literal("x")},
			"the headers of an answer have 9003 bytes; at most 8 KB are sent":                 {Headers: object(field("x-a", literal(strings.Repeat("a", 9000))))},
			"an answer has 32 headers at most, not 40":                                        {Headers: object(many...)},
			"the body of the answer has 1100000 bytes; at most 1 MB is sent":                  {Body: literal(strings.Repeat("a", 1_100_000))},
		} {
			w := newWorld(host)
			got := w.answers()
			if verb.Status.Text == nil && verb.Status.Literal == nil {
				verb.Status = literal(200)
			}
			w.run(t, func(t *testing.T, rt engine.Runtime) {
				_, err := run(rt, flowOf(step("answer", verb)), hooked)
				if e := card.AsError(err); e == nil || e.Message != want || e.Kind != card.Invalid {
					t.Errorf("got %v, want %s", err, want)
				}
			})
			if len(got()) > 0 {
				t.Errorf("%s: got %v", want, got())
			}
		}
	},
}
