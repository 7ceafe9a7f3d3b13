package temporal

import (
	"errors"
	"iter"
	"testing"
	"time"
)

func TestRunsAreListedByTheirStarts(t *testing.T) {
	t.Parallel()
	at := func(minute int) time.Time { return time.Date(2026, 11, 30, 9, minute, 0, 0, time.UTC) }
	read := 0
	pages := func(lost error) iter.Seq2[[]Listed, error] {
		return func(yield func([]Listed, error) bool) {
			for _, page := range [][]Listed{
				{{Run: "d", Began: at(40)}, {Run: "a", Began: at(10)}}, // they go on
				{{Run: "b", Began: at(20), Closed: at(59)}, {Run: "e", Began: at(50), Closed: at(51)}, {Run: "f", Began: at(48), Closed: at(49)}},
				{{Run: "c", Began: at(30), Closed: at(31)}},
			} {
				if read++; !yield(page, nil) {
					return
				}
			}
			if lost != nil {
				yield(nil, lost)
			}
		}
	}
	for want, lost := range map[string]error{"efdcba": nil, "efdcba!": errors.New("the server is lost")} {
		got := ""
		for one, err := range byStart(pages(lost)) {
			if got += one.Run; err != nil {
				got += "!"
			}
		}
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	read = 0
	for one := range byStart(pages(nil)) {
		if one.Run != "e" || read != 2 {
			t.Errorf("got %s after %d pages", one.Run, read)
		}
		break
	}
}
