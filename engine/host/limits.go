package host

import (
	"context"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Limit is the JSON form of a rate limit. If there is an error, the numbers are not known, and 0.
type Limit struct {
	Bucket    string   `json:"bucket"`
	PerMinute int      `json:"per_minute"`
	Remaining int      `json:"remaining"`
	ResetsIn  float64  `json:"resets_in"` // seconds
	Error     *Failure `json:"error,omitempty"`
}

// Limits returns the rate limits of a connection. The list is empty if the service does not support this. Errors are
// those of Connect.
func (o *Connections) Limits(ctx context.Context, name string) ([]Limit, error) {
	limits := []Limit{}
	limiter, ok := o.conns[name].(card.Limiter)
	if !ok {
		return limits, nil
	}
	found, err := limiter.Limits(ctx)
	if err != nil {
		return nil, failed(ctx, o.veil, name, err)
	}
	for _, l := range found {
		limit := Limit{Bucket: l.Name, PerMinute: l.PerMinute, Remaining: l.Remaining, ResetsIn: seconds(l.ResetsIn)}
		if l.Err != nil {
			limit.Error = newFailure(o.veil.Error(card.AsError(l.Err)))
		}
		limits = append(limits, limit)
	}
	return limits, nil
}
