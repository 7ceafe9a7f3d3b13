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

// printLimits prints limits as a table, its figures to the right of their columns.
func printLimits(w io.Writer, limits []limit) {
	if len(limits) == 0 {
		return
	}
	const head = "limits"
	width := len(head)
	for _, l := range limits {
		width = max(width, len(l.Bucket))
	}
	fmt.Fprintf(w, "   %-*s %10s %10s %10s\n", width, head, "a minute", "remaining", "resets in")
	for _, l := range limits {
		fmt.Fprintf(w, "   %-*s ", width, l.Bucket)
		switch {
		case l.Error == nil:
			fmt.Fprintf(w, "%10s %10s %8.0f s\n", thousands(l.PerMinute), thousands(l.Remaining), l.ResetsIn)
		case l.Error.Kind == card.Forbidden:
			fmt.Fprintf(w, "  no access: %s\n", l.Error.Hint)
		default:
			fmt.Fprintf(w, "  %s\n", l.Error.Message)
		}
	}
}
