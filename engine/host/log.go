package host

import (
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/keep"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// LogLine is a line in the log of a run. Secrets are hidden.
type LogLine struct {
	Time    time.Time     `json:"time"`
	Event   LogEvent      `json:"event"`
	Step    string        `json:"step,omitempty"` // its path, or that of a record
	Title   string        `json:"name,omitempty"` // the name in the flow, for people: of the step or, if a record failed, of the step that failed
	Depth   int           `json:"depth,omitempty"`
	Verb    string        `json:"verb,omitempty"`
	Card    string        `json:"card,omitempty"`
	Status  engine.Status `json:"status,omitempty"`
	Seconds float64       `json:"seconds,omitempty"` // of a step or the run
	Attempt int           `json:"attempt,omitempty"` // that failed
	Wait    float64       `json:"wait,omitempty"`    // seconds until the next attempt, or on rate limits
	Count   int           `json:"count,omitempty"`   // of records that failed in the same way
	Message string        `json:"message,omitempty"` // of an error, or a reason
}

// LogEvent is what a LogLine reports.
type LogEvent string

const (
	LogStarted  LogEvent = "started"  // the run, or a step that takes long
	LogResumed  LogEvent = "resumed"  // the run
	LogEnded    LogEvent = "ended"    // a step or, without Step, the run
	LogFailed   LogEvent = "failed"   // a record: the first with its message; or Count records with it
	LogRetry    LogEvent = "retry"    // an attempt failed, and there will be another
	LogWaited   LogEvent = "waited"   // the run has waited on rate limits, in this process and so far
	LogInDoubt  LogEvent = "in_doubt" // a write may have been done
	LogAnswered LogEvent = "answered" // the request that started the run, or what the run would answer
	LogAsked    LogEvent = "asked"    // a person asked the run to stop, to pause, or to change
	LogAsks     LogEvent = "asks"     // the run waits for an approval
	LogDecided  LogEvent = "decided"  // a person decided about an approval
	LogFull     LogEvent = "full"     // there are more lines, which are not logged
)

const (
	mostLines   = 20_000 // of a process
	mostRetries = 1000   // and of writes in doubt
)

// logbook keeps the log of a run. It is best effort: the journal is what a run must have. A nil logbook does nothing.
type logbook struct {
	now   func() time.Time
	veil  *veil.Veil
	watch *Watch

	mu       sync.Mutex
	log      *keep.Log
	lines    int
	retries  int
	waited   time.Duration // on rate limits, as of the last line about it
	failures *Groups       // of the loops that go on
}

func newLogbook(log *keep.Log, w *Watch, v *veil.Veil) *logbook {
	return &logbook{now: w.now, veil: v, watch: w, log: log, failures: newGroups(v.Message)}
}

// add writes a line.
func (b *logbook) add(l LogLine) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines++
	switch last := l.Event == LogEnded && l.Step == ""; {
	case b.lines == mostLines:
		l = LogLine{Event: LogFull}
	case b.lines > mostLines && !last:
		return
	}
	if l.Time.IsZero() {
		l.Time = b.now()
	}
	l.Step, l.Title, l.Message = b.veil.String(l.Step), b.veil.String(l.Title), b.veil.Message(l.Message)
	if text, err := card.EncodeJSON(l); err == nil {
		if b.log.Add(text) != nil {
			b.lines = mostLines
		}
	}
}

// See implements Listener.
func (b *logbook) See(e engine.Event) {
	path := e.Place.String()
	switch e.Kind {
	case engine.StepStarted:
		if verb := flow.StepForm().Verb(e.Verb); !e.Place.InRecord() && verb != nil && (verb.Records() || verb.Waits) {
			b.add(LogLine{Event: LogStarted, Step: path, Title: e.Title, Verb: e.Verb, Card: e.Card})
		}
	case engine.StepEnded:
		if !e.Place.InRecord() {
			b.add(lineOfStep(b.watch.Last()))
		}
	case engine.RecordEnded:
		if e.Err != nil && e.Status == engine.Failed {
			before := len(b.failures.byError)
			if b.failures.see(e); len(b.failures.byError) > before {
				b.add(LogLine{Event: LogFailed, Step: path, Title: engine.Describe(e.Err).Title, Message: card.AsError(e.Err).Message})
			}
		}
	case engine.LoopEnded:
		if !e.Place.InRecord() {
			for _, g := range b.failures.reported() {
				if g.Count > 1 {
					b.add(LogLine{Event: LogFailed, Step: path, Count: g.Count, Message: g.Message})
				}
			}
			b.failures = newGroups(b.veil.Message)
		}
	case engine.Retrying:
		b.bounded(LogLine{Event: LogRetry, Step: path, Card: e.Card, Attempt: e.Attempt, Wait: seconds(e.Wait), Message: card.AsError(e.Err).Message})
	case engine.Responded:
		b.add(LogLine{Event: LogAnswered, Step: path, Message: newResponse(*e.Response).String()})
	case engine.Asked:
		b.bounded(LogLine{Event: LogAsks, Step: path, Message: promptLine(e.Approval.Prompt)})
	case engine.Decided:
		b.bounded(LogLine{Event: LogDecided, Step: path, Message: decided(*e.Decision)})
	case engine.InDoubt:
		l := LogLine{Event: LogInDoubt, Step: path, Card: e.Card}
		if e.Err != nil { // nil: an attempt whose answer was lost may have been done before one that found nothing to change
			l.Message = card.AsError(e.Err).Message
		}
		b.bounded(l)
	}
}

// Done implements Listener.
func (*logbook) Done() {}

// bounded adds a line of which records may have a million.
func (b *logbook) bounded(l LogLine) {
	if b.retries++; b.retries == mostRetries {
		l = LogLine{Event: LogFull, Message: "further retries are not logged"}
	}
	if b.retries <= mostRetries {
		b.add(l)
	}
}

// waits adds a line about the time that the run has waited on rate limits, if it is twice that of the line before, or the run has ended.
// It is called on one goroutine at a time.
func (b *logbook) waits(ended bool) {
	if b == nil {
		return
	}
	waits := b.watch.waits()
	least := max(time.Second, b.waited)
	if ended {
		least = 100 * time.Millisecond
	}
	if waits.Total-b.waited < least {
		return
	}
	b.waited = waits.Total
	b.add(LogLine{Event: LogWaited, Wait: seconds(waits.Total), Message: strings.Join(waits.longest(), ", ")})
}

// lineOfStep returns the line about a step that has ended.
func lineOfStep(s *Step) LogLine {
	l := LogLine{Event: LogEnded, Step: s.Path, Title: s.Title, Depth: s.Depth, Verb: s.Verb, Card: s.Card, Status: s.Status, Seconds: s.Seconds}
	if s.Error != nil {
		l.Message = s.Error.Message
	}
	return l
}

// end writes the end of the run.
func (b *logbook) end(r *Report) {
	if b == nil {
		return
	}
	b.waits(true)
	l := LogLine{Event: LogEnded, Status: r.Status, Seconds: r.Seconds, Message: r.Reason}
	if r.Error != nil {
		l.Message = r.Error.Message
	}
	b.add(l)
	_ = b.log.Close()
}

// Log opens the log of a run. If there is none, the error is fs.ErrNotExist.
func (w *Workspace) Log(run string) (*keep.Lines, error) {
	return keep.OpenLog(w.config.State, filepath.Join(runsDir, run))
}
