package store

import (
	"context"
	"encoding/json"
)

// mostPlan is the number of bytes of a plan.
const mostPlan = 1 << 30

// Plan returns the plan to which a run is held; nil if it is not held to one.
func (s *Store) Plan(ctx context.Context, run string) (json.RawMessage, error) {
	var kept []byte
	if err := s.db.QueryRowContext(ctx, "SELECT plan FROM runs WHERE id = ?", run).Scan(&kept); err != nil {
		return nil, s.failure(err)
	}
	if kept == nil {
		return nil, nil
	}
	plan, err := unzipped(kept, mostPlan)
	if err != nil {
		return nil, s.failure(err)
	}
	return plan, nil
}
