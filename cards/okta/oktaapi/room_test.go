package oktaapi

import (
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
)

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

// endless returns a body of a length in bytes. It counts the bytes that are read.
func endless(length int64, read *atomic.Int64) io.ReadCloser {
	return io.NopCloser(io.LimitReader(readFunc(func(p []byte) (int, error) {
		read.Add(int64(len(p)))
		return len(p), nil
	}), length))
}

func TestAnswersInFlightShareARoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const requests, length = 16, 30 << 20
		var read atomic.Int64
		c := captured(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: endless(length, &read)}, nil
		})
		c.door = pace.New(clock.System{}, 100)
		done := make(chan *exchange, requests)
		for range requests {
			go func() {
				e, err := sent(t, c)
				if err != nil {
					t.Error(err)
				}
				done <- e
			}()
		}
		ended := 0
		for ; ended < requests; ended++ {
			synctest.Wait() // until all that are left are read, or wait
			if inFlight := read.Load() - int64(ended)*length; inFlight > wire.RoomUnits*wire.SmallAnswer+wire.LongestAnswer+requests*wire.SmallAnswer {
				t.Errorf("%d MB are in flight after %d answers", inFlight>>20, ended)
			}
			select {
			case e := <-done:
				e.end()
			default:
				t.Fatalf("none of %d answers comes to its end", requests-ended)
			}
		}
		if read.Load() != requests*length {
			t.Errorf("%d bytes were read, want all", read.Load())
		}
	})
}

// It runs alone, not in parallel: it measures the heap of the whole process.
func TestSixteenLargeAnswersStayWithinTheRoom(t *testing.T) {
	const requests, mebibytes = 16, 30
	var (
		measuring sync.Mutex
		chunks    int
		before    = heap()
		most      int64
	)
	piece := []byte(strings.Repeat("x", 1<<20))
	s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `["`)
		for range mebibytes {
			_, _ = w.Write(piece)
			measuring.Lock()
			if chunks++; chunks%16 == 0 {
				most = max(most, heap()-before)
			}
			measuring.Unlock()
		}
		_, _ = io.WriteString(w, `"]`)
	})
	var all sync.WaitGroup
	for range requests {
		all.Go(func() {
			if _, err := s.Raw(t.Context(), Request{Method: "GET", Path: "/things"}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	// The bytes that were read, and at the end of each answer the copy in one piece and the value.
	if bound := int64(3 * (wire.RoomUnits*wire.SmallAnswer + wire.LongestAnswer + requests*wire.SmallAnswer)); most > bound || chunks != requests*mebibytes {
		t.Errorf("%d MB were on the heap in the course of %d pieces, want at most %d", most>>20, chunks, bound>>20)
	}
}

// heap is how many bytes of the heap are in use.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestALargeAnswerThatIsCutOffIsNotWhole(t *testing.T) {
	t.Parallel()
	for _, length := range []int{wire.SmallAnswer - 2, 2*wire.SmallAnswer - 2, 2 * wire.SmallAnswer} {
		s, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(3*wire.SmallAnswer))
			_, _ = io.WriteString(w, `["`+strings.Repeat("x", length-4)+`"]`)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		})
		_, err := s.Raw(t.Context(), Request{Method: "GET", Path: "/things"})
		if e := card.AsError(err); e == nil || e.Kind != card.Unavailable || !strings.Contains(e.Message, "cut off") {
			t.Errorf("%d bytes of an answer: got %v", length, err)
		}
	}
}

func TestAWriteWhoseAnswerIsTooLongMayHaveBeenDone(t *testing.T) {
	t.Parallel()
	s, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for piece := make([]byte, 1<<20); ; {
			if _, err := w.Write(piece); err != nil { // the client went away
				return
			}
		}
	})
	_, err := s.Do(t.Context(), SuspendUser, Args{Path: []string{"00u1"}})
	if e := card.AsError(err); e == nil || e.Kind != card.Invalid || e.Code != card.CodeUnread || e.Hint != "" {
		t.Errorf("got %#v", e)
	}
}

func TestAnAnswerWhoseValuesAreTooLargeIsNotUsed(t *testing.T) {
	t.Parallel()
	s, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "["+strings.Repeat("{},", 5_000_000)+"{}]") // 15 MB
	})
	for _, op := range []Operation{ListUsers, SuspendUser} {
		_, err := s.Do(t.Context(), op, valid(op))
		e := card.AsError(err)
		if e == nil || e.Kind != card.Invalid || e.Code != card.CodeUnread || !strings.Contains(e.Message, "more than 256 MiB of memory") {
			t.Errorf("%s: got %#v", op.Name, err)
		}
	}
}
