package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

const binary = "%PDF-1.7\x00\xff\xfe"

func TestAnAnswerIsWrittenToAFileAsItIs(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/pdf")
		_, _ = io.WriteString(w, binary)
	})
	call, dir := withFiles(t, connect(t, bearerConfig(s.URL)), nil)
	for i, changed := range []bool{true, false} { // the second time it is there
		out, e := run(t, call, "http.download", map[string]any{"path": "/may", "save": "./reports/may.pdf", "query": map[string]any{"a": 1}})
		delete(out, "headers")
		want := map[string]any{"path": "reports/may.pdf", "name": "may.pdf", "bytes": len(binary), "content_type": "application/pdf", "status": 200, "changed": changed}
		if diff := cmp.Diff(want, out); e != nil || diff != "" {
			t.Errorf("%d: %v\n%s", i, e, diff)
		}
	}
	if r, _ := s.last(t); r.Method != "GET" || r.RequestURI != "/may?a=1" || r.Header.Get("Accept") != "*/*" {
		t.Errorf("%s %s, %v", r.Method, r.RequestURI, r.Header)
	}
	out, e := run(t, call, "http.post", map[string]any{"path": "/export", "body": map[string]any{"month": 5}, "save": "run:may.pdf"})
	want := map[string]any{"path": "run:may.pdf", "name": "may.pdf", "bytes": len(binary), "content_type": "application/pdf"}
	if diff := cmp.Diff(want, out["file"]); e != nil || diff != "" || out["body"] != nil || out["changed"] != true {
		t.Errorf("%v, %v\n%s", out, e, diff)
	}
	for _, name := range []string{"reports/may.pdf", ".flowdeck/runs/r/files/may.pdf"} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(text) != binary {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	if out, e := run(t, call, "http.post", map[string]any{"path": "/export", "response": "text"}); e != nil || out["file"] != nil {
		t.Errorf("without save: %v, %v", out, e)
	}
}

