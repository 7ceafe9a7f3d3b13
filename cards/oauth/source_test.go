package oauth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

// grantFunc is a grant without a network. It gets the number of the request, from 1.
type grantFunc struct {
	requests atomic.Int32
	answer   func(ctx context.Context, request int) (Token, error)
}

func (g *grantFunc) token(ctx context.Context, _ *endpoint) (Token, error) {
	return g.answer(ctx, int(g.requests.Add(1)))
}

// lasting is token number n, which expires after a life from now.
func lasting(n int, life time.Duration) Token {
	return Token{Access: card.NewSecret(fmt.Sprint("token-", n)), Type: typeBearer, Expires: time.Now().Add(life)}
}

// sourceOf returns a source of a grant. It is closed at the end of the test.
func sourceOf(t *testing.T, answer func(ctx context.Context, request int) (Token, error)) (*Source, *grantFunc) {
	t.Helper()
	g := &grantFunc{answer: answer}
	s, err := newSource(Config{TokenURL: "https://acme.okta.com/oauth2/v1/token", Where: "domain"}, g)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, g
}

// wantToken gets a token and compares it.
func wantToken(t *testing.T, s *Source, want int) {
	t.Helper()
	got, err := s.Token(t.Context())
	if err != nil || got.Access.Reveal() != fmt.Sprint("token-", want) {
		t.Errorf("got %s, %v; want token-%d", got.Access.Reveal(), err, want)
	}
}

func TestAHundredCallersShareOneRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g := sourceOf(t, func(_ context.Context, n int) (Token, error) {
			time.Sleep(time.Second)
			return lasting(n, time.Hour), nil
		})
		var callers sync.WaitGroup
		for range 100 {
			callers.Go(func() { wantToken(t, s, 1) })
		}
		callers.Wait()
		wantToken(t, s, 1)
		if got := g.requests.Load(); got != 1 {
			t.Errorf("%d requests", got)
		}
	})
}

func TestAHundredCallersShareOneFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		refused := &card.Error{Kind: card.Unauthorized, Message: "refused"}
		s, g := sourceOf(t, func(_ context.Context, n int) (Token, error) {
			time.Sleep(time.Second)
			if n == 1 {
				return Token{}, refused
			}
			return lasting(n, time.Hour), nil
		})
		var callers sync.WaitGroup
		for range 100 {
			callers.Go(func() {
				if _, err := s.Token(t.Context()); !errors.Is(err, refused) {
					t.Errorf("got %v", err)
				}
			})
		}
		callers.Wait()
		if got := g.requests.Load(); got != 1 {
			t.Errorf("%d requests", got)
		}
		wantToken(t, s, 2)
	})
}

func TestATokenIsRenewedBeforeItExpiresAndUsedMeanwhile(t *testing.T) {
	t.Parallel()
	for life, early := range map[time.Duration]time.Duration{time.Hour: time.Minute, 100 * time.Second: 10 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			s, g := sourceOf(t, func(_ context.Context, n int) (Token, error) {
				if n > 1 {
					time.Sleep(2 * time.Second)
				}
				return lasting(n, life), nil
			})
			wantToken(t, s, 1)
			time.Sleep(life - early - time.Second)
			wantToken(t, s, 1)
			synctest.Wait()
			if got := g.requests.Load(); got != 1 {
				t.Errorf("a life of %v: renewed too early", life)
			}
			time.Sleep(time.Second)
			start := time.Now()
			wantToken(t, s, 1)
			wantToken(t, s, 1)
			if time.Since(start) != 0 {
				t.Errorf("a life of %v: a caller waited although the old token is valid", life)
			}
			time.Sleep(3 * time.Second)
			wantToken(t, s, 2)
			if got := g.requests.Load(); got != 2 {
				t.Errorf("a life of %v: %d requests", life, got)
			}
		})
	}
}

