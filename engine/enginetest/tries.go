package enginetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

var tries = tests{
	"catch sees the error, finally runs in any case, and in this order": func(t *testing.T, host Host) {
		fails := func(code string) engine.Step {
			return step("boom", engine.Fail{Message: literal("m"), Code: literal(code)})
		}
		try := func(body engine.Step, catch ...engine.Case) engine.Step {
			return step("try", engine.Try{Steps: steps(set("log", "t"), body), Catch: catch, Finally: steps(set("log", "${ vars.log }f"))})
		}
		caught := []engine.Case{
			{When: when(`error.code == "a"`), Do: steps(set("log", "${ vars.log }a"))},
			{When: when(`error.code == "b"`), Do: steps(set("log", "${ vars.log }b ${ error.step }"))},
		}
		gives(t, host, "tf", try(set("x", "y"), caught...), returns("${ vars.log }"))
		gives(t, host, "taf", try(fails("a"), caught...), returns("${ vars.log }"))
		gives(t, host, "tb try.try.boomf", try(fails("b"), caught...), returns("${ vars.log }"))
		_, err := newWorld(host).runs(t, flowOf(try(fails("c"), caught...)))
		if e, ok := err.(*engine.Error); !ok || e.Cause.Code != "c" {
			t.Errorf("an error that no catch matches goes on: got %+v", err)
		}
		out, err := newWorld(host).runs(t, flowOf(try(fails("c"), engine.Case{Do: steps(set("x", "y"))}), returns("ok")))
		if err != nil || out.Status != engine.Succeeded {
			t.Errorf("an error that was caught must not end the run: got %+v, %s", out, plain(err))
		}
	},

	"finally runs on a cancel, when the time is over, and after a return": func(t *testing.T, host Host) {
		for name, test := range map[string]struct {
			body []engine.Step
			want engine.Status
		}{
			"cancel":  {steps(step("w", waits(host.long()))), engine.Canceled},
			"timeout": {steps(step("w", waits(host.long()))), engine.Failed},
			"return":  {steps(returns("early")), engine.Succeeded},
		} {
			w := newWorld(host)
			do := w.fakeDo(func(_ context.Context, n int) error {
				if n == 1 && name == "cancel" {
					w.cancels()
				}
				return nil
			})
			try := step("try", engine.Try{
				Steps: append(steps(callOf(do, 1)), test.body...), Catch: []engine.Case{{Do: steps(callOf(do, 5))}}, Finally: steps(callOf(do, 9)),
			})
			units := 0
			if name == "timeout" {
				try.Timeout, units = w.units(2), 2
			}
			out, err := w.lasts(t, units, flowOf(try), do)
			if out.Status != test.want || name == "timeout" && kind(err) != card.Timeout {
				t.Errorf("%s: got %+v, %s", name, out, plain(err))
			}
			if w.count("end 9") != 1 || w.count("start 5") != 0 {
				t.Errorf("%s: want the finally and no catch, got %q", name, w.seen())
			}
		}
	},

	"a finally that has begun goes on after a cancel, a timeout and the failure of a sibling": func(t *testing.T, host Host) {
		for name, want := range map[string]engine.Status{"cancel": engine.Canceled, "timeout": engine.Failed, "sibling": engine.Failed} {
			w := newWorld(host)
			do := w.fakeDo(func(ctx context.Context, n int) error {
				switch {
				case n == 1 && name == "cancel":
					w.cancels()
				case n == 4: // the sibling
					return errors.Join(w.waitFor(ctx, "end 1"), &card.Error{Kind: card.Failed, Message: "no"})
				}
				return nil
			})
			try := step("try", engine.Try{Finally: steps(callOf(do, 1), step("w", waits(w.units(3))), callOf(do, 2))})
			last := flowOf(try, callOf(do, 3))
			around := step("around", engine.CallFlow{To: last})
			switch name {
			case "timeout":
				around.Timeout = w.units(1)
			case "sibling":
				around = step("around", engine.Parallel{Branches: []engine.Branch{{Name: "a", Steps: steps(callOf(do, 4))}, {Name: "b", Steps: last.Steps}}})
			}
			out, err := w.lasts(t, 3, flowOf(around, callOf(do, 3)), do)
			if out.Status != want || w.count("end 2") != 1 || w.count("start 3") != 0 {
				t.Errorf("%s: got %+v, %s; %q", name, out, plain(err), w.seen())
			}
		}
	},

	"a finally after a cancel has 30 seconds": func(t *testing.T, host Host) {
		if !host.Virtual {
			t.Skip("it would take 30 seconds")
		}
		w := newWorld(host)
		do := w.fakeDo(w.cancelsAt(1))
		try := engine.Try{Steps: steps(callOf(do, 1), step("w", waits(host.long()))), Finally: steps(step("w", waits(host.long())))}
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			since := rt.Now()
			if out, err := run(rt, flowOf(step("try", try)), start); out.Status != engine.Canceled {
				t.Errorf("got %+v, %s", out, plain(err))
			}
			if took := rt.Now().Sub(since); took != 30*time.Second {
				t.Errorf("it took %v", took)
			}
		}, do)
	},

	"a timeout of a step can be caught": func(t *testing.T, host Host) {
		w := newWorld(host)
		do := w.fakeDo(w.hangs)
		in := engine.Step{Name: "in", Timeout: w.units(2), Do: engine.If{When: when("true"), Then: steps(callOf(do, 1))}}
		try := engine.Try{Steps: steps(in), Catch: []engine.Case{{When: when(`error.kind == "timeout"`), Do: steps(set("x", "caught"))}}}
		out, err := w.lasts(t, 2, flowOf(step("try", try), returns("${ vars.x }")), do)
		if err != nil || out.Value != "caught" {
			t.Errorf("got %+v, %s", out, plain(err))
		}
	},

	"a timeout of a card is that of each attempt": func(t *testing.T, host Host) {
		w := newWorld(host)
		do := w.fakeDo(w.hangs)
		slow := calls(do, 1, engine.Retry{Attempts: 3, Delay: w.units(1), Backoff: 1})
		slow.Timeout = w.units(2)
		if _, err := w.lasts(t, 3*2+2*1, flowOf(step("slow", slow)), do); kind(err) != card.Timeout {
			t.Errorf("got %s", plain(err))
		}
		if n := w.count("cut"); n != 3 && w.Virtual {
			t.Errorf("%d attempts were cut off, want 3", n)
		}
	},

	"on_error continues with nil, and the run reports it": func(t *testing.T, host Host) {
		boom := engine.Step{ID: "boom", Name: "boom", Continue: true, Do: engine.Fail{Message: literal("m")}}
		out, err := newWorld(host).runs(t, flowOf(boom, returns("${ steps.boom == nil }")))
		if err != nil || out.Value != true || out.Status != engine.SucceededWithErrors {
			t.Errorf("got %+v, %s", out, plain(err))
		}
		called := flowOf(step("call", engine.CallFlow{To: flowOf(boom)}))
		if out, err := newWorld(host).runs(t, called); err != nil || out.Status != engine.SucceededWithErrors {
			t.Errorf("in a flow that was called: got %+v, %s", out, plain(err))
		}
	},

	"neither on_error nor catch sees a cancel": func(t *testing.T, host Host) {
		w := newWorld(host)
		do := w.fakeDo(w.cancelsAt(1))
		wait := engine.Step{Name: "w", Continue: true, Do: waits(host.long())}
		out, err := w.lasts(t, 0, flowOf(callOf(do, 1),
			step("try", engine.Try{Steps: steps(wait), Catch: []engine.Case{{Do: steps(callOf(do, 5))}}}), callOf(do, 6)), do)
		if out.Status != engine.Canceled || !engine.IsCanceled(err) || w.count("start") != 1 {
			t.Errorf("got %+v, %s; %q", out, plain(err), w.seen())
		}
	},
}
