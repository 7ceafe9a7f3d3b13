package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"

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
		t.print(t.screen.warning, "retry", "", fmt.Sprintf("%s: attempt %d failed, again in %s: %v", e.Place, e.Attempt, e.Wait.Round(time.Millisecond), e.Err))
	case e.Kind == engine.RecordEnded && e.Err != nil:
		t.print(t.screen.of(e.Status), string(e.Status), "", fmt.Sprintf("%s: %v", e.Place, e.Err))
	case e.Kind == engine.StepEnded && !e.Place.InRecord():
		t.step(t.watch.last)
	}
}

func (tree) done() {}

func (t tree) step(s *step) {
	outcome, took := string(s.Status), fmt.Sprintf("%.2fs", s.Seconds)
	switch s.Status {
	case engine.Succeeded:
		outcome = "ok" // as records are
	case engine.Skipped:
		took = ""
	}
	line := strings.Repeat("  ", s.depth) + s.name + ": " + s.Verb
	if s.Card != "" {
		line += " " + s.Card
	}
	if s.Error != nil {
		line += ": " + s.Error.Message
	}
	t.print(t.screen.of(s.Status), outcome, took, line)
}

func (t tree) print(style lipgloss.Style, outcome, took, line string) {
	fmt.Fprintf(t.screen, "%s %8s  %s\n", style.Render(fmt.Sprintf("%-8s", outcome)), took, line)
}
