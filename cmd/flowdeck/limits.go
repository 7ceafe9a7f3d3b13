package main

import (
	"context"
	"fmt"
	"io"

	"github.com/flowdeck/flowdeck/engine/card"
)

// limit is a rate limit as --json prints it. Where there is an error, the figures are not known, and 0.
type limit struct {
	Bucket    string   `json:"bucket"`
	PerMinute int      `json:"per_minute"`
	Remaining int      `json:"remaining"`
	ResetsIn  float64  `json:"resets_in"` // seconds
	Error     *failure `json:"error,omitempty"`
}

// askLimits asks a connection for its limits: an empty list if it is of a kind that cannot tell.
func askLimits(ctx context.Context, conn card.Connection) ([]limit, error) {
	limits := []limit{}
	limiter, ok := conn.(card.Limiter)
	if !ok {
		return limits, nil
	}
	asked, err := limiter.Limits(ctx)
	for _, l := range asked {
		said := limit{Bucket: l.Name, PerMinute: l.PerMinute, Remaining: l.Remaining, ResetsIn: seconds(l.ResetsIn)}
		if l.Err != nil {
			said.Error = newFailure(l.Err)
		}
		limits = append(limits, said)
	}
	return limits, err
}

// printLimits prints limits as a table.
func printLimits(w io.Writer, limits []limit) {
	if len(limits) == 0 {
		return
	}
	rows := [][]cell{{{text: "limits"}, {text: "a minute"}, {text: "remaining"}, {text: "resets in"}}}
	for _, l := range limits {
		row := []cell{{text: l.Bucket}}
		switch {
		case l.Error == nil:
			row = append(row, cell{text: thousands(l.PerMinute)}, cell{text: thousands(l.Remaining)}, cell{text: fmt.Sprintf("%.0f s", l.ResetsIn)})
		case l.Error.Kind == card.Forbidden:
			row = append(row, cell{text: "no access: " + l.Error.Hint})
		default:
			row = append(row, cell{text: l.Error.Message})
		}
		rows = append(rows, row)
	}
	table{indent: len("   "), align: "lrrr"}.write(w, rows)
}
