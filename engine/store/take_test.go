package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/veil"
)

func TestARunThatHasEndedIsNotTaken(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	for _, status := range []Status{engine.Succeeded, engine.SucceededWithErrors, engine.Failed, engine.Skipped, pruned} {
		l := create(t, s, "r-"+string(status))
		must(t, l.Finish(status, "", nil), l.Release())
		if _, _, err := s.Take(t.Context(), l.ID(), Resumption{}); err == nil {
			t.Errorf("a run that is %s was taken", status)
		}
	}
	for _, status := range []Status{Paused, engine.Canceled} {
		l := create(t, s, "r-"+string(status))
		must(t, l.Finish(status, "", nil), l.Release())
		take(t, s, l.ID())
	}
}

func TestARunThatIsCanceledKnowsWhetherItEntered(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	l, err := s.Create(t.Context(), Run{ID: "r1", Flow: "sweep", Quota: "sweep"})
	must(t, err)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("stopped"))
	if entered, _, err := l.Enter(ctx, 1); !entered || err != nil {
		t.Errorf("got %v, %v", entered, err)
	}
}

func TestAStreamIsCountedUnderItsNameEvenIfTheNameIsASecret(t *testing.T) {
	t.Parallel()
	c := Config{State: t.TempDir(), Veil: veil.New(), Key: key("a passphrase of a machine")}
	s := open(t, c)
	l := create(t, s, "r1")
	must(t, l.Close(engine.Record{Place: engine.Place{}.Step("sweep-everyone").Record(0, "a", 0)}, engine.Outcome{}, nil))
	c.Veil.Learn("sweep-everyone")
	must(t, l.Close(engine.Record{Place: engine.Place{}.Step("sweep-everyone").Record(0, "b", 0)}, engine.Outcome{}, nil), l.Flush())
	s.kill()
	counts, err := take(t, open(t, c), "r1").Counts()
	if diff := cmp.Diff(map[string]engine.Tally{"sweep-everyone": {Read: 2, OK: 2}}, counts.Streams); diff != "" || err != nil {
		t.Errorf("%v, %s", err, diff)
	}
}

func TestARecordThatIsClosedTakesNoMemory(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	l := create(t, s, "r1")
	for i := range 100 {
		login := fmt.Sprintf("user%d@acme.example", i)
		r := engine.Record{Place: engine.Place{}.Step("sweep").Record(0, login, 0), Index: i, Value: map[string]any{"id": login, "login": login, "email": login}}
		inner := engine.Record{Place: r.Place.Step("apps").Record(0, login, 0), Value: r.Value}
		w := engine.Intent{Place: r.Place.Step("s"), Card: "fake", In: map[string]any{"user": login}}
		must(t, l.Open(r), l.Begin(w), l.End(w, engine.Effect{Kind: engine.CallEffect, Place: w.Place}), l.Open(inner), l.Close(inner, engine.Outcome{}, nil), l.Close(r, engine.Outcome{}, nil))
	}
	must(t, l.commit(0, func(*tx) error {
		if len(l.people)+len(l.calls)+len(l.asides) > 0 || len(l.streams) != 1 {
			t.Errorf("left: %d people, %d calls, %d streams", len(l.people), len(l.calls), len(l.streams))
		}
		return nil
	}))
}

func TestAnOwnerWhoseLockCannotBeReadLivesAsLongAsItsHeartbeat(t *testing.T) {
	t.Parallel()
	c := Config{State: t.TempDir()}
	s := open(t, c)
	create(t, s, "r1")
	lock := s.lease.Load().lock.Path()
	must(t, os.Remove(lock), os.Symlink("elsewhere", lock)) // as if too many files were open
	other := open(t, c)
	_, _, err := other.Take(t.Context(), "r1", Resumption{})
	if owned := (*OwnedError)(nil); !errors.As(err, &owned) {
		t.Errorf("got %v", err)
	}
	_, err = other.db.Exec("UPDATE owners SET heartbeat = ?", time.Now().Add(-2*dead).UnixMicro())
	must(t, err)
	take(t, other, "r1")
}

