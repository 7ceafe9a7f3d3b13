package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// bar is the line of one stream.
type bar struct {
	id           string
	drawn        *mpb.Bar
	gauge, turns mpb.BarFiller // how much is done; that something is going on, where nobody knows how much there is
}

// standing is how a stream stands.
type standing struct {
	counts
	now    time.Time
	waited time.Duration // on limits, since it began
	names  int           // how long the longest name of all bars is
}

func newBar(id string) *bar {
	return &bar{id: id, gauge: mpb.BarStyle().Build(), turns: mpb.SpinnerStyle().Build()}
}

// The gauge takes what the words leave, within these.
const (
	narrowest = 8
	widest    = 32
)

// part is a thing that a line says; where there is no room, those with the highest number go first.
type part struct {
	text  string
	spare int
}

// line is the bar in so many characters at most: its name, how much of it is done, and its numbers.
func (b *bar) line(s styles, room int, at standing) string {
	most := max(room/4, narrowest)
	name := shortened(b.id, most)
	name += strings.Repeat(" ", max(0, min(at.names, most)-lipgloss.Width(name)))
	parts := numbers(s, at)
	for spare := spareFirst; spare > 0 && lipgloss.Width(name+gap+joined(parts))+len(gap)+narrowest > room; spare-- {
		parts = slices.DeleteFunc(parts, func(p part) bool { return p.spare == spare })
	}
	left := room - lipgloss.Width(name+gap+gap+joined(parts))
	left -= left % 4 // so that the gauges of several lines mostly agree
	if left < narrowest {
		return ansi.Truncate(name+gap+joined(parts), max(room, 0), "…")
	}
	return name + gap + b.drawing(min(left, widest), at) + gap + joined(parts)
}

// shortened is a stream's name in so many characters at most: its end says more than the streams around it.
func shortened(id string, most int) string {
	if over := lipgloss.Width(id) - most; over > 0 {
		return ansi.TruncateLeft(id, over+1, "…")
	}
	return id
}

// gap stands between the parts of a line.
const gap = "  "

func joined(parts []part) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.text
	}
	return strings.Join(texts, gap)
}

// What a line can spare, least of all first.
const (
	spareLeft = iota + 1
	sparePace
	spareFirst = sparePace
)

// numbers are the parts that say how a stream stands.
func numbers(s styles, at standing) []part {
	total, known := at.length()
	read := thousands(at.Read) + " read"
	if known {
		read = thousands(at.Read) + "/" + thousands(total) + " read"
	}
	parts := []part{
		{text: read}, {text: tinted(s.ok, at.OK, " ok")}, {text: thousands(at.Skipped) + " skipped"}, {text: tinted(s.failed, at.Failed, " failed")},
	}
	pace := at.pace(at.now)
	if pace > 0 {
		parts = append(parts, part{text: s.dim.Render(perSecond(pace) + "/s"), spare: sparePace})
	}
	if at.going == 0 {
		return parts
	}
	if at.waited >= shortestWait {
		parts = append(parts, part{text: s.warning.Render("waited " + tenths(at.waited))})
	}
	if rest := total - at.finished(); known && pace > 0 && rest > 0 {
		left := time.Duration(float64(rest) / pace * float64(time.Second))
		parts = append(parts, part{text: max(left.Round(time.Second), time.Second).String() + " left", spare: spareLeft})
	}
	return parts
}

// tinted is a number of something, which has a colour if it is not 0.
func tinted(style lipgloss.Style, n int, of string) string {
	if n == 0 {
		return "0" + of
	}
	return style.Render(thousands(n) + of)
}

// perSecond is a pace as people say it: 1,234 or 0.5.
func perSecond(pace float64) string {
	if pace < 10 {
		return fmt.Sprintf("%.1f", pace)
	}
	return thousands(int(pace + 0.5))
}

// drawing is the picture in the bar: how much is done, or that something goes on. It fills its width.
func (b *bar) drawing(width int, at standing) string {
	var out bytes.Buffer
	room := decor.Statistics{AvailableWidth: width, Current: int64(at.finished())}
	if total, known := at.length(); known && total > 0 {
		room.Total, room.Completed = int64(total), at.finished() == total
		_ = b.gauge.Fill(&out, room) // to a Buffer: it cannot fail
	} else if at.going > 0 {
		_ = b.turns.Fill(&out, room)
	}
	return out.String() + strings.Repeat(" ", max(0, width-lipgloss.Width(out.String())))
}
