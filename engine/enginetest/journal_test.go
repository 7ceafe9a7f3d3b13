package enginetest_test

import (
	"errors"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/enginetest"
)

func TestJournalInMemory(t *testing.T) {
	t.Parallel()
	enginetest.Journals(t, enginetest.JournalHost{
		New: func(*testing.T) engine.Journal { return enginetest.NewJournal() },
		Flush: func(t *testing.T, j engine.Journal) {
			if err := j.(*enginetest.Journal).Flush(); err != nil {
				t.Error(err)
			}
		},
		Crash: func(_ *testing.T, j engine.Journal) engine.Journal { return j.(*enginetest.Journal).Crash(0) },
	})
}

func TestACrashLosesWhatWasNotDurable(t *testing.T) {
	t.Parallel()
	place := engine.Place{}.Step("a")
	for keep, want := range []int{1, 2, 3, 3} {
		j := enginetest.NewJournal()
		if err := errors.Join(j.Begin(engine.Intent{Place: place}), j.Add(engine.Place{}, engine.Effect{Kind: engine.NowEffect, Place: place}),
			j.Add(engine.Place{}, engine.Effect{Kind: engine.SleepEffect, Place: place})); err != nil {
			t.Fatal(err)
		}
		past, err := j.Crash(keep).Past(engine.Place{})
		if got := len(past.Begun) + len(past.Effects); got != want || err != nil {
			t.Errorf("keeping %d: %d entries, %v; want %d", keep, got, err, want)
		}
	}
}
