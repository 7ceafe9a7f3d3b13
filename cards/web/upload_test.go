package web

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/files"
)

// withFiles gives a call a workspace with files, and returns its folder.
func withFiles(t *testing.T, call card.Call, contents map[string]string) (card.Call, string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range contents {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	call.Files = files.New(dir, filepath.Join(dir, ".flowdeck")).Run("runs/r/files")
	return call, dir
}

func TestAFileIsABodyOfKnownLengthWithTheTypeOfItsEnding(t *testing.T) {
	t.Parallel()
	s := serve(t, func(http.ResponseWriter, *http.Request) {})
	call, dir := withFiles(t, connect(t, bearerConfig(s.URL)), map[string]string{"art/logo.png": "\x89PNG\xff", "empty.txt": "", ".flowdeck/runs/r/files/own.json": "{}", "data": "d"})
	for _, test := range []struct {
		in         map[string]any
		kind, body string
	}{
		{map[string]any{"file": "art/logo.png"}, "image/png", "\x89PNG\xff"},
		{map[string]any{"file": "run:own.json"}, "application/json", "{}"},
		{map[string]any{"file": "data"}, "application/octet-stream", "d"},
		{map[string]any{"file": "empty.txt"}, "text/plain; charset=utf-8", ""},
		{map[string]any{"file": "data", "headers": map[string]any{"content-type": "text/x-mine"}}, "text/x-mine", "d"},
	} {
		for _, name := range []string{"http.post", "http.put", "http.patch"} {
			test.in["path"] = "/items"
			if _, e := run(t, call, name, test.in); e != nil {
				t.Fatal(e)
			}
			r, body := s.last(t)
			if body != test.body || r.Header.Get("Content-Type") != test.kind || r.ContentLength != int64(len(test.body)) || len(r.TransferEncoding) > 0 {
				t.Errorf("%s of %v: %q, %q, %d bytes, %v", name, test.in, body, r.Header.Get("Content-Type"), r.ContentLength, r.TransferEncoding)
			}
		}
	}
	before := len(s.requests)
	if err := os.WriteFile(filepath.Join(dir, ".env"), []byte("SECRET=1"), 0o600); err != nil {
		t.Fatal(err)
	}
	for input, in := range map[string]map[string]any{
		"file: there is no file":                         {"file": "none.txt"},
		"hidden files":                                   {"file": ".env"},
		"leads out of its folder":                        {"file": "../x"},
		"`file` is empty":                                {"file": ""},
		"`save` is empty":                                {"save": ""},
		"multipart.files.doc: there is no file":          {"multipart": map[string]any{"files": map[string]any{"doc": "none.txt"}}},
		"both a `file` and a `multipart`":                {"file": "data", "multipart": map[string]any{"fields": map[string]any{"a": 1}}},
		"both a `body` and a `file`":                     {"file": "data", "body": 1},
		"neither `fields` nor `files`":                   {"multipart": map[string]any{}},
		"multipart.fields.a must be a string, a number,": {"multipart": map[string]any{"fields": map[string]any{"a": map[string]any{}}}},
	} {
		in["path"] = "/items"
		if _, e := run(t, call, "http.post", in); !has(e, card.Invalid, input) || e.MayBeDone() || len(s.requests) != before {
			t.Errorf("%s: %v", input, e)
		}
	}
	for _, in := range []map[string]any{{"file": "data"}, {"multipart": map[string]any{"fields": map[string]any{"a": 1}}}, {"save": "x"}} {
		in["path"] = "/items"
		if _, e := run(t, call, "http.request", in); !has(e, card.Invalid, "a GET cannot have") {
			t.Errorf("%v: %v", in, e)
		}
	}
}

func TestAMultipartBodyHasFieldsAndFilesAndAKnownLength(t *testing.T) {
	t.Parallel()
	s := serve(t, func(http.ResponseWriter, *http.Request) {})
	call, _ := withFiles(t, connect(t, bearerConfig(s.URL)), map[string]string{"lists/a.csv": "login\nada\n", ".flowdeck/runs/r/files/é;.pdf": "x"})
	_, e := run(t, call, "http.post", map[string]any{"path": "/upload", "multipart": map[string]any{
		"fields": map[string]any{"title": "Who\r\nhas it", "n": []any{1, true}}, "files": map[string]any{"list": "lists/a.csv", "scan": "run:é;.pdf"},
	}})
	if e != nil {
		t.Fatal(e)
	}
	r, body := s.last(t)
	if r.ContentLength != int64(len(body)) || len(r.TransferEncoding) > 0 {
		t.Errorf("%d bytes are declared, and %d came", r.ContentLength, len(body))
	}
	_, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	reader := multipart.NewReader(strings.NewReader(body), parameters["boundary"])
	var got []string
	for {
		p, err := reader.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(p)
		got = append(got, fmt.Sprintf("%s|%s|%s|%s", p.FormName(), p.FileName(), p.Header.Get("Content-Type"), text))
	}
	want := []string{"n|||1", "n|||true", "title|||Who\r\nhas it", "list|a.csv|text/csv; charset=utf-8|login\nada\n", "scan|é;.pdf|application/pdf|x"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Each attempt sends the whole file: also the second one of a call, with a fresh token, and one of the transport, on a connection that was closed.
func TestEachAttemptSendsAFileFromItsStart(t *testing.T) {
	t.Parallel()
	l := startLogin(t)
	call, _ := withFiles(t, connect(t, map[string]any{"base_url": l.URL, "auth": map[string]any{"client_credentials": l.ways(t)["client_credentials"]}}), map[string]string{"a.txt": "whole", "b.txt": "too"})
	if _, err := call.Conn.Test(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.issued.Add(1) // which revokes the token
	for _, in := range []map[string]any{{"file": "a.txt"}, {"multipart": map[string]any{"files": map[string]any{"a": "a.txt", "b": "b.txt"}}}} {
		in["path"] = "/items"
		l.mu.Lock()
		refused := l.refused.Load()
		l.mu.Unlock()
		if _, e := run(t, call, "http.post", in); e != nil || l.refused.Load() != refused+1 {
			t.Fatalf("%v, %d refusals", e, l.refused.Load())
		}
		_, last := l.last(t)
		if first := l.bodies[len(l.bodies)-3]; first != last || !strings.Contains(last, "whole") { // between them is the request for a token
			t.Errorf("first %q, then %q", first, last)
		}
		l.issued.Add(1)
	}
}

func TestAFileThatChangesWhileItIsSentIsNotSentAsAWhole(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(string) error{
		"longer":  func(path string) error { return os.WriteFile(path, bytes.Repeat([]byte("y"), 3<<20), 0o600) },
		"shorter": func(path string) error { return os.Truncate(path, 1) },
		"gone":    os.Remove,
	} {
		var whole atomic.Int64
		call, dir := withFiles(t, card.Call{}, map[string]string{"big.bin": strings.Repeat("x", 64<<20)})
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.CopyN(io.Discard, r.Body, 1<<20)
			if err := change(filepath.Join(dir, "big.bin")); err != nil {
				t.Error(err)
			}
			if _, err := io.Copy(io.Discard, r.Body); err == nil {
				whole.Add(1)
			}
		}))
		call.Conn = connect(t, bearerConfig(server.URL)).Conn
		_, e := run(t, call, "http.post", map[string]any{"path": "/x", "multipart": map[string]any{"files": map[string]any{"a": "big.bin", "b": "big.bin"}}})
		server.Close() // after the handler
		if !has(e, card.Invalid, `file "big.bin" was changed while it was sent`) || e.MayBeDone() || whole.Load() > 0 {
			t.Errorf("%s: %v, %d whole requests", name, e, whole.Load())
		}
	}
}

// A file is not in memory, neither one that is sent nor one that is received. It cannot be parallel: it counts what the process allocates.
func TestAFileOfAnySizeNeedsNoMemory(t *testing.T) { //nolint:paralleltest // see above
	const size = 100 << 20
	var sum hash.Hash
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sum = sha256.New()
		if form, err := r.MultipartReader(); err == nil {
			for part := (*multipart.Part)(nil); err == nil; part, err = form.NextPart() {
				if part != nil {
					_, _ = io.Copy(sum, part)
				}
			}
		} else {
			_, _ = io.Copy(sum, r.Body)
		}
		block := make([]byte, 1<<20)
		for range size >> 20 {
			_, _ = w.Write(block)
		}
	}))
	defer server.Close()
	call, dir := withFiles(t, connect(t, bearerConfig(server.URL)), nil)
	if err := os.WriteFile(filepath.Join(dir, "big.bin"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, "big.bin"), size); err != nil {
		t.Fatal(err)
	}
	zeros := sha256.New()
	_, _ = io.CopyN(zeros, zero{}, size)
	for name, in := range map[string]map[string]any{
		"file": {"file": "big.bin"}, "multipart": {"multipart": map[string]any{"files": map[string]any{"f": "big.bin"}}},
	} {
		in["path"], in["save"] = "/x", "run:out.bin"
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		out, e := run(t, call, "http.post", in)
		runtime.ReadMemStats(&after)
		if e != nil || !bytes.Equal(sum.Sum(nil), zeros.Sum(nil)) || out["file"].(map[string]any)["bytes"] != size {
			t.Fatalf("%s: %v, %v", name, out, e)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
			t.Errorf("%s: %d bytes were allocated for a file of %d", name, used, size)
		}
	}
}

type zero struct{}

func (zero) Read(to []byte) (int, error) { clear(to); return len(to), nil }

// Some services send a body after the answer to a HEAD. It is not the start of the next answer.
func TestTheConnectionOfAHeadIsNotUsedAgain(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead {
			return
		}
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 44\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}")
	})
	call := connect(t, bearerConfig(s.URL))
	for range 5 {
		if out, e := run(t, call, "http.request", map[string]any{"method": "HEAD", "path": "/a"}); e != nil || out["status"] != 200 {
			t.Errorf("HEAD: %v, %v", out, e)
		}
		if out, e := run(t, call, "http.get", map[string]any{"path": "/b"}); e != nil || out["status"] != 200 {
			t.Errorf("GET: %v, %v", out, e)
		}
	}
}

func TestSecretFieldsOfAFormAreHidden(t *testing.T) {
	t.Parallel()
	in := map[string]any{"path": "/x", "multipart": map[string]any{"fields": map[string]any{"client_secret": "s3cret-4711", "title": "May"}}}
	if got := all["http.post"].InputSecrets(in); len(got) != 1 || got[0] != "s3cret-4711" {
		t.Errorf("got %q", got)
	}
}
