package oktaapi

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestOurBodyReplacesTheSDKs(t *testing.T) {
	t.Parallel()
	const body = `{"profile":{"department":null,"badge":92233720368547758089,"html":"<b>&"}}`
	for _, op := range []Operation{CreateUser, UpdateUser, ReplaceUser} {
		path := []string{"00u1"}[:len(op.Params)]
		var got, kind string
		var length int64
		s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			text, _ := io.ReadAll(r.Body)
			got, kind, length = string(text), r.Header.Get("Content-Type"), r.ContentLength
			succeed(w, op)
		})
		if _, err := s.Do(t.Context(), op, Args{Path: path, Body: []byte(body)}); err != nil {
			t.Fatal(err)
		}
		if got != body || kind != "application/json" || length != int64(len(body)) {
			t.Errorf("%s: sent %q as %q with length %d", op.Name, got, kind, length)
		}
	}
}

func TestABodyIsNotSentAgainWhenTheConnectionCloses(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		panic(http.ErrAbortHandler)
	})
	_, err := s.Do(t.Context(), CreateUser, Args{Body: []byte(`{"credentials":{"password":{"value":"s3cret-w0rd"}}}`)})
	e := card.AsError(err)
	if e == nil || e.Kind != card.Unavailable || calls.Load() != 1 {
		t.Errorf("got %v after %d requests, want unavailable after one", err, calls.Load())
	}
	if text := fmt.Sprintf("%#v %v", e, err); strings.Contains(text, "s3cret-w0rd") {
		t.Errorf("the error shows the password: %s", text)
	}
}
