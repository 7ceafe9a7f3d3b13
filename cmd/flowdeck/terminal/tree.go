package terminal

import (
	"fmt"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
)

// tree is detailed progress: each step of the run when it ends, indented below the step around it, and every retry.
// For the records of streams it prints only failures, because there may be a million records.
type tree struct {
	screen *Screen
	watch  *host.Watch
	flow   string // before each line, for a run that another run started
}

// Steps returns a listener that prints each step of a run when it ends, failed records, and retries.
// If the run was started by another run, each line starts with its flow.
func Steps(s *Screen, b host.Begun) host.Listener {
	if b.Started {
		return tree{s, b.Watch, b.Flow + ": "}
	}
	return tree{s, b.Watch, ""}
}

func (t tree) See(e engine.Event) {
	switch {
	case e.Kind == engine.Retrying:
		t.print(t.screen.Warning, "retry", "", fmt.Sprintf("%s: attempt %d failed, again in %s: %v", e.Place, e.Attempt, e.Wait.Round(time.Millisecond), e.Err))
	case e.Kind == engine.RecordEnded && e.Err != nil:
		t.print(t.screen.of(e.Status), string(e.Status), "", fmt.Sprintf("%s: %v", Named(e.Place.String(), engine.Describe(e.Err).Title), e.Err))
	case e.Kind == engine.StepEnded && !e.Place.InRecord():
		t.step(t.watch.Last())
	}
}

func (tree) Done() {}

func (t tree) step(s *host.Step) {
	outcome, took := string(s.Status), fmt.Sprintf("%.2fs", s.Seconds)
	switch s.Status {
	case engine.Succeeded:
		outcome = "ok" // the same word as for records
	case engine.Skipped:
		took = ""
	}
	line := strings.Repeat("  ", s.Depth) + Named(s.Name, s.Title) + ": " + s.Verb
	if s.Card != "" {
		line += " " + s.Card
	}
	if s.Error != nil {
		line += ": " + s.Error.Message
	}
	t.print(t.screen.of(s.Status), outcome, took, line)
}

func (t tree) print(style Style, outcome, took, line string) {
	fmt.Fprintf(t.screen, "%s %8s  %s\n", style.Render(fmt.Sprintf("%-8s", outcome)), took, OneLine(t.screen, t.flow+line))
}
