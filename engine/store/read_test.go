package store

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func ids(runs []Run) (all []string) {
	for _, r := range runs {
		all = append(all, r.ID+" "+string(r.Status))
	}
	return all
}

func TestRunsAreListedTheLastFirst(t *testing.T) {
	t.Parallel()
	jumping := clock.NewJumping(noon)
	s := open(t, Config{State: t.TempDir(), Clock: jumping})
	for i, run := range []Run{{ID: "a1", Flow: "sweep"}, {ID: "a2", Flow: "other"}, {ID: "b1", Flow: "sweep", Parent: "a2"}, {ID: "b12", Flow: "sweep", Digest: "d", Connections: []Connection{{Name: "okta", Org: "acme"}},
		Sources: map[string]string{"flows/a.yaml": "steps: []"}, Start: engine.Start{By: "ada", DryRun: true, Inputs: map[string]engine.Value{"n": 1}}}} {
		must(t, jumping.Sleep(t.Context(), noon.Add(time.Duration(i)*time.Hour)))
		l, err := s.Create(t.Context(), run)
		must(t, err)
		switch run.ID {
		case "a1":
			must(t, l.Finish(engine.Succeeded, "", []byte(`{"status":"succeeded"}`)), l.Release())
		case "a2":
			must(t, l.Finish(Paused, "asked", []byte(`{}`)), l.Release())
		case "b1":
			must(t, l.Update([]byte(`{"so":"far"}`)), l.Release())
		}
	}
	none := ""
	for _, test := range []struct {
		filter Filter
		want   string
	}{
		{Filter{}, "b12 running, b1 interrupted, a2 paused, a1 succeeded"},
		{Filter{Limit: 2}, "b12 running, b1 interrupted"},
		{Filter{Limit: 2, Before: "b1"}, "a2 paused, a1 succeeded"},
		{Filter{Flow: "sweep", Status: Running}, "b12 running"},
		{Filter{Status: Interrupted}, "b1 interrupted"},
		{Filter{Status: engine.Succeeded}, "a1 succeeded"},
		{Filter{Parent: &none}, "b12 running, a2 paused, a1 succeeded"},
		{Filter{Since: noon.Add(2 * time.Hour)}, "b12 running, b1 interrupted"},
	} {
		got, err := s.Runs(t.Context(), test.filter)
		if text := strings.Join(ids(got), ", "); err != nil || text != test.want {
			t.Errorf("%+v: %s, %v; want %s", test.filter, text, err, test.want)
		}
	}
	for id, want := range map[string]string{"a1": "a1", "b1": "b1", "b12": "b12", Last: "b12", "a": "code ambiguous_run", "c": "code no_run", "": "code no_run", "a%": "code no_run"} {
		r, err := s.Run(t.Context(), id)
		got := r.ID
		if e := (*card.Error)(nil); errors.As(err, &e) {
			got = "code " + e.Code
		}
		if got != want {
			t.Errorf("%q: got %s", id, got)
		}
	}
	r, err := s.Run(t.Context(), Last)
	if err != nil || r.Sources["flows/a.yaml"] != "steps: []" || r.Connections[0].Org != "acme" || !r.Start.DryRun || r.Start.Inputs["n"] != 1 || !r.Started.Equal(noon.Add(3*time.Hour)) || r.Digest != "d" {
		t.Errorf("got %+v, %v", r, err)
	}
	if r, err := s.Run(t.Context(), "b1"); err != nil || string(r.Report) != `{"so":"far"}` || !r.Ended.IsZero() {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestARunIsFoundAgainAfterItPaused(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	l := create(t, s, "r1")
	must(t, l.Begin(engine.Intent{Place: engine.Place{}.Step("a")}), l.Finish(Paused, "asked", nil), l.Release())
	if err := l.Begin(engine.Intent{Place: engine.Place{}.Step("b")}); err == nil {
		t.Error("a run that was released was written")
	}
	again := take(t, s, "r1")
	if past, err := again.Past(engine.Place{}); err != nil || len(past.Begun) != 1 {
		t.Errorf("got %+v, %v", past, err)
	}
	if _, _, err := s.Take(t.Context(), "r1", Resumption{}); err == nil {
		t.Error("a run was taken twice")
	}
	if _, open := <-l.Controls(); open {
		t.Error("the controls of a released run are open")
	}
}

func TestAnOwnerOnAnotherMachineLivesAsLongAsItsHeartbeat(t *testing.T) {
	t.Parallel()
	c := Config{State: t.TempDir()}
	s := open(t, c)
	old := create(t, s, "r1")
	other := open(t, c)
	move := func(age time.Duration) {
		_, err := other.db.Exec("UPDATE owners SET host = 'elsewhere', heartbeat = ?", time.Now().Add(-age).UnixMicro())
		must(t, err)
	}
	move(dead / 2)
	if _, _, err := other.Take(t.Context(), "r1", Resumption{}); err == nil {
		t.Fatal("it was taken from an owner that lives")
	}
	move(2 * dead)
	l := take(t, other, "r1")
	must(t, l.Begin(engine.Intent{Place: engine.Place{}.Step("a")}))
	err := old.Begin(engine.Intent{Place: engine.Place{}.Step("a")}) // it was paused, and goes on
	if e := (*card.Error)(nil); !errors.As(err, &e) || e.Code != "run_taken" || e.Kind != card.Storage {
		t.Errorf("got %v", err)
	}
	if err := old.Finish(engine.Succeeded, "", nil); err == nil {
		t.Error("the old owner ended the run")
	}
	another := create(t, s, "r2") // other runs of the process go on
	must(t, another.Begin(engine.Intent{Place: engine.Place{}.Step("a")}))
}

func TestWritesInDoubtAreSettled(t *testing.T) {
	t.Parallel()
	c := Config{State: t.TempDir()}
	s := open(t, c)
	l := create(t, s, "r1")
	lost := &card.Error{Kind: card.Timeout, Message: "no answer"}
	place := func(name string) engine.Place { return engine.Place{}.Step(name) }
	write := func(name string, attempt int, err error, changed bool) {
		w := engine.Intent{Place: place(name), Attempt: attempt, Card: "fake"}
		must(t, l.Begin(w), l.End(w, engine.Effect{Kind: engine.CallEffect, Place: w.Place, Nth: attempt, Value: map[string]any{"changed": changed}, Err: err}))
	}
	write("lost", 0, lost, false)
	write("resolved", 0, lost, false)
	write("resolved", 1, nil, true)
	write("unresolved", 0, lost, false)
	write("unresolved", 1, nil, false)
	write("refused", 0, &card.Error{Kind: card.Forbidden, Message: "no"}, false)
	must(t, l.Begin(engine.Intent{Place: place("begun")}), l.Flush())
	names := func() (all []string) {
		doubts, err := s.Doubts(t.Context(), "r1")
		must(t, err)
		for _, w := range doubts {
			all = append(all, fmt.Sprintf("%s/%d", w.Place, w.Attempt))
		}
		return all
	}
	if got := names(); !slices.Equal(got, []string{"lost/0", "unresolved/1", "begun/0"}) {
		t.Errorf("got %v", got)
	}
	settle := func(name string, done bool) {
		t.Helper()
		open, err := s.Undecided(t.Context(), "r1")
		must(t, err)
		i := slices.IndexFunc(open, func(w Write) bool { return w.Place.String() == name })
		if i < 0 {
			t.Fatalf("nobody can decide about %s: %v", name, open)
		}
		must(t, s.Settle(t.Context(), map[int64]bool{open[i].At: done}))
	}
	settle("begun", false)
	settle("begun", true) // it is changed until the run acts on it
	settle("lost", false)
	if got := names(); !slices.Equal(got, []string{"unresolved/1"}) {
		t.Errorf("got %v", got)
	}
	for name, want := range map[string][2]bool{"begun": {true, true}, "lost": {false, true}, "refused": {false, false}, "none": {false, false}} {
		if done, decided := l.Settled(engine.Intent{Place: place(name)}); done != want[0] || decided != want[1] {
			t.Errorf("%s: %v, %v", name, done, decided)
		}
	}
	// A write that was done again after a crash, and found nothing to change, stays in doubt.
	must(t, l.Begin(engine.Intent{Place: place("again")}))
	s.kill()
	s = open(t, c)
	l = take(t, s, "r1")
	write("again", 0, nil, false)
	must(t, l.Flush())
	if got := names(); !slices.Equal(got, []string{"unresolved/1", "again/0"}) {
		t.Errorf("got %v", got)
	}
	// One that was not done, as a person found out, is only what the new attempt is.
	for i, failure := range []error{&card.Error{Kind: card.Invalid, Status: 400, Message: "no"}, nil, lost} {
		w := engine.Intent{Place: place(fmt.Sprint("undone", i)), Card: "undone"}
		must(t, l.Begin(w), l.Flush())
		s.kill()
		s = open(t, c)
		l = take(t, s, "r1")
		settle(w.Place.String(), false)
		w.Undone = true
		must(t, l.Begin(w), l.End(w, engine.Effect{Kind: engine.CallEffect, Place: w.Place, Value: map[string]any{"changed": failure == nil}, Err: failure}), l.Flush())
		s.kill()
		s = open(t, c)
		l = take(t, s, "r1")
		doubtful := slices.Contains(names(), w.Place.String()+"/0")
		if counted := l.calls[""][l.place(w.Place)].count().InDoubt > 0; doubtful != (failure == lost) || counted != doubtful {
			t.Errorf("%v: in doubt: %v, counted: %v", failure, doubtful, counted)
		}
	}
}

func TestWhatWasDoneToAPersonIsFound(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	for _, run := range []string{"r1", "r2"} {
		l := create(t, s, run)
		for i, name := range []string{"Ada@acme.example", "bob@acme.example"} {
			r := engine.Record{Place: engine.Place{}.Step("sweep").Record(0, fmt.Sprint("00u", i), 0)}
			w := engine.Intent{Place: r.Place.Step("add"), Card: "okta.group.add_user", Target: "Everyone ← " + name, In: map[string]any{"users": []any{"other@acme.example"}}}
			must(t, l.Open(r), l.Begin(w), l.End(w, engine.Effect{Kind: engine.CallEffect, Place: w.Place, Value: map[string]any{"profile": map[string]any{"email": "mail@" + name}}}))
		}
		must(t, l.Flush())
	}
	for subject, want := range map[string]int{"ada@acme.example": 2, " ADA@acme.example ": 2, "00u0": 2, "Everyone": 4, "other@acme.example": 4, "mail@ada@acme.example": 2, "ada": 0, "": 0, "%": 0} {
		got, err := s.History(t.Context(), subject, Page{})
		if err != nil || len(got) != want {
			t.Errorf("%q: %d writes, %v; want %d", subject, len(got), err, want)
		}
	}
	first, err := s.History(t.Context(), "everyone", Page{Limit: 3})
	must(t, err)
	rest, err := s.History(t.Context(), "everyone", Page{Limit: 3, After: first[2].At})
	if err != nil || len(rest) != 1 || first[0].Run != "r2" || rest[0].Run != "r1" {
		t.Errorf("got %+v, then %+v, %v", first, rest, err)
	}
}

func TestFailedRecordsStay(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	l := create(t, s, "r1")
	sweep := engine.Place{}.Step("sweep")
	for i := range 30 {
		r := engine.Record{Place: sweep.Record(i/10, fmt.Sprint("k", i), 0), Index: i, Value: i}
		switch {
		case i%3 == 0:
			must(t, l.Close(r, engine.Outcome{}, &card.Error{Kind: card.NotFound, Message: fmt.Sprint("broken ", i)}))
		case i < 29:
			must(t, l.Close(r, engine.Outcome{Status: engine.Skipped, Reason: "not needed"}, nil))
		default:
			must(t, l.Open(r))
		}
	}
	must(t, l.Advance(sweep, engine.Position{Page: 1}, engine.Tally{}), l.Advance(sweep, engine.Position{Page: 2}, engine.Tally{}), l.Flush())
	count := func(status Status, want int) {
		t.Helper()
		n := 0
		for page := (Page{Limit: 4}); ; {
			all, err := s.Records(t.Context(), "r1", sweep, status, page)
			must(t, err)
			for _, r := range all {
				if r.Status == engine.Failed && r.Err.Error() != fmt.Sprint("broken ", r.Index) || r.Status == engine.Skipped && r.Reason != "not needed" {
					t.Errorf("got %+v", r)
				}
				n++
				page.After = r.At
			}
			if len(all) == 0 {
				break
			}
		}
		if n != want {
			t.Errorf("%d records with status %q; want %d", n, status, want)
		}
	}
	count(engine.Failed, 10)
	count(engine.Skipped, 6)
	count(Going, 1)
	count("", 17)
	tally := engine.Tally{}
	must(t, l.Add(engine.Place{}, engine.Effect{Kind: engine.StreamEffect, Place: sweep, Tally: &tally}), l.Flush())
	count("", 10)
}

func TestAValueThatCannotBeKeptBreaksTheJournal(t *testing.T) {
	t.Parallel()
	l := create(t, open(t, Config{State: t.TempDir()}), "r1")
	at := engine.Place{}.Step("a")
	if err := l.Add(engine.Place{}, engine.Effect{Kind: engine.CallEffect, Place: at, Value: math.Inf(1)}); !isStorage(err) {
		t.Errorf("got %v", err)
	}
	if err := l.Begin(engine.Intent{Place: at}); !isStorage(err) {
		t.Errorf("a write began after an entry was lost: %v", err)
	}
}
