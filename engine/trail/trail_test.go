package trail

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, to string) (*Trail, *bytes.Buffer) {
	t.Helper()
	log := &bytes.Buffer{}
	made, err := Open(Config{To: to, Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return made, log
}

func line(n int) []byte { return fmt.Appendf(nil, "%d\n", n) }

func TestAFileThatCannotBeWrittenIsNamedOnceAndWrittenAgain(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "logs")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "events.jsonl")
	to, log := open(t, path)
	to.sink.add(line(1))
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	to.sink.add(line(2))
	to.sink.add(line(3))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	to.sink.add(line(4))
	if err := to.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != "4\n" {
		t.Errorf("the file has %q, %v", got, err)
	}
	if n := strings.Count(log.String(), "cannot be written"); n != 1 || to.Lost() != 2 || !strings.Contains(log.String(), "are written again") {
		t.Errorf("lost %d, log:\n%s", to.Lost(), log)
	}
}

func TestALineThatAFullDiskCutOffStaysALineOfItsOwn(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "events.jsonl")
	to, _ := open(t, path)
	f := to.sink.(*file)
	if _, err := f.open.WriteString(`{"id":"AB`); err != nil { // what is written of a line when the disk is full
		t.Fatal(err)
	}
	f.torn = true
	to.sink.add(line(1))
	to.sink.add(line(2))
	if err := to.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "{\"id\":\"AB\n1\n2\n" {
		t.Errorf("the file has %q, %v", got, err)
	}
}

// A receiver that never answers must not make memory grow.
func TestEventsThatWaitForAReceiverAreBounded(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 100)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // so that the server notices the end of the connection
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	defer server.Close()
	to, log := open(t, server.URL)
	for i := range mostWaiting + 100 {
		to.sink.add(line(i))
	}
	<-asked
	if to.Lost() != 100 {
		t.Errorf("lost %d, want 100", to.Lost())
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := to.Close(ended); err != nil {
		t.Fatal(err)
	}
	if to.Lost() != mostWaiting+100 || strings.Count(log.String(), "are dropped") != 1 {
		t.Errorf("lost %d, log:\n%s", to.Lost(), log)
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	var followed atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Add(1) }))
	defer other.Close()
	asked := make(chan struct{}, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		asked <- struct{}{}
	}))
	defer server.Close()
	to, _ := open(t, server.URL)
	to.sink.add(line(1))
	<-asked
	ended, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := to.Close(ended); err != nil {
		t.Fatal(err)
	}
	if followed.Load() != 0 || to.Lost() != 1 {
		t.Errorf("followed %d times, lost %d", followed.Load(), to.Lost())
	}
}

// One request that the receiver will never take must not hold up the others.
func TestEventsThatAReceiverRefusesAreDropped(t *testing.T) {
	t.Parallel()
	var bodies atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if bodies.Add(1) == 1 {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	defer server.Close()
	to, log := open(t, server.URL)
	for i := range mostAtOnce + 1 {
		to.sink.add(line(i))
	}
	if err := to.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if lost := to.Lost(); lost < 1 || lost > mostAtOnce || !strings.Contains(log.String(), "were refused") || bodies.Load() < 2 {
		t.Errorf("lost %d in %d requests, log:\n%s", lost, bodies.Load(), log)
	}
}
