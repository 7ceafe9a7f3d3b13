package terminal

import (
	"io"
	"log/slog"
	"strconv"

	"github.com/charmbracelet/log"
	"github.com/muesli/termenv"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/words"
)

// NewLog returns a log on the screen, of what is at least as important as the level.
func NewLog(s *Screen, level slog.Level) *slog.Logger {
	// The logger must not see that it writes to a terminal: it would query the terminal for its colors, and wait ten
	// seconds if there is no answer.
	l := log.NewWithOptions(struct{ io.Writer }{s}, log.Options{Level: log.Level(level), ReportTimestamp: true, TimeFormat: "15:04:05.000"})
	l.SetColorProfile(termenv.Ascii) // the styles of the screen have their own colors
	l.SetStyles(logStyles(s.Styles))
	return slog.New(l)
}

func logStyles(s Styles) *log.Styles {
	styles := log.DefaultStyles()
	styles.Levels = map[log.Level]Style{
		log.DebugLevel: s.Dim.SetString("DEBU"), log.InfoLevel: s.OK.SetString("INFO"),
		log.WarnLevel: s.Warning.SetString("WARN"), log.ErrorLevel: s.Failed.SetString("ERRO"),
	}
	styles.Key, styles.Separator = s.Dim, s.Dim
	return styles
}

// logged logs every step, retry and failure, including those of records.
type logged struct{ log *slog.Logger }

// Logged returns a listener that logs each step, retry and failure of a run, including those of records.
func Logged(log *slog.Logger) host.Listener { return logged{log} }

func (l logged) See(e engine.Event) {
	step := []any{"step", e.Place.String()}
	if e.Title != "" {
		step = append(step, "name", e.Title)
	}
	switch {
	case e.Kind == engine.StepStarted:
		l.log.Debug("start", step...)
	case e.Kind == engine.StepEnded && e.Err != nil:
		l.log.Debug("end", append(step, "outcome", string(e.Status), "error", e.Err)...)
	case e.Kind == engine.StepEnded:
		l.log.Debug("end", append(step, "outcome", string(e.Status))...)
	case e.Kind == engine.RecordEnded && engine.IsCanceled(e.Err):
		l.log.Info("record cut off", "record", e.Place.String())
	case e.Kind == engine.RecordEnded && e.Err != nil:
		record := []any{"record", e.Place.String()}
		if name := engine.Describe(e.Err).Title; name != "" {
			record = append(record, "name", name)
		}
		l.log.Info("record failed", append(record, "error", e.Err)...)
	case e.Kind == engine.Retrying:
		l.log.Info("retry", "step", e.Place.String(), "card", e.Card, "attempt", e.Attempt, "wait", e.Wait.String(), "error", e.Err)
	}
}

func (logged) Done() {}

// Requests returns a function that logs a request of a connection, and the status of its answer.
func Requests(log *slog.Logger) func(card.Exchange) {
	return func(e card.Exchange) {
		status := strconv.Itoa(e.Status)
		if e.Status == 0 {
			status = "none"
		}
		facts := []any{"connection", e.Connection, "method", e.Method, "path", words.VisibleLine(e.Path), "status", status}
		if e.Bucket != "" {
			facts = append(facts, "bucket", words.VisibleLine(e.Bucket))
		}
		log.Debug("request", append(facts, "ms", e.Took.Milliseconds())...)
	}
}
