package terminal

import (
	"fmt"
	"io"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
)

// LogLine prints a line of the log of a run, in the form of Steps.
func LogLine(w io.Writer, s Styles, l host.LogLine) {
	outcome, style, took := string(l.Event), s.Plain, ""
	what := strings.Repeat("  ", l.Depth) + Named(l.Step, l.Title)
	if what != "" {
		what += ": "
	}
	what += strings.TrimSpace(l.Verb + " " + l.Card)
	switch l.Event {
	case host.LogEnded:
		outcome, style, took = statusWords(l.Status), s.ofRun(l.Status), fmt.Sprintf("%.2fs", l.Seconds)
		switch l.Status {
		case engine.Succeeded:
			outcome = "ok"
		case engine.Skipped:
			took = ""
		}
		if l.Step == "" {
			what = "the run has ended"
		}
	case host.LogFailed:
		style = s.Failed
		if l.Count > 0 {
			what += Thousands(l.Count) + " records"
		}
	case host.LogRetry:
		style, took = s.Warning, fmt.Sprintf("%.2fs", l.Wait)
		what += fmt.Sprintf(" attempt %d failed", l.Attempt)
	case host.LogWaited:
		style, took = s.Warning, fmt.Sprintf("%.2fs", l.Wait)
		what = "on rate limits so far"
	case host.LogInDoubt:
		outcome, style = "in doubt", s.Warning
		what += " may have been done"
	case host.LogAnswered:
		style = s.Dim
	case host.LogAsks:
		style = s.Warning
		what = strings.TrimSpace(what) + " asks for an approval"
	case host.LogAsked, host.LogDecided:
		style = s.Warning
	case host.LogFull:
		what = "there are more lines, which are not logged"
	case host.LogStarted:
		style = s.Dim
	}
	if l.Message != "" {
		what = strings.TrimSuffix(what, ": ") + ": " + l.Message
	}
	fmt.Fprintf(w, "%s  %s %8s  %s\n", s.Dim.Render(Time(l.Time)), style.Render(fmt.Sprintf("%-8s", outcome)), took, OneLine(w, strings.TrimPrefix(what, ": ")))
}
