package temporal

import (
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
)

// balance gives children what they wait for, asks the parent for what is missing, and pauses the run when a limit is reached.
func (l *limits) balance() {
	to := make([]map[engine.Measure]grant, len(l.lent))
	mine := map[engine.Measure]report{}
	var reached []string
	for _, m := range leased {
		t := l.meters[m]
		if t == nil {
			continue
		}
		missing := l.give(m, to)
		if l.parent == "" {
			t.Scarce = missing > 0 || t.Scarce && l.room(m) < 4*int64(len(l.lent))
		}
		l.recall(m, to)
		switch {
		case l.parent != "":
			if t.Scarce && missing < 0 {
				t.Returned -= missing
			}
			mine[m] = report{Granted: t.Granted, Returned: t.Returned, Used: l.total(m), Wants: max(0, missing), Idle: l.idle(m)}
		case missing > 0 && l.idle(m):
			reached = append(reached, l.reason(m))
			t.reached = t.reached || l.run.paused == nil
		}
	}
	for i, c := range l.lent {
		if to[i] != nil {
			c.grants++
			l.run.send(c.child, grantSignal, grants{c.grants, to[i]})
		}
	}
	if l.parent != "" {
		l.report(mine)
	}
	if len(reached) > 0 && l.run.paused == nil {
		l.run.pauses(Paused{Reason: strings.Join(reached, "; ")})
	}
}

// give gives children what they wait for of a measure, and returns how much is missing then; below 0 if some is left.
func (l *limits) give(m engine.Measure, to []map[engine.Measure]grant) (missing int64) {
	t := l.meters[m]
	for i, c := range l.lent {
		wants := c.wants(m)
		left := l.room(m) - t.waiting
		if wants == 0 {
			continue
		}
		if left > 0 {
			n := wants
			if !t.Scarce {
				n = max(n, l.fair(m, c, left))
			}
			n = min(n, left)
			c.granted[m] += n
			c.put(m, t.Scarce, &to[i])
			wants -= n
		}
		missing += max(0, wants)
	}
	return missing + t.waiting - l.room(m)
}

// recall makes children give back what they do not need, if others wait for it.
func (l *limits) recall(m engine.Measure, to []map[engine.Measure]grant) {
	for i, c := range l.lent {
		if l.meters[m].Scarce && !c.scarce[m] && !c.idle(m) {
			c.put(m, true, &to[i])
		}
	}
}

// put adds what the child has to what is sent to it.
func (c *lent) put(m engine.Measure, scarce bool, to *map[engine.Measure]grant) {
	if *to == nil {
		*to = map[engine.Measure]grant{}
	}
	c.scarce[m] = scarce
	(*to)[m] = grant{c.granted[m], scarce}
}

// idle reports whether all of a measure is used here and in the children, and no call in flight can change this.
func (l *limits) idle(m engine.Measure) bool {
	if l.meters[m].going > 0 || l.room(m) > 0 {
		return false
	}
	for _, c := range l.lent {
		if !c.idle(m) {
			return false
		}
	}
	return true
}

// reason returns why the run pauses when all of a measure is used.
func (l *limits) reason(m engine.Measure) string {
	b, _ := l.lowest(m)
	used := l.total(m)
	return b.Reason(float64(used.Made), int(used.InDoubt))
}

// total returns what was used of a measure here and, as far as they have reported it, in children.
func (l *limits) total(m engine.Measure) Use {
	used := l.meters[m].Used
	for _, c := range l.lent {
		used = used.plus(c.Of[m].Used)
	}
	return used
}

// report tells the parent what the workflow waits for and, if there is little left, what it has used.
func (l *limits) report(now map[engine.Measure]report) {
	needed := false
	for m, r := range now {
		t := l.meters[m]
		var sent report
		if t.sent != nil {
			sent = *t.sent
		}
		same := t.sent != nil && sent.Granted == r.Granted
		asks := r.Wants > 0 && (!same || sent.Wants == 0)
		sent.Used = r.Used // all that has something to wait for is in the others
		needed = needed || asks || same && r.Wants < sent.Wants || t.Scarce && (t.sent == nil || sent != r)
	}
	if !needed {
		return
	}
	for m, r := range now {
		l.meters[m].sent = &r
	}
	l.reports++
	to, arg := l.parent, reports{workflow.GetInfo(l.run.free).WorkflowExecution.ID, l.reports, now}
	workflow.Go(l.run.free, func(here workflow.Context) {
		_ = workflow.SignalExternalWorkflow(here, to, "", moreSignal, arg).Get(here, nil) // it fails if the parent has ended
	})
}

// send sends a signal to a child that goes on.
func (r *run) send(child, name string, signal any) {
	for _, c := range r.children {
		if c.ID == child {
			c.send(name, signal)
		}
	}
}

// pauses makes the run pause.
func (r *run) pauses(p Paused) {
	r.paused = &p
	r.tell(PauseSignal, p)
}
