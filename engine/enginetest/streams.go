package enginetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

var streams = tests{
	"a stream starts every record once, in the order of the list": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			tally, err := rt.Stream(engine.Window{Place: list, Width: 1}, read(10, 3), call("fake.do"))
			if err != nil || !counts(tally, 10, 10, 0) {
				t.Errorf("got %+v, %s", tally, plain(err))
			}
		}, w.lists(nil), w.fakeDo(nothing))
		var want []string
		for i := range 10 {
			want = append(want, fmt.Sprint("start ", i))
		}
		started := slices.DeleteFunc(w.seen(), func(line string) bool { return !strings.HasPrefix(line, "start") })
		if !slices.Equal(started, want) {
			t.Errorf("got %q", started)
		}
	},

	"a stream of an empty list starts no records": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			tally, err := rt.Stream(engine.Window{Place: list, Width: 4}, read(0, 3), call("fake.do"))
			if err != nil || !counts(tally, 0, 0, 0) {
				t.Errorf("got %+v, %s", tally, plain(err))
			}
		}, w.lists(nil))
	},

	"the width of the window is the maximum number of records in flight": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			start := rt.Now()
			if _, err := rt.Stream(engine.Window{Place: list, Width: 5}, read(40, 3), call("fake.do")); err != nil {
				t.Error(err)
			}
			w.took(t, rt, start, 8) // 40 records of one unit, 5 at a time
		}, w.lists(nil), w.fakeDo(func(ctx context.Context, n int) error {
			return errors.Join(w.meets(5)(ctx, n), w.takes(1)(ctx, n))
		}))
		if w.peak != 5 {
			t.Errorf("%d were in flight at most, want 5", w.peak)
		}
	},

	"a free strand takes the next record, even if it is on another page": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			if _, err := rt.Stream(engine.Window{Place: list, Width: 2}, read(30, 3), call("fake.do")); err != nil {
				t.Error(err)
			}
		}, w.lists(nil), w.fakeDo(func(ctx context.Context, n int) error {
			if n == 0 {
				return w.waitFor(ctx, "end 29")
			}
			return nil
		}))
	},

	"one page is read ahead": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			if _, err := rt.Stream(engine.Window{Place: list, Width: 1}, read(30, 5), call("fake.do")); err != nil {
				t.Error(err)
			}
		}, w.lists(nil), w.fakeDo(func(ctx context.Context, n int) error {
			if n != 0 {
				return nil
			}
			err := w.waitFor(ctx, "page 1") // the next page, which is empty
			if err == nil {
				err = w.takes(3)(ctx, n) // time for a reader that does not wait to read further
			}
			if pages := w.count("page"); pages != 2 {
				t.Errorf("%d pages had been read during the first record of the first, want 2", pages)
			}
			return err
		}))
	},

	"max limits the number of records that start": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			tally, err := rt.Stream(engine.Window{Place: list, Width: 4, Max: 7}, read(100, 3), call("fake.do"))
			if err != nil || !counts(tally, 7, 7, 0) {
				t.Errorf("got %+v, %s", tally, plain(err))
			}
		}, w.lists(nil), w.fakeDo(w.meets(4)))
		if n := w.count("page"); n > 6 {
			t.Errorf("%d pages were read for 7 records in pages of 3", n)
		}
	},

	"once stop returns true no new record starts, and those in flight finish": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			window := engine.Window{Place: list, Width: 4, Stop: func(t engine.Tally) bool {
				if t.Failed > 0 {
					w.note("stopped")
				}
				return t.Failed > 0
			}}
			tally, err := rt.Stream(window, read(100, 10), call("fake.do"))
			if err != nil || !counts(tally, 5, 4, 1) || tally.First == nil || tally.First.Index != 4 {
				t.Errorf("got %+v, %s; want record 4, which failed, and the 4 before it", tally, plain(err))
			}
		}, w.lists(nil), w.fakeDo(func(ctx context.Context, n int) error {
			switch n {
			case 0: // 4 starts in place of 0 after all four have started
				return w.meets(4)(ctx, n)
			case 4:
				return &card.Error{Kind: card.NotFound, Message: "no 4"}
			}
			if err := w.waitFor(ctx, "stopped"); err != nil {
				return err
			}
			return w.takes(1)(ctx, n)
		}))
		if started, ended := w.count("start"), w.count("end"); started != ended {
			t.Errorf("%d started and %d ended", started, ended)
		}
	},

	"stop is asked once for each record, one at a time": func(t *testing.T, host Host) {
		w := newWorld(host)
		asked := 0 // without a lock: the race detector reports concurrent calls
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			window := engine.Window{Place: list, Width: 8, Stop: func(tally engine.Tally) bool {
				if asked++; tally.Finished() != asked {
					t.Errorf("asked the %dth time with %+v", asked, tally)
				}
				return false
			}}
			if _, err := rt.Stream(window, read(40, 10), call("fake.do")); err != nil || asked != 40 {
				t.Errorf("asked %d times, %s; want 40", asked, plain(err))
			}
		}, w.lists(nil), w.fakeDo(w.meets(8)))
	},

	"the first failure is the one that comes first in the list": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			tally, err := rt.Stream(engine.Window{Place: list, Width: 5, Stop: w.counted}, read(5, 5), call("fake.do"))
			if err != nil || !counts(tally, 5, 0, 5) || tally.First.Index != 0 || plain(tally.First.Err) != "failed 0" {
				t.Errorf("got %+v, %s", tally, plain(err))
			}
		}, w.lists(nil), w.fakeDo(func(ctx context.Context, n int) error {
			if err := w.backwards(ctx, n, 5); err != nil {
				return err
			}
			return &card.Error{Kind: card.Conflict, Message: fmt.Sprint("failed ", n)}
		}))
	},

	"an error of a page is returned after the records before it have ended": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			tally, err := rt.Stream(engine.Window{Place: list, Width: 2}, read(30, 3), call("fake.do"))
			if kind(err) != card.Unavailable || !counts(tally, 6, 6, 0) {
				t.Errorf("got %+v, %s; want the 6 records of the pages before, and the error", tally, plain(err))
			}
		}, w.lists(func(_ context.Context, page int) error {
			if page == 4 {
				return &card.Error{Kind: card.Unavailable, Message: "page 4 is gone"}
			}
			return nil
		}), w.fakeDo(func(ctx context.Context, n int) error {
			if n != 4 {
				return nil
			}
			if err := w.waitFor(ctx, "page 4"); err != nil {
				return err
			}
			return w.takes(1)(ctx, n)
		}))
	},

	"a stream returns the values of its records in order, up to a maximum number": func(t *testing.T, host Host) {
		for want, n := range map[int]int{10: 10, 0: 11} {
			w := newWorld(host)
			w.run(t, func(t *testing.T, rt engine.Runtime) {
				tally, err := rt.Stream(engine.Window{Place: list, Width: n, Values: 10, Stop: w.counted}, read(n, 3), func(rt engine.Runtime, r engine.Record) (engine.Outcome, error) {
					out, err := call("fake.do")(rt, r)
					out.Value = r.Index
					return out, err
				})
				if err != nil || len(tally.Values) != want {
					t.Errorf("of %d records %d values, %s; want %d", n, len(tally.Values), plain(err), want)
				}
				for i, v := range tally.Values {
					if v != i {
						t.Errorf("value %d is %v", i, v)
					}
				}
			}, w.lists(nil), w.fakeDo(func(ctx context.Context, i int) error { return w.backwards(ctx, i, n) }))
		}
	},

	"the values of an earlier process count as those of a stream": func(t *testing.T, host Host) {
		for most, want := range map[int]any{5: []any{"a", 1, 2, "d", 5}, 4: []any(nil)} {
			w := newWorld(host)
			w.run(t, func(t *testing.T, rt engine.Runtime) {
				window := engine.Window{Place: list, Width: 2, Values: most, Items: []engine.Item{{Index: 4, Value: "d"}, {Index: 0, Value: "a"}}}
				read := func(engine.Runtime, card.Cursor) (b engine.Batch, err error) {
					for _, i := range []int{1, 2, 5} {
						b.Records = append(b.Records, engine.Record{Place: list.Record(0, fmt.Sprint(i), 0), Index: i})
					}
					return b, nil
				}
				tally, err := rt.Stream(window, read, func(_ engine.Runtime, r engine.Record) (engine.Outcome, error) {
					return engine.Outcome{Status: engine.Succeeded, Value: r.Index}, nil
				})
				if err != nil || !cmp.Equal(tally.Values, want) || tally.Kept != (most == 5) || tally.Read != 3 {
					t.Errorf("at most %d: got %+v, %s", most, tally, plain(err))
				}
			})
		}
	},

	"a stream returns no values if their total size is too large, and continues": func(t *testing.T, host Host) {
		value := strings.Repeat("x", 100)
		for most, want := range map[int]int{0: 10, 10 * engine.Size(value, 1<<20): 10, 10*engine.Size(value, 1<<20) - 1: 0} {
			w := newWorld(host)
			w.run(t, func(t *testing.T, rt engine.Runtime) {
				window := engine.Window{Place: list, Width: 3, Values: 10, Bytes: most}
				tally, err := rt.Stream(window, read(10, 3), func(engine.Runtime, engine.Record) (engine.Outcome, error) {
					return engine.Outcome{Status: engine.Succeeded, Value: value}, nil
				})
				if err != nil || !counts(tally, 10, 10, 0) || len(tally.Values) != want {
					t.Errorf("at most %d bytes: got %+v, %s; want %d values", most, tally, plain(err), want)
				}
			}, w.lists(nil))
		}
	},
}

// counted logs the number of records counted so far. It never stops the stream.
func (w *world) counted(t engine.Tally) bool {
	w.note("counted %d", t.Finished())
	return false
}

// backwards blocks record i of n until the stream has counted those after it.
func (w *world) backwards(ctx context.Context, i, n int) error {
	if i == n-1 {
		return nil
	}
	return w.waitFor(ctx, "counted %d", n-1-i)
}

// counts reports whether a tally has these counts.
func counts(t engine.Tally, read, ok, failed int) bool {
	return t.Read == read && t.OK == ok && t.Failed == failed && t.Read == t.OK+t.Skipped+t.Failed+t.Canceled && t.Skipped == 0 && t.WithErrors == 0
}

func plain(err error) string {
	if err == nil {
		return "no error"
	}
	return err.Error()
}

func kind(err error) card.Kind {
	e := (*card.Error)(nil)
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}
