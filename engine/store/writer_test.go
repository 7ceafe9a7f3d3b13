package store

import (
	"context"
	"errors"
	"testing"
)

func TestAChangeThatNobodyWaitsForIsNotMade(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	busy, free := make(chan struct{}), make(chan struct{})
	first := make(chan error, 1)
	go func() {
		first <- s.write(t.Context(), func(*tx) error { close(busy); <-free; return nil })
	}()
	<-busy
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	made := false
	if err := s.write(ctx, func(*tx) error { made = true; return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(free)
	must(t, <-first, s.write(t.Context(), func(*tx) error { return nil }))
	if made {
		t.Error("the change was made after its caller had gone")
	}
}
