package web

import (
	"fmt"
	"maps"
	"net/http"
	"testing"
)

// A write whose answer is lost is sent once, even if net/http takes it for one that can be repeated.
func TestNoWriteIsSentAgainByTheTransport(t *testing.T) {
	t.Parallel()
	for _, more := range []map[string]any{
		{"headers": map[string]any{"Idempotency-Key": "k"}}, {"headers": map[string]any{"x-idempotency-key": "k"}}, {"headers": map[string]any{"IDEMPOTENCY-KEY": ""}}, {},
	} {
		for _, card := range []string{"http.post", "http.patch", "http.put", "http.delete"} {
			for _, body := range []any{nil, map[string]any{"a": 1}} {
				s := serve(t, func(w http.ResponseWriter, r *http.Request) {
					if r.Method != http.MethodGet {
						panic(http.ErrAbortHandler) // which closes the connection
					}
				})
				call := connect(t, map[string]any{"base_url": s.URL, "headers": map[string]any{"X-Idempotency-Key": "of the connection"}})
				if more["headers"] != nil {
					call = connect(t, bearerConfig(s.URL))
				}
				if _, e := run(t, call, "http.get", map[string]any{"path": "/x"}); e != nil { // only a connection that was used is used again
					t.Fatal(e)
				}
				in := map[string]any{"path": "/x", "body": body}
				maps.Copy(in, more)
				_, e := run(t, call, card, in)
				if last, _ := s.last(t); len(s.requests) != 2 || e == nil || !e.MayBeDone() || last.Header.Get("Idempotency-Key")+last.Header.Get("X-Idempotency-Key") == "" && fmt.Sprint(more) != "map[headers:map[IDEMPOTENCY-KEY:]]" {
					t.Errorf("%s with %v: %d requests, %v", card, more, len(s.requests), e)
				}
			}
		}
	}
}
