package trail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// sender sends events to a URL, several in one request. They wait in memory, so a process that is killed loses them; a request whose answer is
// lost is sent again, with the same ids.
type sender struct {
	url    string
	header http.Header
	client *http.Client
	log    *slog.Logger

	mu      sync.Mutex
	waiting [][]byte
	dropped int64
	full    bool          // events are dropped: it was logged
	some    chan struct{} // has room for one: there may be something to send
	closing chan struct{}
	ctx     context.Context
	cancel  context.CancelFunc
	done    chan struct{}
}

// These bound the memory of a sender, and what it asks of the receiver.
const (
	mostWaiting  = 10_000 // an event has less than 1 kB
	mostAtOnce   = 500    // in one request
	shortestWait = time.Second
	longestWait  = time.Minute
	longestCall  = 10 * time.Second
	longestReply = 64 << 10
)

func newSender(to *url.URL, c Config) *sender {
	s := &sender{
		url: to.String(), header: http.Header{"Content-Type": {"application/x-ndjson"}, "User-Agent": {c.Product}}, log: c.Log,
		some: make(chan struct{}, 1), closing: make(chan struct{}), done: make(chan struct{}),
		client: &http.Client{Timeout: longestCall, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
	if c.Token != "" {
		s.header.Set("Authorization", "Bearer "+c.Token)
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	go s.run()
	return s
}

func (s *sender) add(line []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) >= mostWaiting {
		s.dropped++
		if !s.full {
			s.log.Error("events of runs are dropped, since too many wait to be sent", "waiting", len(s.waiting))
		}
		s.full = true
		return
	}
	s.full = false
	s.waiting = append(s.waiting, line)
	select {
	case s.some <- struct{}{}:
	default:
	}
}

func (s *sender) run() {
	defer close(s.done)
	for {
		select {
		case <-s.some:
		case <-s.closing:
			if len(s.next()) == 0 {
				return
			}
		}
		for batch := s.next(); len(batch) > 0; batch = s.next() {
			if s.deliver(batch) != nil {
				return // it was closed
			}
			s.mu.Lock()
			s.waiting = append([][]byte(nil), s.waiting[len(batch):]...)
			s.mu.Unlock()
		}
	}
}

// next returns the events that are sent next.
func (s *sender) next() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waiting[:min(len(s.waiting), mostAtOnce)]
}

// deliver sends events until the receiver has taken or refused them. The error is that of a sender that was closed.
func (s *sender) deliver(batch [][]byte) error {
	body, closing := bytes.Join(batch, nil), s.closing
	for wait, ill := shortestWait, false; ; wait = min(2*wait, longestWait) {
		again, err := s.post(body)
		switch {
		case s.ctx.Err() != nil:
			return s.ctx.Err()
		case err == nil && ill:
			s.log.Warn("events of runs are sent again")
			return nil
		case err == nil:
			return nil
		case !again:
			s.log.Error("events of runs were refused, and are dropped", "events", len(batch), "error", err)
			s.mu.Lock()
			s.dropped += int64(len(batch))
			s.mu.Unlock()
			return nil
		case !ill:
			s.log.Error("events of runs cannot be sent: they wait, and runs go on", "error", err)
		}
		ill = true
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-closing: // the last chance
			timer.Stop()
			closing, wait = nil, shortestWait/2
		case <-s.ctx.Done():
			timer.Stop()
			return s.ctx.Err()
		}
	}
}

// post sends a body once. again reports whether another try makes sense.
func (s *sender) post(body []byte) (again bool, err error) {
	req, err := http.NewRequestWithContext(s.ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	req.Header = s.header.Clone()
	answer, err := s.client.Do(req)
	if err != nil {
		if failed := (*url.Error)(nil); errors.As(err, &failed) {
			err = failed.Err // the URL may have a key in its query
		}
		return true, err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, longestReply)) // so that the connection is used again
	_ = answer.Body.Close()
	if answer.StatusCode >= 200 && answer.StatusCode < 300 {
		return false, nil
	}
	refused := answer.StatusCode == http.StatusBadRequest || answer.StatusCode == http.StatusRequestEntityTooLarge || answer.StatusCode == http.StatusUnprocessableEntity
	return !refused, fmt.Errorf("the receiver answered %d %s", answer.StatusCode, http.StatusText(answer.StatusCode))
}

func (s *sender) lost() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropped
}

// close sends what waits. What is not sent when ctx ends is lost.
func (s *sender) close(ctx context.Context) error {
	close(s.closing)
	select {
	case <-s.done:
	case <-ctx.Done():
		s.cancel()
		<-s.done
	}
	s.cancel()
	s.client.CloseIdleConnections()
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.waiting); n > 0 {
		s.dropped += int64(n)
		s.waiting = nil
		s.log.Error("events of runs were not sent", "events", n)
	}
	return nil
}
