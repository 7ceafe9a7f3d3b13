package enginetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// JournalHost makes the journals that the suite of engine.Journal tests.
type JournalHost struct {
	// New returns the journal of a new run.
	New func(t *testing.T) engine.Journal
	// Flush makes everything that was added durable.
	Flush func(t *testing.T, j engine.Journal)
	// Crash returns the journal of the resumed run, after the process that had j was killed. j is not used
	// again, except to check that it fails.
	Crash func(t *testing.T, j engine.Journal) engine.Journal
}

// Journals runs the suite of engine.Journal.
func Journals(t *testing.T, host JournalHost) {
	for name, test := range journals {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(&journalTest{t, host, host.New(t)})
		})
	}
}

// journalTest is a test of a journal. Its methods fail the test on an error.
type journalTest struct {
	*testing.T
	host JournalHost
	j    engine.Journal
}

var (
	sweepPlace = engine.Place{}.Step("sweep")
	firstPlace = engine.Place{}.Step("first")
)

func recordOf(page int, key string) engine.Record {
	return engine.Record{Place: sweepPlace.Record(page, key, 0), Index: 10*page + len(key), Value: map[string]any{"id": key, "n": 1.0}}
}

func intent(at engine.Place, attempt int) engine.Intent {
	return engine.Intent{
		Place: at, Attempt: attempt, Card: "fake.suspend", Connection: "prod", Target: "ada@acme.example",
		In: map[string]any{"user": "ada@acme.example", "count": 3, "ratio": 2.0},
	}
}

func answer(at engine.Place, attempt int, changed bool) engine.Effect {
	return engine.Effect{Kind: engine.CallEffect, Place: at, Nth: attempt, Value: map[string]any{"id": "00u1", "changed": changed}}
}

