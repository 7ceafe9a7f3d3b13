package terminal

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

	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/words"
)

// bar is the line of one stream.
type bar struct {
	id           string
	drawn        *mpb.Bar
	gauge, turns mpb.BarFiller // how much is done; and an animation if the total is not known
}

// standing is the state of a stream at a time.
type standing struct {
	host.Counts
	now    time.Time
	waited time.Duration // on rate limits, since the start of the stream
	ids    int           // width of the longest id of all bars
	names  int           // width of the longest id with its name in the flow
}

func newBar(id string) *bar {
	return &bar{id: id, gauge: mpb.BarStyle().Build(), turns: mpb.SpinnerStyle().Build()}
}

// These are the minimum and the maximum width of the gauge, which takes the room that the words leave, and the least width of a line that
// also has the name of the stream in the flow: in a shorter one it would take the place of the numbers.
const (
	narrowest = 8
	widest    = 32
	forNames  = 110
)

// part is a part of a line. If there is not enough room, parts are dropped, those with the highest spare first. A
// part with spare 0 is never dropped.
type part struct {
	text  string
	spare int
}

// line returns the line of the bar, at most room columns wide: its name, the gauge, and its numbers.
func (b *bar) line(s Styles, room int, at standing) string {
	most := max(room/4, narrowest)
	title, width := "", at.ids
	if room >= forNames {
		title, width = at.Title, at.names
	}
	name := shortened(b.id, title, most)
	name += strings.Repeat(" ", max(0, min(width, most)-lipgloss.Width(name)))
	parts := numbers(s, at)
	for spare := spareFirst; spare > 0 && lipgloss.Width(name+Gap+joined(parts))+len(Gap)+narrowest > room; spare-- {
		parts = slices.DeleteFunc(parts, func(p part) bool { return p.spare == spare })
	}
	left := room - lipgloss.Width(name+Gap+Gap+joined(parts))
	left -= left % 4 // so that the gauges of several lines usually have the same width
	if left < narrowest {
		return ansi.Truncate(name+Gap+joined(parts), max(room, 0), "…")
	}
	return name + Gap + b.drawing(min(left, widest), at) + Gap + joined(parts)
}

// shortened returns the id of a stream, and its name in the flow if it has one, in at most most columns. It cuts the end of the name, or the
// start of the id, which only names the streams around it.
func shortened(id, name string, most int) string {
	if over := lipgloss.Width(id) - most; over > 0 {
		return ansi.TruncateLeft(id, over+1, "…")
	}
	if lipgloss.Width(id)+len(": C")+1 > most {
		return id
	}
	return ansi.Truncate(words.VisibleLine(Named(id, name)), most, "…")
}

func joined(parts []part) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.text
	}
	return strings.Join(texts, Gap)
}

// These are the values of part.spare.
const (
	spareLeft = iota + 1
	sparePace
	spareFirst = sparePace
)

// numbers returns the numbers of a stream as parts of a line.
func numbers(s Styles, at standing) []part {
	total, known := at.Length()
	read := Thousands(at.Read) + " read"
	if known {
		read = Thousands(at.Read) + "/" + Thousands(total) + " read"
	}
	parts := []part{
		{text: read}, {text: tinted(s.OK, at.OK, " ok")}, {text: Thousands(at.Skipped) + " skipped"}, {text: tinted(s.Failed, at.Failed, " failed")},
	}
	if at.Canceled > 0 {
		parts = append(parts, part{text: tinted(s.Warning, at.Canceled, " cut off")})
	}
	pace := at.Pace(at.now)
	if pace > 0 {
		parts = append(parts, part{text: s.Dim.Render(perSecond(pace) + "/s"), spare: sparePace})
	}
	if at.Going == 0 {
		return parts
	}
	if at.waited >= shortestWait {
		parts = append(parts, part{text: s.Warning.Render("waited " + tenths(at.waited))})
	}
	if rest := total - at.Finished(); known && pace > 0 && rest > 0 {
		left := time.Duration(float64(rest) / pace * float64(time.Second))
		parts = append(parts, part{text: max(left.Round(time.Second), time.Second).String() + " left", spare: spareLeft})
	}
	return parts
}

// tinted returns a number and a word, in color unless the number is 0.
func tinted(style Style, n int, of string) string {
	if n == 0 {
		return "0" + of
	}
	return style.Render(Thousands(n) + of)
}

// perSecond formats a pace: 1,234 or 0.5.
func perSecond(pace float64) string {
	if pace < 10 {
		return fmt.Sprintf("%.1f", pace)
	}
	return Thousands(int(pace + 0.5))
}

// drawing returns the gauge, or the animation if the total is not known. It is always width columns wide.
func (b *bar) drawing(width int, at standing) string {
	var out bytes.Buffer
	room := decor.Statistics{AvailableWidth: width, Current: int64(at.Finished())}
	if total, known := at.Length(); known && total > 0 {
		room.Total, room.Completed = int64(total), at.Finished() == total
		_ = b.gauge.Fill(&out, room) // a write to a Buffer cannot fail
	} else if at.Going > 0 {
		_ = b.turns.Fill(&out, room)
	}
	return out.String() + strings.Repeat(" ", max(0, width-lipgloss.Width(out.String())))
}
