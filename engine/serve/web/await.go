package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/serve"
	"github.com/flowdeck/flowdeck/engine/store"
)

// The time between two looks at what another goroutine or process writes.
const (
	lookAgain = 200 * time.Millisecond
	lookSoon  = 50 * time.Millisecond // for the answer of a run that may be in another process
)

// await answers a webhook when its run has ended or, if the flow answers, when it has done so. If that takes too long, the answer is the
// occasion or, if the flow should have answered, an error. The run goes on.
func (c *call) await(hook *engine.Webhook, o store.Occasion, since time.Time) error {
	_ = http.NewResponseController(c.w).SetWriteDeadline(since.Add(hook.Within + writeTimeout)) // without it, the answer is cut off early
	over := time.NewTimer(time.Until(since.Add(hook.Within)))
	defer over.Stop()
	pause := lookAgain
	if hook.Responds && c.Serve.Status() != serve.Leading {
		pause = lookSoon
	}
	again := time.NewTicker(pause)
	defer again.Stop()
	changed, stop := c.Serve.Changes(o.ID)
	defer stop()
	late := func(why string) error {
		if !hook.Responds {
			return c.reply(http.StatusAccepted, answered(o))
		}
		return c.unanswered(o, why)
	}
	for {
		done, err := c.settle(hook, &o, late)
		if done || err != nil {
			return err
		}
		select {
		case <-again.C:
		case <-changed:
		case <-over.C:
			return late(fmt.Sprintf("the flow has not answered within %s; its run goes on", hook.Within))
		case <-c.stopping.Done():
			return late("the server stops; the next one goes on with the run")
		case <-c.Context().Done():
			return http.ErrAbortHandler // nobody waits any more; the run goes on
		}
	}
}

// unanswered returns the error for a caller whose flow has not answered. A run that has not started until then does not start any more: nobody would get its
// answer.
func (c *call) unanswered(o store.Occasion, why string) error {
	ctx := context.WithoutCancel(c.Context())
	if o.Run == "" {
		if err := c.history.Drop(ctx, nil, o.ID, "the caller does not wait any more"); err != nil {
			return err
		}
		kept, err := c.history.Occasions(ctx, store.OccasionFilter{ID: o.ID, Limit: 1})
		if err != nil {
			return err
		}
		if len(kept) > 0 && kept[0].Status == store.Dropped {
			return fail(http.StatusServiceUnavailable, "not_started", "the run could not start in time, and does not start any more", "try again later")
		}
	}
	f := fail(http.StatusServiceUnavailable, "no_answer", why, "GET "+answered(o).URL+" shows what became of it")
	f.once = true
	return f
}

// settle answers a webhook if it is known what became of it.
func (c *call) settle(hook *engine.Webhook, o *store.Occasion, late func(why string) error) (done bool, err error) {
	if o.Run == "" {
		found, err := c.history.Occasions(c.Context(), store.OccasionFilter{ID: o.ID, Limit: 1})
		if err != nil {
			return false, err
		}
		if len(found) > 0 {
			*o = found[0]
		}
		if o.Status == store.Dropped {
			return true, c.reply(http.StatusConflict, answered(*o))
		}
		if o.Run == "" {
			return false, nil
		}
	}
	if hook.Responds {
		if done, err := c.respond(o.Run); done || err != nil {
			return done, err
		}
	}
	run, err := c.Serve.Workspace.RunNamed(c.Context(), o.Run)
	if err != nil {
		return false, err
	}
	switch {
	case run.Status == store.Running, run.Status == store.Queued, run.Status == store.Interrupted: // the next leader goes on with one that was interrupted
		return false, nil
	case hook.Responds:
		if done, err := c.respond(o.Run); done || err != nil { // it may have answered since
			return done, err
		}
		return true, late(fmt.Sprintf("the run is %s, without an answer", run.Status))
	case run.Status == store.Paused: // until a person resumes it, or the next server
		return true, late("")
	}
	past, err := c.past(o.Run)
	if err != nil {
		return false, err
	}
	return true, c.reply(http.StatusOK, past)
}

// respond answers with the answer of a run, as the flow says it: secrets in it are not hidden from whoever may call the webhook.
func (c *call) respond(run string) (done bool, err error) {
	r, err := c.history.Response(c.Context(), run)
	if err != nil || r == nil {
		return false, err
	}
	var body []byte
	if text, ok := r.Body.(string); ok {
		body = []byte(text)
	} else if r.Body != nil {
		if body, err = card.EncodeJSON(r.Body); err != nil {
			return false, err
		}
	}
	for name, value := range r.Headers {
		c.w.Header().Set(name, value)
	}
	if r.Body != nil {
		c.w.Header().Set("Content-Type", r.Type())
	}
	c.w.WriteHeader(r.Status)
	_, _ = c.w.Write(body) // the client may have gone
	return true, nil
}