func TestARenewalThatFailsDoesNotMatterWhileTheOldTokenIsValid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		down := &card.Error{Kind: card.Unavailable, Message: "down"}
		s, g := sourceOf(t, func(_ context.Context, n int) (Token, error) {
			if n > 1 {
				return Token{}, down
			}
			return lasting(n, time.Hour), nil
		})
		wantToken(t, s, 1)
		time.Sleep(59 * time.Minute)
		for range 60 {
			wantToken(t, s, 1)
			time.Sleep(time.Second)
		}
		if got := g.requests.Load(); got < 10 || got > 14 {
			t.Errorf("%d requests in the last minute, want one each %v", got-1, renewalPause)
		}
		if _, err := s.Token(t.Context()); !errors.Is(err, down) {
			t.Errorf("after it expired: got %v", err)
		}
	})
}

func TestARenewalWaitsForAsLongAsTheServerAsks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g := sourceOf(t, func(_ context.Context, n int) (Token, error) {
			if n == 2 {
				return Token{}, &card.Error{Kind: card.RateLimit, Wait: 30 * time.Second}
			}
			return lasting(n, time.Hour), nil
		})
		wantToken(t, s, 1)
		time.Sleep(59 * time.Minute)
		for range 29 {
			wantToken(t, s, 1)
			time.Sleep(time.Second)
		}
		synctest.Wait()
		if got := g.requests.Load(); got != 2 {
			t.Errorf("%d requests", got)
		}
		time.Sleep(time.Second)
		wantToken(t, s, 1)
		synctest.Wait()
		wantToken(t, s, 3)
	})
}

func TestACallerThatStopsWaitingDoesNotStopTheRequestOfTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g := sourceOf(t, func(ctx context.Context, n int) (Token, error) {
			select {
			case <-time.After(10 * time.Second):
				return lasting(n, time.Hour), nil
			case <-ctx.Done():
				return Token{}, ctx.Err()
			}
		})
		why := errors.New("why")
		first, cancel := context.WithCancelCause(t.Context())
		var callers sync.WaitGroup
		callers.Go(func() {
			if _, err := s.Token(first); !errors.Is(err, why) || !errors.Is(err, card.ErrNotSent) {
				t.Errorf("the first caller: got %v", err)
			}
		})
		synctest.Wait()
		callers.Go(func() { wantToken(t, s, 1) })
		time.Sleep(time.Second)
		cancel(why)
		callers.Wait()
		if got := g.requests.Load(); got != 1 {
			t.Errorf("%d requests", got)
		}
	})
}

func TestATokenThatTheServiceRefusesIsReplacedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g := sourceOf(t, func(_ context.Context, n int) (Token, error) { return lasting(n, time.Hour), nil })
		wantToken(t, s, 1)
		old := card.NewSecret("token-1")
		for range 100 { // as many requests were in flight with it
			if !s.Refused(old) {
				t.Fatal("it does not try again")
			}
			wantToken(t, s, 2)
		}
		if got := g.requests.Load(); got != 2 {
			t.Errorf("%d requests", got)
		}
	})
}

func TestATokenWithoutALifeIsUsedUntilItIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, _ := sourceOf(t, func(_ context.Context, n int) (Token, error) {
			return Token{Access: card.NewSecret(fmt.Sprint("token-", n)), Type: typeBearer}, nil
		})
		wantToken(t, s, 1)
		time.Sleep(10_000 * time.Hour)
		wantToken(t, s, 1)
		s.Refused(card.NewSecret("token-1"))
		wantToken(t, s, 2)
	})
}

// synctest reports a goroutine that does not end.
func TestCloseEndsARequestInFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, _ := sourceOf(t, func(ctx context.Context, n int) (Token, error) {
			if n > 1 {
				<-ctx.Done()
				return Token{}, ctx.Err()
			}
			return lasting(n, time.Hour), nil
		})
		wantToken(t, s, 1)
		time.Sleep(time.Hour - time.Second)
		wantToken(t, s, 1) // it is renewed meanwhile
		start := time.Now()
		if err := s.Close(); err != nil || time.Since(start) != 0 {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
	})
}