func (c *journalTest) ok(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// crash continues with the journal of the resumed run. If flush is set, everything is durable before.
func (c *journalTest) crash(flush bool) {
	c.Helper()
	if flush {
		c.host.Flush(c.T, c.j)
	}
	c.j = c.host.Crash(c.T, c.j)
}

func (c *journalTest) past(scope engine.Place, want engine.Past) {
	c.Helper()
	got, err := c.j.Past(scope)
	c.ok(err)
	c.same("the past of "+scope.String(), got, want)
}

func (c *journalTest) stream(at engine.Place) engine.StreamPast {
	c.Helper()
	got, err := c.j.Stream(at)
	c.ok(err)
	return got
}

func (c *journalTest) counts() engine.Counts {
	c.Helper()
	got, err := c.j.Counts()
	c.ok(err)
	return got
}

func (c *journalTest) same(what string, got, want any, also ...cmp.Option) {
	c.Helper()
	messages := cmp.Comparer(func(a, b error) bool {
		return a == nil && b == nil || a != nil && b != nil && a.Error() == b.Error() && errors.Is(a, engine.ErrCutOff) == errors.Is(b, engine.ErrCutOff)
	})
	places := cmp.Comparer(engine.Place.Equal)
	if diff := cmp.Diff(want, got, append(also, messages, places, cmp.Comparer(time.Time.Equal))...); diff != "" {
		c.Errorf("%s (- wanted, + got):\n%s", what, diff)
	}
}

// write makes a write in a record, without its end.
func (c *journalTest) begin(r engine.Record, attempt int) engine.Intent {
	c.Helper()
	i := intent(r.Place.Step("suspend"), attempt)
	c.ok(c.j.Open(r))
	c.ok(c.j.Begin(i))
	return i
}

func (c *journalTest) write(r engine.Record, attempt int, changed bool) {
	c.Helper()
	i := c.begin(r, attempt)
	c.ok(c.j.End(i, answer(i.Place, attempt, changed)))
}

func (c *journalTest) close(r engine.Record) {
	c.Helper()
	c.ok(c.j.Close(r, engine.Outcome{Status: engine.Succeeded}, nil))
}

var journals = map[string]func(*journalTest){
	"every effect survives, with the types of its values and its error": func(c *journalTest) {
		tally := engine.Tally{Read: 2, OK: 1, Failed: 1, First: &engine.Failure{Index: 1, Err: errors.New("broken")}, Values: []any{1, 2.0, "x"}}
		effects := []engine.Effect{
			{Kind: engine.CallEffect, Place: firstPlace, Nth: 2, Value: map[string]any{"n": 1, "f": 1.0, "list": []any{}, "none": nil}},
			{Kind: engine.CallEffect, Place: firstPlace, Nth: 1, Err: &card.Error{Kind: card.NotFound, Code: "E7", Message: "no such user", Details: map[string]any{"a": 1}}},
			{Kind: engine.PageEffect, Place: firstPlace.Branch("x"), Value: map[string]any{"items": []any{"\x00\u2028"}}},
			{Kind: engine.SleepEffect, Place: firstPlace.Round(3), Time: time.Unix(1e9, 123456789)},
			{Kind: engine.HaltEffect, Place: firstPlace, Value: 2},
			{Kind: engine.StreamEffect, Place: engine.Place{}.Step("ended"), Tally: &tally},
		}
		c.ok(c.j.Add(engine.Place{}, effects...))
		c.past(engine.Place{}, engine.Past{})
		c.crash(true)
		c.past(engine.Place{}, engine.Past{Effects: effects})
	},
	"an effect that is added again replaces the first": func(c *journalTest) {
		first, second := answer(firstPlace, 0, false), answer(firstPlace, 0, true)
		c.ok(c.j.Add(engine.Place{}, first))
		c.ok(c.j.Add(engine.Place{}, second))
		c.crash(true)
		c.past(engine.Place{}, engine.Past{Effects: []engine.Effect{second}})
	},
	"a value of several megabytes survives": func(c *journalTest) {
		e := answer(firstPlace, 0, true)
		e.Value = map[string]any{"text": strings.Repeat("0123456789ä", 300_000)}
		c.ok(c.j.Add(engine.Place{}, e))
		c.crash(true)
		c.past(engine.Place{}, engine.Past{Effects: []engine.Effect{e}})
	},
	"a write is durable when Begin returns, and so is everything before it": func(c *journalTest) {
		r := recordOf(0, "ada")
		read := answer(r.Place.Step("read"), 0, false)
		c.ok(c.j.Open(r))
		c.ok(c.j.Add(r.Place, read))
		i := intent(r.Place.Step("suspend"), 0)
		c.ok(c.j.Begin(i))
		c.crash(false)
		c.past(r.Place, engine.Past{Effects: []engine.Effect{read}, Begun: []engine.Intent{i}})
		c.past(engine.Place{}, engine.Past{})
		c.same("open records", c.stream(sweepPlace).Open, []engine.Record{r})
	},
	"a write with a result is not in doubt": func(c *journalTest) {
		r := recordOf(0, "ada")
		c.write(r, 0, true)
		c.crash(true)
		c.past(r.Place, engine.Past{Effects: []engine.Effect{answer(r.Place.Step("suspend"), 0, true)}})
	},
	"a write can end in the process after the one that began it": func(c *journalTest) {
		r := recordOf(0, "ada")
		i := c.begin(r, 0)
		c.crash(false)
		c.ok(c.j.End(i, answer(i.Place, 0, true)))
		c.crash(true)
		c.past(r.Place, engine.Past{Effects: []engine.Effect{answer(i.Place, 0, true)}})
	},
	"a write that begins again replaces the first": func(c *journalTest) {
		r := recordOf(0, "ada")
		c.begin(r, 0)
		c.crash(false)
		i := c.begin(r, 0)
		c.crash(false)
		c.past(r.Place, engine.Past{Begun: []engine.Intent{i}})
	},
	"a write that was canceled before it was sent leaves no doubt": func(c *journalTest) {
		r := recordOf(0, "ada")
		for range 2 {
			i := c.begin(r, 0)
			c.ok(c.j.End(i, engine.Effect{Kind: engine.CallEffect, Place: i.Place, Err: engine.ErrCanceled}))
			c.crash(true)
		}
		c.write(r, 0, false)
		c.ok(c.j.Close(r, engine.Outcome{}, nil))
		c.same("wrote", c.counts().Writes, map[string]engine.Writes{"fake.suspend": {Calls: 1}})
	},
	"the state before a write is kept, of several megabytes, too": func(c *journalTest) {
		state := card.State{
			Names:  map[string]string{"user_id": "ada@acme.example"},
			Fields: map[string]any{"n": 1, "f": 1.0, "none": nil, "members": strings.Repeat("0123456789ä", 300_000)},
		}
		first := intent(firstPlace, 0)
		first.Before = state
		lost := engine.Effect{Kind: engine.CallEffect, Place: firstPlace, Err: &card.Error{Kind: card.Timeout, Message: "no answer"}}
		c.ok(c.j.Begin(first))
		c.ok(c.j.End(first, lost))
		c.crash(true)
		lost.Before = state
		c.past(engine.Place{}, engine.Past{Effects: []engine.Effect{lost}})
		again := intent(firstPlace, 1)
		again.Before = state
		c.ok(c.j.Begin(again))
		c.crash(false)
		c.past(engine.Place{}, engine.Past{Effects: []engine.Effect{lost}, Begun: []engine.Intent{again}})
		missing := intent(firstPlace.Step("other"), 0)
		missing.Before = card.State{Missing: true}
		c.ok(c.j.Begin(missing))
		c.crash(false)
		c.past(engine.Place{}, engine.Past{Effects: []engine.Effect{lost}, Begun: []engine.Intent{again, missing}})
	},
	"attempts of a write are kept apart": func(c *journalTest) {
		i := intent(firstPlace, 0)
		lost := engine.Effect{Kind: engine.CallEffect, Place: firstPlace, Err: &card.Error{Kind: card.Timeout, Message: "no answer"}}
		c.ok(c.j.Begin(i))
		c.ok(c.j.End(i, lost))
		again := intent(firstPlace, 1)
		c.ok(c.j.Begin(again))
		c.crash(false)
		c.past(engine.Place{}, engine.Past{Effects: []engine.Effect{lost}, Begun: []engine.Intent{again}})
	},
	"a write of a canceled run's finally is not found": func(c *journalTest) {
		i := intent(firstPlace, 0)
		i.Aside = true
		c.ok(c.j.Begin(i))
		c.ok(c.j.End(i, answer(firstPlace, 0, true)))
		i.Attempt = 1
		c.ok(c.j.Begin(i))
		c.crash(false)
		c.past(engine.Place{}, engine.Past{})
		plain := intent(firstPlace, 0)
		c.ok(c.j.Begin(plain))
		c.crash(false)
		c.past(engine.Place{}, engine.Past{Begun: []engine.Intent{plain}})
	},
	"a record that is closed leaves its result only": func(c *journalTest) {
		r, failed := recordOf(0, "ada"), recordOf(0, "grace")
		c.write(r, 0, true)
		c.ok(c.j.Close(r, engine.Outcome{Status: engine.Succeeded, Value: map[string]any{"n": 1.0}}, nil))
		c.ok(c.j.Close(failed, engine.Outcome{}, errors.New("broken")))
		c.crash(true)
		c.past(r.Place, engine.Past{})
		r.Value, failed.Value = nil, nil
		got := c.stream(sweepPlace)
		c.same("ended", got.Ended, []engine.Ended{
			{Record: r, Outcome: engine.Outcome{Status: engine.Succeeded, Value: map[string]any{"n": 1.0}}},
			{Record: failed, Err: errors.New("broken")},
		})
		c.same("open", len(got.Open), 0)
	},
	"a stream goes on at its position": func(c *journalTest) {
		for page := range 12 {
			for _, key := range []string{"a", "bb"} {
				r := recordOf(page, key)
				c.write(r, 0, page%2 == 0)
				if page < 11 {
					c.close(r)
				}
			}
		}
		at := engine.Position{Cursor: "c10", Page: 10, Index: 100}
		c.ok(c.j.Advance(sweepPlace, at, engine.Tally{Read: 20, OK: 20}))
		c.crash(true)
		got := c.stream(sweepPlace)
		c.same("position", got.At, at)
		c.same("tally", got.Tally, engine.Tally{Read: 20, OK: 20})
		c.same("ended", len(got.Ended), 2)
		c.same("open", got.Open, []engine.Record{recordOf(11, "a"), recordOf(11, "bb")})
		c.same("wrote", c.counts().Writes, map[string]engine.Writes{"fake.suspend": {Calls: 22, Changed: 12}})
		c.same("closed", c.counts().Streams, map[string]engine.Tally{"sweep": {Read: 22, OK: 22}})
	},
	"the values of a stream that goes on are kept for as long as the stream keeps them": func(c *journalTest) {
		for page := range 3 {
			for i, key := range []string{"a", "bb", "ccc"} {
				status := []engine.Status{engine.Succeeded, engine.Skipped, engine.SucceededWithErrors}[i]
				c.ok(c.j.Close(recordOf(page, key), engine.Outcome{Status: status, Value: map[string]any{"of": key, "n": float64(page)}}, nil))
			}
			c.ok(c.j.Close(recordOf(page, "dddd"), engine.Outcome{}, errors.New("broken")))
		}
		value := func(page int, key string) engine.Item {
			return engine.Item{Index: 10*page + len(key), Value: map[string]any{"of": key, "n": float64(page)}}
		}
		byIndex := cmpopts.SortSlices(func(a, b engine.Item) bool { return a.Index < b.Index })
		c.ok(c.j.Advance(sweepPlace, engine.Position{Cursor: "c1", Page: 1, Index: 10}, engine.Tally{Kept: true}))
		c.ok(c.j.Advance(sweepPlace, engine.Position{Cursor: "c2", Page: 2, Index: 20}, engine.Tally{Kept: true}))
		c.crash(true)
		got := c.stream(sweepPlace)
		c.same("values", got.Items, []engine.Item{value(0, "a"), value(0, "ccc"), value(1, "a"), value(1, "ccc")}, byIndex)
		c.same("ended", len(got.Ended), 4)
		c.ok(c.j.Advance(sweepPlace, engine.Position{Cursor: "c3", Page: 3, Index: 30}, engine.Tally{}))
		c.crash(true)
		got = c.stream(sweepPlace)
		c.same("values", len(got.Items), 0)
		c.same("ended", len(got.Ended), 0)
	},
	"the writes of records are counted by call, not by attempt": func(c *journalTest) {
		a, b, d := recordOf(0, "a"), recordOf(0, "bb"), recordOf(0, "ddd")
		lost := &card.Error{Kind: card.Timeout, Message: "no answer"}
		for _, r := range []engine.Record{a, b} {
			i := c.begin(r, 0)
			c.ok(c.j.End(i, engine.Effect{Kind: engine.CallEffect, Place: i.Place, Err: lost}))
		}
		c.write(a, 1, true)  // resolves the doubt
		c.write(b, 1, false) // does not
		i := c.begin(d, 0)
		c.ok(c.j.End(i, engine.Effect{Kind: engine.CallEffect, Place: i.Place, Err: &card.Error{Kind: card.Forbidden, Message: "no"}}))
		for _, r := range []engine.Record{a, b, d} {
			c.close(r)
		}
		c.crash(true)
		c.same("wrote", c.counts().Writes, map[string]engine.Writes{"fake.suspend": {Calls: 2, Changed: 1, InDoubt: 1}})
	},
	"closed records are counted by their results": func(c *journalTest) {
		for i, end := range []struct {
			status engine.Status
			err    error
		}{{engine.Succeeded, nil}, {engine.SucceededWithErrors, nil}, {engine.Skipped, nil}, {"", errors.New("broken")}, {"", engine.ErrCutOff}} {
			c.ok(c.j.Close(recordOf(i, "a"), engine.Outcome{Status: end.status}, end.err))
		}
		c.crash(true)
		c.same("counts", c.counts().Streams, map[string]engine.Tally{"sweep": {Read: 5, OK: 2, WithErrors: 1, Skipped: 1, Failed: 1, Canceled: 1}})
	},
	"the streams in a record are dropped with it": func(c *journalTest) {
		outer := recordOf(0, "ada")
		groups := outer.Place.Step("groups")
		inner := engine.Record{Place: groups.Record(0, "g/1", 0)}
		c.write(inner, 0, true)
		c.close(inner)
		c.ok(c.j.Open(outer))
		c.ok(c.j.Advance(groups, engine.Position{Page: 1, Index: 1, Cursor: "x"}, engine.Tally{Read: 1, OK: 1}))
		c.crash(true)
		c.same("inner stream", c.stream(groups).At.Page, 1)
		write := intent(outer.Place.Step("suspend"), 0)
		c.ok(c.j.Begin(write))
		c.ok(c.j.End(write, answer(write.Place, 0, true)))
		c.crash(true)
		c.same("writes", c.counts().Writes, map[string]engine.Writes{"fake.suspend": {Calls: 1, Changed: 1}})
		c.close(outer)
		c.crash(true)
		c.same("inner stream", c.stream(groups).IsZero(), true)
		one := engine.Tally{Read: 1, OK: 1}
		c.same("counts", c.counts(), engine.Counts{
			Streams: map[string]engine.Tally{"sweep": one, "sweep.groups": one},
			Writes:  map[string]engine.Writes{"fake.suspend": {Calls: 2, Changed: 2}},
		})
	},
	"a stream that has ended keeps the count of its writes": func(c *journalTest) {
		r := recordOf(0, "ada")
		c.write(r, 0, true)
		c.close(r)
		tally := engine.Tally{Read: 1, OK: 1}
		end := engine.Effect{Kind: engine.StreamEffect, Place: sweepPlace, Tally: &tally}
		c.ok(c.j.Add(engine.Place{}, end))
		c.crash(true)
		c.past(engine.Place{}, engine.Past{Effects: []engine.Effect{end}})
		got := c.stream(sweepPlace)
		c.same("known", got.IsZero(), true)
		c.same("wrote", c.counts().Writes, map[string]engine.Writes{"fake.suspend": {Calls: 1, Changed: 1}})
	},
	"records whose keys look like places are kept apart": func(c *journalTest) {
		keys := []string{"a", "a/=0.0.b", "a.b", "a%2F", "a~", "", "ä", "A", "1.", "!x", "a' OR 1"}
		for _, key := range keys {
			c.write(recordOf(0, key), 0, true)
		}
		c.write(recordOf(1, "a"), 0, true)
		c.close(recordOf(0, "a"))
		c.crash(true)
		for _, key := range keys[1:] {
			r := recordOf(0, key)
			c.past(r.Place, engine.Past{Effects: []engine.Effect{answer(r.Place.Step("suspend"), 0, true)}})
		}
		c.past(recordOf(0, "a").Place, engine.Past{})
	},
	"opening a record again changes nothing": func(c *journalTest) {
		r := recordOf(0, "ada")
		c.ok(c.j.Open(r))
		other := r
		other.Value = "other"
		c.ok(c.j.Open(other))
		c.crash(true)
		c.same("open", c.stream(sweepPlace).Open, []engine.Record{r})
	},
	"a record is opened with what it read": func(c *journalTest) {
		r := recordOf(0, "ada/=0.0.b")
		read := answer(r.Place.Step("get"), 0, false)
		failed := engine.Effect{Kind: engine.CallEffect, Place: r.Place.Step("get"), Nth: 1, Err: &card.Error{Kind: card.NotFound, Message: "not found"}}
		first, second := intent(r.Place.Step("suspend"), 0), intent(r.Place.Step("tell"), 0)
		c.ok(c.j.Open(r, read, failed))
		c.ok(c.j.Begin(first))
		c.crash(false)
		c.past(r.Place, engine.Past{Effects: []engine.Effect{read, failed}, Begun: []engine.Intent{first}})
		c.past(engine.Place{}, engine.Past{})
		c.same("open", c.stream(sweepPlace).Open, []engine.Record{r})

		c.ok(c.j.Begin(first)) // again
		c.ok(c.j.End(first, answer(first.Place, 0, true)))
		c.ok(c.j.Begin(second))
		c.crash(false)
		c.past(r.Place, engine.Past{Effects: []engine.Effect{read, failed, answer(first.Place, 0, true)}, Begun: []engine.Intent{second}})
		c.ok(c.j.End(second, answer(second.Place, 0, true)))
		c.close(r)
		c.crash(true)
		c.past(r.Place, engine.Past{})
		c.same("wrote", c.counts().Writes, map[string]engine.Writes{"fake.suspend": {Calls: 2, Changed: 2, InDoubt: 0}})
	},
	"a record that was opened and did not write is still open": func(c *journalTest) {
		r := recordOf(0, "ada")
		read := answer(r.Place.Step("get"), 0, false)
		c.ok(c.j.Open(r, read))
		c.crash(true)
		c.past(r.Place, engine.Past{Effects: []engine.Effect{read}})
		c.same("open", c.stream(sweepPlace).Open, []engine.Record{r})
		c.ok(c.j.Begin(intent(r.Place.Step("suspend"), 0)))
		c.crash(false)
		c.past(r.Place, engine.Past{Effects: []engine.Effect{read}, Begun: []engine.Intent{intent(r.Place.Step("suspend"), 0)}})
		c.close(r)
		c.crash(true)
		c.same("open", len(c.stream(sweepPlace).Open), 0)
	},
	"a process whose run was taken over cannot write": func(c *journalTest) {
		old := c.j
		c.ok(old.Begin(intent(firstPlace, 0)))
		c.crash(false)
		err := old.Begin(intent(firstPlace, 1))
		if kept := (*card.Error)(nil); !errors.As(err, &kept) || kept.Kind != card.Storage {
			c.Fatalf("got %v", err)
		}
		if err := old.Add(engine.Place{}, answer(firstPlace, 5, true)); err == nil {
			c.Error("a later entry was accepted")
		}
		c.crash(true)
		c.past(engine.Place{}, engine.Past{Begun: []engine.Intent{intent(firstPlace, 0)}})
	},
}
