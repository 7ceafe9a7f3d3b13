package pace_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards/pace"
)

// server is a service that keeps limits as Okta does, in virtual time.
type server struct {
	bucketOf   func(path string) string
	limit      func(bucket string, now time.Time) int
	concurrent int           // 0 is any number
	skew       time.Duration // of its clock
	phase      time.Duration // of its windows within the minute; below 0 a window starts with its first request
	trip       time.Duration // of each way
	jitter     *rand.Rand    // varies the trips by a half; nil if all take the same time
	strip      []string      // headers that it does not send

	mu       sync.Mutex
	flying   int
	counts   map[string]*tally
	perLimit []int // what each window that is over had of its limit, in thousandths
	limited  int   // 429s for the limit
	crowded  int   // 429s for concurrency
}

type tally struct {
	used, limit int
	reset       time.Time
}

func one(string) string { return "users" }

func always(n int) func(string, time.Time) int { return func(string, time.Time) int { return n } }

// serve answers one request after two trips.
func (s *server) serve(path string) (status int, h http.Header) {
	time.Sleep(s.way())
	status, h = s.count(path)
	time.Sleep(s.way())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flying--
	return status, h
}

// way is the time of one way.
func (s *server) way() time.Duration {
	if s.jitter == nil {
		return s.trip
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trip/2 + time.Duration(s.jitter.Int64N(int64(s.trip)))
}

func (s *server) count(path string) (int, http.Header) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flying++
	now := time.Now().Add(s.skew)
	h := http.Header{}
	h.Set("Date", now.UTC().Format(http.TimeFormat))
	if s.concurrent > 0 && s.flying > s.concurrent {
		s.crowded++
		s.head(h, 0, 0, now.Add(time.Hour))
		return http.StatusTooManyRequests, h
	}
	t, limit := s.window(s.bucketOf(path), now)
	if t.used >= limit {
		s.limited++
		s.head(h, limit, 0, t.reset)
		return http.StatusTooManyRequests, h
	}
	t.used++
	s.head(h, limit, limit-t.used, t.reset)
	return http.StatusOK, h
}

func (s *server) window(bucket string, now time.Time) (*tally, int) {
	if s.counts == nil {
		s.counts = map[string]*tally{}
	}
	t, limit := s.counts[bucket], s.limit(bucket, now)
	if t == nil || !now.Before(t.reset) {
		if t != nil {
			s.perLimit = append(s.perLimit, t.used*1000/t.limit)
		}
		reset := now.Truncate(time.Second).Add(time.Minute)
		if s.phase >= 0 {
			reset = now.Add(-s.phase).Truncate(time.Minute).Add(time.Minute + s.phase)
		}
		t = &tally{reset: reset}
		s.counts[bucket] = t
	}
	t.limit = limit
	return t, limit
}

func (s *server) head(h http.Header, limit, remaining int, reset time.Time) {
	h.Set("X-Rate-Limit-Limit", strconv.Itoa(limit))
	h.Set("X-Rate-Limit-Remaining", strconv.Itoa(remaining))
	h.Set("X-Rate-Limit-Reset", strconv.FormatInt(reset.Unix(), 10))
	for _, name := range s.strip {
		h.Del(name)
	}
}

// other is another client, which sends so many at once, each of them every so often on average, and takes no heed of
// refusals. It answers how many were served.
func (s *server) other(atOnce int, every time.Duration, stop <-chan struct{}) (served int) {
	ticker := time.NewTicker(every * time.Duration(atOnce))
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-stop:
			return served
		}
		s.mu.Lock()
		for range atOnce {
			if t, limit := s.window("users", time.Now().Add(s.skew)); t.used < limit {
				t.used++
				served++
			}
		}
		s.mu.Unlock()
	}
}

// send is one request through the governor, and again after a refusal, as the engine does it. It reports
// how often it was refused.
func send(ctx context.Context, g *pace.Governor, s *server, path string) (refused int, err error) {
	for {
		pass, err := g.Enter(ctx, path)
		if err != nil {
			return refused, err
		}
		status, h := s.serve(path)
		pass.Done(h)
		if status == http.StatusOK {
			return refused, nil
		}
		refused++
		wait := time.Second
		if h.Get("X-Rate-Limit-Limit") != "0" {
			var ok bool
			if wait, ok = pace.UntilReset(h, time.Now()); !ok {
				wait = 5 * time.Second
			}
		}
		time.Sleep(wait)
	}
}

// sweep sends n requests from so many workers, the i-th to pathOf(i), and answers how long it took.
func sweep(t *testing.T, g *pace.Governor, s *server, n, workers int, pathOf func(i int) string) time.Duration {
	t.Helper()
	start := time.Now()
	next := make(chan int)
	var going sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for range workers {
		going.Go(func() {
			for i := range next {
				_, err := send(t.Context(), g, s, pathOf(i))
				mu.Lock()
				if err == nil {
					done++
				} else if !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
				mu.Unlock()
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	going.Wait()
	if done != n {
		t.Errorf("%d of %d records were done", done, n)
	}
	return time.Since(start)
}
