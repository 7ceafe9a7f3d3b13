package terminal

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/google/go-cmp/cmp"
	"github.com/vbauerster/mpb/v8"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/enginetest"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
)

// environment returns an environment that has only these variables.
func environment(variables ...string) Lookup {
	return func(name string) (string, bool) {
		for _, v := range variables {
			if value, ok := strings.CutPrefix(v, name+"="); ok {
				return value, true
			}
		}
		return "", false
	}
}

// watched returns a watch that has received events at intervals of 100 ms.
func watched(events ...engine.Event) *host.Watch {
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	w := host.NewWatch(func() time.Time { return now }, nil)
	for _, e := range events {
		w.See(e)
		now = now.Add(100 * time.Millisecond)
	}
	return w
}

// These functions make the events of the tests.
var place, began, ended, record = enginetest.At, enginetest.Began, enginetest.Ended, enginetest.Processed

// paper returns a terminal without colors, and the text that is written to it.
func paper(width int) (*Screen, *bytes.Buffer) {
	out := &bytes.Buffer{}
	return &Screen{Styles: NewStyles(environment(), out), out: out, live: true, width: func() int { return width }}, out
}

func TestColorsFollowTheTerminalAndTheEnvironment(t *testing.T) {
	t.Parallel()
	for variables, want := range map[string]bool{
		"":                            false, // not a terminal
		"CLICOLOR_FORCE=1":            true,
		"CLICOLOR_FORCE=0":            false,
		"CLICOLOR_FORCE=1 NO_COLOR=":  true,
		"CLICOLOR_FORCE=1 NO_COLOR=1": false,
	} {
		if got := colors(environment(strings.Fields(variables)...), io.Discard); got != want {
			t.Errorf("%q: got %v, want %v", variables, got, want)
		}
	}
	if s := NewStyles(environment("CLICOLOR_FORCE=1"), io.Discard); s.OK.Render("ok") == "ok" {
		t.Error("a style with colors changes nothing")
	}
	if s := NewStyles(environment(), io.Discard); s.OK.Render("ok") != "ok" || s.Heading.Render("a") != "a" {
		t.Error("a style without colors changes something")
	}
}

// sweeping returns the state of a stream 10 s after its start.
func sweeping(c host.Counts) standing {
	c.Began = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	c.Ended = c.Began.Add(20 * time.Second)
	return standing{Counts: c, now: c.Began.Add(10 * time.Second), ids: len("sweep"), names: len("sweep")}
}

func TestBarShowsWhatFitsItsLine(t *testing.T) {
	t.Parallel()
	s := NewStyles(environment(), io.Discard)
	under := host.Counts{Read: 500, OK: 300, Skipped: 190, Failed: 10, Total: 1000, Going: 1}
	listing := under
	listing.Unknown = 1
	through := host.Counts{Read: 1000, OK: 800, Skipped: 190, Failed: 10, Total: 1000}
	cut := through
	cut.OK, cut.Canceled = 795, 5
	waiting := sweeping(under)
	waiting.waited = 12345 * time.Millisecond
	million := host.Counts{Read: 1_000_000, OK: 900_000, Skipped: 99_999, Failed: 1, Total: 2_000_000, Going: 1}
	named := sweeping(under)
	named.Title, named.names = "Suspend the members of a group", len("sweep: Suspend the members of a group")
	for _, test := range []struct {
		name string
		room int
		at   standing
		want string
	}{
		{"80 columns", 79, sweeping(under), "sweep  [==>---]  500/1,000 read  300 ok  190 skipped  10 failed  50/s  10s left"},
		{"200 columns", 199, sweeping(under), "sweep  [==============>---------------]  500/1,000 read  300 ok  190 skipped  10 failed  50/s  10s left"},
		{"a name, 80 columns", 79, named, "sweep  [==>---]  500/1,000 read  300 ok  190 skipped  10 failed  50/s  10s left"},
		{"a name, 120 columns", 119, named, "sweep: Suspend the members o…  [==========>-----------]  500/1,000 read  300 ok  190 skipped  10 failed  50/s  10s left"},
		{"a wait, 80 columns", 79, waiting, "sweep  [==>---]  500/1,000 read  300 ok  190 skipped  10 failed  waited 12.3s"},
		{"a wait, 200 columns", 199, waiting, "sweep  [==============>---------------]  500/1,000 read  300 ok  190 skipped  10 failed  50/s  waited 12.3s  10s left"},
		{"nobody knows how long the list is", 79, sweeping(listing), "sweep             ⠋              500 read  300 ok  190 skipped  10 failed  50/s"},
		{"through", 79, sweeping(through), "sweep  [==============]  1,000/1,000 read  800 ok  190 skipped  10 failed  50/s"},
		{"some were cut off", 99, sweeping(cut), "sweep  [======================]  1,000/1,000 read  795 ok  190 skipped  10 failed  5 cut off  50/s"},
		{"millions", 79, sweeping(million), "sweep  [==>---]  1,000,000/2,000,000 read  900,000 ok  99,999 skipped  1 failed"},
		{"hardly any room", 20, sweeping(under), "sweep  500/1,000 re…"},
		{"none", 0, sweeping(under), ""},
	} {
		got := newBar("sweep").line(s, test.room, test.at)
		if got != test.want {
			t.Errorf("%s:\n got %q\nwant %q", test.name, got, test.want)
		}
	}
}