func TestAKeyThatBecomesASecretKeepsItsPlace(t *testing.T) {
	t.Parallel()
	c := Config{State: t.TempDir(), Veil: veil.New(), Key: key("a passphrase of a machine")}
	s := open(t, c)
	l := create(t, s, "r1")
	r := engine.Record{Place: engine.Place{}.Step("sweep").Record(0, "hunter2-correct", 0)}
	w := engine.Intent{Place: r.Place.Step("set"), Card: "fake", In: map[string]any{"user": "x"}}
	must(t, l.Open(r), l.Begin(w))
	c.Veil.Learn("hunter2-correct") // from the answer
	must(t, l.End(w, engine.Effect{Kind: engine.CallEffect, Place: w.Place, Value: map[string]any{"changed": true}}), l.Flush())
	for _, v := range []*veil.Veil{veil.New(), c.Veil} {
		s.kill()
		c.Veil = v
		s = open(t, c)
		l = take(t, s, "r1")
		open, err := l.Stream(engine.Place{}.Step("sweep"))
		if err != nil || len(open.Open) != 1 {
			t.Errorf("got %+v, %v", open, err)
		}
		past, err := l.Past(r.Place)
		if err != nil || len(past.Effects) != 1 || len(past.Begun) != 0 {
			t.Errorf("got %+v, %v", past, err)
		}
	}
	must(t, l.Close(r, engine.Outcome{}, nil), l.Flush())
	if open, err := l.Stream(engine.Place{}.Step("sweep")); err != nil || len(open.Open) != 0 || len(open.Ended) != 1 {
		t.Errorf("after its end: %+v, %v", open, err)
	}
	counts, err := l.Counts()
	if got := counts.Writes["fake"]; err != nil || got != (engine.Writes{Calls: 1, Changed: 1}) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestARunThatWasTakenFailsAloneInASharedTransaction(t *testing.T) {
	t.Parallel()
	c := Config{State: t.TempDir()}
	s := open(t, c)
	lost, healthy := create(t, s, "r1"), create(t, s, "r2")
	_, err := s.db.Exec("UPDATE runs SET fence = fence + 1 WHERE id = 'r1'")
	must(t, err)
	at := engine.Place{}.Step("a")
	now := engine.Effect{Kind: engine.NowEffect, Place: at, Time: time.Unix(1, 0).UTC()}
	must(t, healthy.Add(engine.Place{}, now), lost.Add(engine.Place{}, now)) // they wait for the entry that is urgent
	must(t, healthy.Begin(engine.Intent{Place: at}))
	if !isStorage(lost.Err()) || healthy.Err() != nil {
		t.Errorf("got %v and %v", lost.Err(), healthy.Err())
	}
	s.kill()
	next := open(t, c)
	for id, want := range map[string]int{"r1": 0, "r2": 1} {
		past, err := take(t, next, id).Past(engine.Place{})
		if err != nil || len(past.Effects) != want || len(past.Begun) != want {
			t.Errorf("%s: got %+v, %v", id, past, err)
		}
	}
}

func TestAQueueThatIsFullGoesOnWhenTheDatabaseIsFree(t *testing.T) {
	t.Parallel()
	c := Config{State: t.TempDir()}
	s := open(t, c)
	l := create(t, s, "r1")
	conn, err := open(t, c).db.Conn(t.Context())
	must(t, err)
	_, err = conn.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	must(t, err)
	const strands, each = 8, 3
	value := map[string]any{"text": strings.Repeat("a", 1<<20)}
	added := make(chan error)
	for strand := range strands {
		go func() {
			for i := range each {
				at := engine.Place{}.Step("s").Round(strand*each + i)
				err := l.Add(engine.Place{}, engine.Effect{Kind: engine.CallEffect, Place: at, Value: value})
				if i == each-1 {
					err = errors.Join(err, l.Begin(engine.Intent{Place: at, Attempt: 1}))
				}
				added <- err
			}
		}()
	}
	must(t, <-added)
	_, err = conn.ExecContext(t.Context(), "ROLLBACK")
	must(t, err)
	for range strands*each - 1 {
		must(t, <-added)
	}
	s.kill()
	past, err := take(t, open(t, c), "r1").Past(engine.Place{})
	if err != nil || len(past.Effects) != strands*each || len(past.Begun) != strands {
		t.Errorf("%d effects, %d writes, %v", len(past.Effects), len(past.Begun), err)
	}
}

func TestRecordsWithStrangeKeysComeBack(t *testing.T) {
	t.Parallel()
	c := Config{State: t.TempDir()}
	s := open(t, c)
	l := create(t, s, "r1")
	keys := []string{"", "\x00", "a\x00b", "=", "=0.0.a", "/=1.0.b", "%2F", "\xff\xfe", "..", "\n", "💥", strings.Repeat("long/", 2_000), "a'--", "$sealed"}
	for i, key := range keys {
		r := engine.Record{Place: engine.Place{}.Step("sweep").Record(0, key, 0), Index: i, Value: map[string]any{"id": key, "$sealed": key}}
		must(t, l.Open(r), l.Begin(engine.Intent{Place: r.Place.Step("s"), Target: key, In: map[string]any{"user": key}}))
	}
	must(t, l.Flush())
	s.kill()
	again := take(t, open(t, c), "r1")
	past, err := again.Stream(engine.Place{}.Step("sweep"))
	if err != nil || len(past.Open) != len(keys) {
		t.Fatalf("got %d records, %v", len(past.Open), err)
	}
	for i, r := range past.Open {
		inside, err := again.Past(r.Place)
		if err != nil || r.Place.Key() != keys[i] || len(inside.Begun) != 1 {
			t.Errorf("%q: got %q, %+v, %v", keys[i], r.Place.Key(), inside, err)
		}
	}
}

func TestARunWithAQuotaThatIsTakenIsQueuedUntilItEnters(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	l, err := s.Create(t.Context(), Run{ID: "r1", Flow: "sweep", Quota: "sweep"})
	must(t, err, l.Finish(Paused, "", nil), l.Release())
	other, err := s.Create(t.Context(), Run{ID: "r2", Flow: "sweep", Quota: "sweep"})
	must(t, err)
	if entered, _, err := other.Enter(t.Context(), 1); !entered || err != nil {
		t.Errorf("got %v, %v", entered, err)
	}
	if ahead, err := s.Ahead(t.Context(), "r1"); err != nil || !slices.Equal(ahead, []string{"r2"}) {
		t.Errorf("got %v, %v", ahead, err)
	}
	l, r, err := s.Take(t.Context(), "r1", Resumption{})
	must(t, err)
	if r.Status != Queued {
		t.Errorf("got %s", r.Status)
	}
	if entered, ahead, err := l.Enter(t.Context(), 1); entered || err != nil || !slices.Equal(ahead, []string{"r2"}) {
		t.Errorf("got %v, %v, %v", entered, ahead, err)
	}
	must(t, other.Finish(engine.Succeeded, "", nil))
	if entered, _, err := l.Enter(t.Context(), 1); !entered || err != nil {
		t.Errorf("got %v, %v", entered, err)
	}
}

func TestTheStartOfAnIDIsThatOfARunAndNotOfThoseThatItStarted(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	for _, r := range []Run{{ID: "2026-ab"}, {ID: "2026-ab.x", Parent: "2026-ab"}, {ID: "2026-ab.x.z", Parent: "2026-ab.x"}, {ID: "2026-ac"}, {ID: "2027-a.q", Parent: "2027-a"}} {
		r.Flow = "f"
		_, err := s.Create(t.Context(), r)
		must(t, err)
	}
	for given, want := range map[string]string{"2026-ab": "2026-ab", "2026-a": "", "2026-ac": "2026-ac", "2026-ab.": "2026-ab.x", "2026-ab.x": "2026-ab.x", "2027": "2027-a.q"} {
		got, err := s.Run(t.Context(), given)
		if got.ID != want || (err == nil) != (want != "") {
			t.Errorf("%s: got %q, %v", given, got.ID, err)
		}
	}
	must(t, s.write(t.Context(), func(tx *tx) error { return tx.exec("DELETE FROM runs WHERE id = '2026-ac'") }))
	if got, err := s.Run(t.Context(), "2026-"); err != nil || got.ID != "2026-ab" {
		t.Errorf("got %q, %v", got.ID, err)
	}
}

func TestARunWhoseEndCouldNotBeWrittenIsGivenUpWhenThereIsRoomAgain(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	l := create(t, s, "r1")
	must(t, l.Flush())
	var pages int
	must(t, s.writer.tx.conn.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages))
	limit := func(n int) {
		t.Helper()
		must(t, s.write(t.Context(), func(tx *tx) error { return tx.row(fmt.Sprintf("PRAGMA max_page_count = %d", n), nil, &n) }))
	}
	limit(pages)
	if err := l.Finish(engine.Succeeded, "", []byte(`"`+strings.Repeat("x", 1<<20)+`"`)); err == nil {
		t.Fatal("the report had room")
	}
	if err := l.Release(); err == nil {
		t.Fatal("the run was given up")
	}
	status := func() Status {
		t.Helper()
		run, err := s.Run(t.Context(), "r1")
		must(t, err)
		return run.Status
	}
	if got := status(); got != Running {
		t.Errorf("got %s", got)
	}
	limit(1 << 30)
	s.lease.Load().release(t.Context())
	if got := status(); got != Interrupted {
		t.Errorf("with room again: got %s", got)
	}
	take(t, s, "r1")
	s.lease.Load().release(t.Context())
	if got := status(); got != Running {
		t.Errorf("taken again: got %s", got)
	}
}
