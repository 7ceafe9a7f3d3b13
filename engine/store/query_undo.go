package store

import (
	"context"
	"encoding/json"
	"slices"
)

// Made returns attempts of writes of a run, in the order in which they were first begun, with their secrets: a secret that was not kept, or
// cannot be decrypted, is an engine.LostSecret.
func (s *Store) Made(ctx context.Context, run string, p Page) ([]Write, error) {
	seq, err := s.seq(ctx, run)
	if err != nil {
		return nil, err
	}
	return s.writesFor(ctx, false, "id > ? AND id < ? ORDER BY id LIMIT ?", max(p.After, firstWrite(seq)), firstWrite(seq+1), p.limit())
}

// MadeAt returns the attempts of writes with these At, in this order, with their secrets: see Made. Those that were removed are left out.
func (s *Store) MadeAt(ctx context.Context, at []int64) ([]Write, error) {
	list, err := json.Marshal(at)
	if err != nil {
		return nil, err
	}
	all, err := s.writesFor(ctx, false, "id IN (SELECT value FROM json_each(?))", string(list))
	order := make(map[int64]int, len(at))
	for i, id := range at {
		order[id] = i
	}
	slices.SortFunc(all, func(a, b Write) int { return order[a.At] - order[b.At] })
	return all, err
}
