package simhost

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// words is the smallest simulated server: a list of words. POST adds a word and PUT replaces all words. An empty
// body, or a word that the list already has, is refused.
type words struct {
	keep  Keep
	began time.Time
	mu    sync.Mutex
	list  []string
}

func (s *words) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		s.mu.Lock()
		defer s.mu.Unlock()
		fmt.Fprint(w, strings.Join(s.list, " "))
		return
	}
	var refusal error
	change := func() (time.Time, bool) {
		refusal = s.change(r, time.Now())
		return time.Now(), refusal == nil
	}
	if s.keep == nil {
		change()
	} else if err := s.keep(r, "a note", change); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if refusal != nil {
		http.Error(w, refusal.Error(), http.StatusBadRequest)
	}
}

func (s *words) change(r *http.Request, _ time.Time) error {
	text, err := io.ReadAll(r.Body)
	var word struct{ Word, Secret string }
	if err == nil {
		err = json.Unmarshal(text, &word)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil:
		return err
	case r.Method == http.MethodPut:
		s.list = nil
	case strings.Contains(strings.Join(s.list, " "), word.Word):
		return errors.New("the word is there already")
	}
	s.list = append(s.list, word.Word+r.Header.Get("Suffix"))
	return nil
}

func (s *words) Began() time.Time { return s.began }

func (s *words) Replay(r *http.Request, at time.Time, note json.RawMessage) error {
	if string(note) != `"a note"` {
		return fmt.Errorf("the note is %s", note)
	}
	return s.change(r, at)
}

// simulator returns a simulator of words. The seed is the first word.
func simulator(seed string) Simulator {
	return Simulator{
		Format: "words 1", Digest: seed, Headers: []string{"suffix"}, Secrets: [][]string{{"secret"}},
		New: func(began time.Time, keep Keep) (Server, error) {
			if began.IsZero() {
				began = time.Now()
			}
			return &words{keep: keep, began: began, list: []string{seed}}, nil
		},
	}
}

// A client uses a simulated server through an Access.
type client struct {
	t      *testing.T
	access *Access
	http   http.Client
}

func open(t *testing.T, dir string) *client {
	t.Helper()
	access, err := Open(simulator("seed"), dir)
	if err != nil {
		t.Fatal(err)
	}
	return clientOf(t, access)
}

func clientOf(t *testing.T, access *Access) *client {
	return &client{t: t, access: access, http: http.Client{Transport: &http.Transport{DialContext: access.Dial, IdleConnTimeout: Unused}}}
}

func (c *client) close() {
	c.t.Helper()
	c.http.CloseIdleConnections() // the host waits until they are closed
	if err := c.access.Close(); err != nil {
		c.t.Errorf("Close: %v", err)
	}
}

// do sends a request, and returns the status and the body of the answer.
func (c *client) do(method, body string) (int, string) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, "http://localhost/words", strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Suffix", "!")
	r.Header.Set("Authorization", "not kept")
	answer, err := c.http.Do(r)
	if err != nil {
		c.t.Errorf("%s %s: %v", method, body, err)
		return 0, ""
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Error(err)
	}
	return answer.StatusCode, string(text)
}

// add adds a word. The test fails if it is refused.
func (c *client) add(word string) {
	c.t.Helper()
	if status, text := c.do(http.MethodPost, fmt.Sprintf(`{"word":%q,"secret":"s3cret"}`, word)); status != http.StatusOK {
		c.t.Errorf("add %s: %d %s", word, status, text)
	}
}

func (c *client) words() string {
	c.t.Helper()
	_, text := c.do(http.MethodGet, "")
	return text
}