func TestBarIsNeverWiderThanItsLine(t *testing.T) {
	t.Parallel()
	at := sweeping(host.Counts{Read: 123_456, OK: 100_000, Skipped: 23_000, Failed: 456, Total: 1_000_000, Going: 1})
	at.waited, at.ids, at.names, at.Title = time.Hour, 100, 120, "Suspend the members"
	for _, colors := range []string{"", "CLICOLOR_FORCE=1"} {
		s := NewStyles(environment(colors), io.Discard)
		for room := range 250 {
			line := newBar(strings.Repeat("sweep.", 20)).line(s, room, at)
			if lipgloss.Width(line) > room || strings.Contains(line, "\n") {
				t.Fatalf("%d columns: %d in %q", room, lipgloss.Width(line), line)
			}
		}
	}
}

// The end of a name identifies the stream, so the start is cut.
func TestLongNamesAreCutAtTheirStart(t *testing.T) {
	t.Parallel()
	if got := shortened("sweep.groups.members", "Clean up", 10); got != "…s.members" {
		t.Errorf("got %q", got)
	}
	for most, want := range map[int]string{5: "sweep", 8: "sweep", 9: "sweep: C…", 15: "sweep: Clean up"} {
		if got := shortened("sweep", "Clean up", most); got != want {
			t.Errorf("in %d columns: got %q, want %q", most, got, want)
		}
	}
}

// failed returns the report of a run with two streams, one of which had failures.
func failed() summary {
	const path = "flows/.flowdeck/runs/20261122-083610-49e95c/"
	events := []engine.Event{began("sweep", "stream", ""), began("second", "each", "")}
	for i := range 1200 {
		var err error
		status := engine.Succeeded
		switch {
		case i%100 == 0:
			status, err = engine.Failed, &engine.Error{Cause: &card.Error{Message: "You do not have permission to perform the requested action, whatever it may be"}, Pos: flow.Pos{File: "flows/suspend-if-idle.yaml", Line: 12, Col: 5}}
		case i < 15:
			status, err = engine.Failed, fmt.Errorf("another error, the %dth", i)
		}
		events = append(events, record("sweep", fmt.Sprintf("00u%04d", i), status, err)...)
	}
	events = append(events,
		engine.Event{Kind: engine.LoopEnded, Place: place("sweep"), Results: path + "sweep.jsonl"}, ended("sweep", "stream", "", engine.Succeeded, nil),
		engine.Event{Kind: engine.LoopEnded, Place: place("second"), Results: path + "second.jsonl"}, ended("second", "each", "", engine.Succeeded, nil))
	return summary{watched(events...).Report()}
}