// Whatever fails, the file is as it was before, and nothing else is left.
func TestAFileIsAsItWasIfItsDownloadFails(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/refused":
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"message": "no report"}`)
		case "/page":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, "<html>sign in</html>")
		case "/cut":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "half")
		case "/long":
			w.Header().Set("Content-Length", fmt.Sprint(int64(3<<30)))
			_, _ = io.WriteString(w, "half")
		}
	})
	call, dir := withFiles(t, connect(t, bearerConfig(s.URL)), map[string]string{"may.pdf": "old"})
	for _, test := range []struct {
		card, path, save string
		kind             card.Kind
		says             string
		doubt            bool
	}{
		{"http.download", "/refused", "may.pdf", card.NotFound, "404 Not Found: no report", false},
		{"http.download", "/page", "may.pdf", card.Invalid, "is a web page", false},
		{"http.download", "/cut", "may.pdf", card.Unavailable, "the answer was cut off", false},
		{"http.download", "/long", "may.pdf", card.Invalid, "longer than 2 GB", false},
		{"http.post", "/page", "may.pdf", card.Invalid, "is a web page", true},
		{"http.post", "/cut", "may.pdf", card.Unavailable, "the answer was cut off", true},
		{"http.post", "/long", "may.pdf", card.Invalid, "longer than 2 GB", true},
		{"http.post", "/refused", "may.pdf", card.NotFound, "no report", false},
		{"http.post", "/never", "flow.yaml", card.Invalid, "save: ", false},
		{"http.post", "/never", "../may.pdf", card.Invalid, "save: ", false},
		{"http.download", "/never", ".flowdeck/x", card.Invalid, "save: ", false},
	} {
		_, e := run(t, call, test.card, map[string]any{"path": test.path, "save": test.save})
		if !has(e, test.kind, test.says) || e.MayBeDone() != test.doubt {
			t.Errorf("%s of %s: %v, in doubt: %t", test.card, test.path, e, e.MayBeDone())
		}
	}
	for _, r := range s.requests {
		if r.URL.Path == "/never" {
			t.Error("a request was sent whose answer has no place")
		}
	}
	entries, err := os.ReadDir(dir)
	text, _ := os.ReadFile(filepath.Join(dir, "may.pdf"))
	if err != nil || len(entries) != 1 || string(text) != "old" {
		t.Errorf("%v, %v: %q", entries, err, text)
	}
	if _, e := run(t, call, "http.download", map[string]any{"path": "/page", "save": "page.HTML"}); e != nil {
		t.Errorf("a page that is asked for: %v", e)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) {
	return 0, &card.Error{Kind: card.Storage, Message: "the disk is full"}
}

func TestAWriteWhoseAnswerFindsNoRoomIsDone(t *testing.T) {
	t.Parallel()
	e := &exchange{request: request{method: http.MethodPost, save: full{}}}
	if failure := card.AsError(e.copy(strings.NewReader("x"), nil, 10)); !has(failure, card.Storage, "the disk is full") {
		t.Errorf("got %v", failure)
	}
	e.request.save = io.Discard
	if err := e.copy(strings.NewReader("eleven byte"), nil, 10); !errors.Is(err, errSavedTooLong) {
		t.Errorf("got %v", err)
	}
	if err := e.copy(strings.NewReader("ten bytes."), nil, 10); err != nil {
		t.Errorf("got %v", err)
	}
}

// A service that repeats the request must not bring the secrets of the connection into a file, wherever the pieces of the answer end.
func TestTheSecretsOfAConnectionAreHiddenInFiles(t *testing.T) {
	t.Parallel()
	secrets := []header{{name: "Authorization", scheme: bearer, secret: card.NewSecret(token)}, {name: "X", secret: card.NewSecret(token + "-more")}}
	text := "a" + token + "b" + token + "-more" + token[:5] + token + token + "\x00" + token[:len(token)-1]
	want := "a[hidden]b[hidden]" + token[:5] + "[hidden][hidden]\x00" + token[:len(token)-1]
	for name, reader := range map[string]io.Reader{"whole": strings.NewReader(text), "bytes": iotest.OneByteReader(strings.NewReader(text)), "halves": iotest.HalfReader(strings.NewReader(text))} {
		var got bytes.Buffer
		e := &exchange{request: request{save: &got}}
		if err := e.copy(reader, secrets, 1000); err != nil || !strings.HasPrefix(got.String(), "a[hidden]b[hidden]") || strings.Contains(got.String(), token) || name == "whole" && got.String() != want {
			t.Errorf("%s: %q, %v", name, got.String(), err)
		}
	}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Header.Get("Authorization")) })
	call, dir := withFiles(t, connect(t, bearerConfig(s.URL)), nil)
	_, e := run(t, call, "http.download", map[string]any{"path": "/echo", "save": "echo.txt"})
	if text, _ := os.ReadFile(filepath.Join(dir, "echo.txt")); e != nil || string(text) != "Bearer [hidden]" {
		t.Errorf("%q, %v", text, e)
	}
}

// A slow transfer goes on as long as there is progress, and ends when there is none.
func TestATransferEndsIfItStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		parts := 0
		s := without(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(readerFunc(func(to []byte) (int, error) {
				if parts++; parts > 10 {
					<-r.Context().Done()
					return 0, r.Context().Err()
				}
				time.Sleep(requestTimeout - time.Second)
				return 1, nil
			}))}, nil
		})
		began := time.Now()
		_, err := s.do(t.Context(), request{method: "GET", target: s.base.url("/x"), save: io.Discard})
		if e := card.AsError(err); !has(e, card.Timeout, "the transfer stopped for 2m0s") || parts != 11 || !errors.Is(err, wire.ErrTooLong) {
			t.Errorf("%v after %d parts", err, parts)
		}
		if took := time.Since(began); took != 10*(requestTimeout-time.Second)+requestTimeout {
			t.Errorf("it took %s", took)
		}
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(to []byte) (int, error) { return f(to) }
