package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
)

// tree is progress in detail: the run's steps as they end, each further in than the one that it is inside of.
// Of the records of streams it shows failures alone, and every retry: a million records are no million lines.
type tree struct {
	screen *screen
	watch  *watch
}

func (t tree) see(e engine.Event) {
	switch {
	case e.Kind == engine.Retrying:
		t.print("retry", "", 0, fmt.Sprintf("%s: attempt %d failed, again in %s: %v", e.Path, e.Attempt, e.Wait.Round(time.Millisecond), e.Err))
	case e.Kind == engine.RecordEnded && e.Err != nil:
		t.print(outcome(e.Status), "", 0, fmt.Sprintf("%s[%s]: %v", e.Path, e.Key, e.Err))
	case e.Kind == engine.StepEnded && !t.watch.inRecord(e.Path):
		s := t.watch.last
		line := s.name + ": " + s.Verb
		if s.Card != "" {
			line += " " + s.Card
		}
		if s.Error != nil {
			line += ": " + s.Error.Message
		}
		took := ""
		if s.Status != engine.Skipped {
			took = fmt.Sprintf("%.2fs", s.Seconds)
		}
		t.print(outcome(s.Status), took, s.depth, line)
	}
}

func (t tree) done() {}

func (t tree) print(outcome, took string, depth int, line string) {
	style := t.screen.dim
	switch outcome {
	case "ok":
		style = t.screen.ok
	case "failed":
		style = t.screen.failed
	case "retry":
		style = t.screen.warning
	}
	fmt.Fprintf(t.screen, "%s %8s  %s%s\n", style.Render(fmt.Sprintf("%-8s", outcome)), took, strings.Repeat("  ", depth), line)
}

// outcome is a step's or a record's status in the words of the counts.
func outcome(s engine.Status) string {
	if s == engine.Succeeded {
		return "ok"
	}
	return string(s)
}