func TestTablesFit80Columns(t *testing.T) {
	t.Parallel()
	s, out := paper(80)
	failed().tables(s)
	const want = `stream   read     ok  skipped  failed  a second
sweep   1,200  1,174        0      26       5.0
second      0      0        0       0       0.0
results: flows/.flowdeck/runs/20261122-083610-49e95c/sweep.jsonl
results: flows/.flowdeck/runs/20261122-083610-49e95c/second.jsonl

failed  error
    12  You do not have permission to perform the requested action, whatever it
        may be
        first: sweep[00u0000], flows/suspend-if-idle.yaml:12:5
     1  another error, the 10th
        first: sweep[00u0010]
     1  another error, the 11th
        first: sweep[00u0011]
     1  another error, the 12th
        first: sweep[00u0012]
     1  another error, the 13th
        first: sweep[00u0013]
     1  another error, the 14th
        first: sweep[00u0014]
     1  another error, the 1th
        first: sweep[00u0001]
     1  another error, the 2th
        first: sweep[00u0002]
     1  another error, the 3th
        first: sweep[00u0003]
     1  another error, the 4th
        first: sweep[00u0004]
        and 5 more, with other errors: see the results file

`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestTablesUse200Columns(t *testing.T) {
	t.Parallel()
	s, out := paper(200)
	failed().tables(s)
	const want = `stream   read     ok  skipped  failed  a second  results
sweep   1,200  1,174        0      26       5.0  flows/.flowdeck/runs/20261122-083610-49e95c/sweep.jsonl
second      0      0        0       0       0.0  flows/.flowdeck/runs/20261122-083610-49e95c/second.jsonl

failed  error
    12  You do not have permission to perform the requested action, whatever it may be
        first: sweep[00u0000], flows/suspend-if-idle.yaml:12:5
     1  another error, the 10th
`
	if got := out.String(); !strings.HasPrefix(got, want) {
		t.Error(cmp.Diff(want, got))
	}
}

func TestColoredTableIsAsWideAsAPlainOne(t *testing.T) {
	t.Parallel()
	plain, want := paper(80)
	failed().tables(plain)
	colored, got := paper(80)
	colored.Styles = NewStyles(environment("CLICOLOR_FORCE=1"), io.Discard)
	failed().tables(colored)
	if !strings.Contains(got.String(), "\x1b[31m12\x1b[0m") {
		t.Error("the failures have no color")
	}
	wants, gots := strings.Split(want.String(), "\n"), strings.Split(got.String(), "\n")
	if len(wants) != len(gots) {
		t.Fatalf("%d lines, want %d", len(gots), len(wants))
	}
	for i := range wants {
		if w, g := lipgloss.Width(wants[i]), lipgloss.Width(strings.TrimRight(gots[i], " ")); g < w || g > 80 {
			t.Errorf("line %d: %d wide, want %d: %q", i, g, w, gots[i])
		}
	}
}

// The number of lines must not grow with the number of records.
func TestTreeShowsStepsAndFailedRecords(t *testing.T) {
	t.Parallel()
	s, out := paper(80)
	w := watched()
	shown := tree{screen: s, watch: w}
	see := func(events ...engine.Event) {
		for _, e := range events {
			w.See(e)
			shown.See(e)
		}
	}
	see(
		began("check", "if", ""),
		began("check.then.try", "card", "okta.group.get"),
		engine.Event{Kind: engine.Retrying, Place: place("check.then.try"), Card: "okta.group.get", Attempt: 1, Err: &card.Error{Message: "down"}},
		ended("check.then.try", "card", "okta.group.get", engine.Failed, &card.Error{Kind: card.NotFound, Message: "no such group"}),
		ended("check", "if", "", engine.Succeeded, nil),
		ended("stop-1", "stop", "", engine.Skipped, nil),
		began("sweep", "stream", "okta.group.list"),
		began("sweep[00g1].apps", "each", ""),
		ended("sweep[00g1].apps[0].card-1", "card", "okta.user.suspend", engine.Succeeded, nil),
		ended("sweep[00g1].apps", "each", "", engine.Succeeded, nil),
	)
	see(record("sweep", "00g1", engine.Succeeded, nil)...)
	see(record("sweep", "00g2", engine.Failed, &card.Error{Message: "no permission"})...)
	see(engine.Event{Kind: engine.Retrying, Place: place("sweep[00g2].card-1"), Attempt: 1, Wait: 1500 * time.Microsecond, Err: &card.Error{Message: "down"}})
	see(ended("sweep", "stream", "okta.group.list", engine.Failed, &card.Error{Message: "too many failures"}))
	const want = `retry              check.then.try: attempt 1 failed, again in 0s: down
failed      0.00s    then.try: card okta.group.get: no such group
ok          0.00s  check: if
skipped            stop-1: stop
failed             sweep[00g2]: no permission
retry              sweep[00g2].card-1: attempt 1 failed, again in 2ms: down
failed      0.00s  sweep: stream okta.group.list: too many failures
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestNewBarsReplaceThoseOfEndedStreams(t *testing.T) {
	t.Parallel()
	s, _ := paper(80)
	w := watched()
	b := newBars(s, w.Stream, func() host.Waits { return host.Waits{} })
	see := func(events ...engine.Event) {
		for _, e := range events {
			w.See(e)
			b.See(e)
		}
	}
	shown := func() (ids []string) {
		for _, bar := range b.shown {
			ids = append(ids, bar.id)
		}
		return ids
	}
	names := func(from, to int) (ids []string) {
		for i := from; i < to; i++ {
			ids = append(ids, fmt.Sprintf("s%d", i))
		}
		return ids
	}
	for _, id := range names(0, mostBars) {
		// The second round of the loop uses the same bar.
		see(began(id, "each", ""), ended(id, "each", "", engine.Succeeded, nil), began(id, "each", ""), began("card-"+id, "card", ""))
	}
	if diff := cmp.Diff(names(0, mostBars), shown()); diff != "" {
		t.Errorf("all go on:\n%s", diff)
	}
	see(ended("s3", "each", "", engine.Succeeded, nil), began("new", "each", ""))
	want := append(slices.Concat(names(0, 3), names(4, mostBars)), "new")
	if diff := cmp.Diff(want, shown()); diff != "" {
		t.Errorf("s3 has ended:\n%s", diff)
	}
	see(began("newer", "each", ""))
	if diff := cmp.Diff(append(want[1:], "newer"), shown()); diff != "" {
		t.Errorf("there are too many:\n%s", diff)
	}
	b.Done()
	if s.above != nil {
		t.Error("the bars are still there")
	}
}

func TestLinesAfterTheBarsAreNotLost(t *testing.T) {
	t.Parallel()
	s, out := paper(80)
	gone := mpb.New(mpb.WithOutput(io.Discard))
	gone.Shutdown()
	s.draw(gone)
	fmt.Fprintln(s, "a warning")
	if out.String() != "a warning\n" {
		t.Errorf("got %q", out)
	}
}

func TestLinesAppearAboveTheBars(t *testing.T) {
	t.Parallel()
	s, out := paper(80)
	above := &bytes.Buffer{}
	s.draw(above)
	fmt.Fprintln(s, "a warning")
	s.draw(nil)
	fmt.Fprintln(s, "the end")
	if above.String() != "\ra warning\n" || out.String() != "the end\n" {
		t.Errorf("above %q, then %q", above, out)
	}
}
