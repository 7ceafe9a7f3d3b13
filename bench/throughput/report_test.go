package main

import (
	"strings"
	"testing"
	"time"
)

func TestRatiosAreToTheProgramWrittenByHandInTheSameRound(t *testing.T) {
	t.Parallel()
	b := bench{members: 100, programs: []program{{name: "by hand"}, {name: "flowdeck"}}}
	got := b.rows(5*time.Millisecond, [][]cost{
		{{wall: time.Second, cpu: time.Millisecond}, {wall: 2 * time.Second, cpu: time.Millisecond}, {wall: time.Second, cpu: time.Millisecond}},
		{{wall: 2 * time.Second, cpu: 3 * time.Millisecond}, {wall: 2 * time.Second, cpu: 3 * time.Millisecond}, {wall: 4 * time.Second, cpu: 3 * time.Millisecond}},
	})
	want := "| 5ms | by hand | 100 | 1.00 | 1.00–1.00 | 10 | 1.00 |\n| 5ms | flowdeck | 50 | 0.50 | 0.25–1.00 | 30 | 3.00 |\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if strings.Count(header, "|\n|") != 1 || strings.Count(header, "|") != 2*strings.Count(want[:strings.Index(want, "\n")], "|") {
		t.Errorf("the header does not have the columns of a row: %q", header)
	}
}
