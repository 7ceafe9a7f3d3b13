package web

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// A service may repeat the part of a header that is the secret.
func TestThePartsOfASecretHeaderAreHidden(t *testing.T) {
	t.Parallel()
	const key = "1234567890abcdef"
	for value, want := range map[string][]string{
		"GenieKey " + key: {key}, "SSWS " + key: {key}, "Token token=\"" + key + "\", id=12": {key}, "Basic " + base64.StdEncoding.EncodeToString([]byte("ada:"+key)): {key, "ada:" + key},
		"Key a=b; k='" + key + "'": {key}, "Bearer  " + key: {key}, key: nil,
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, "Key %s is not valid", key) })
		for _, config := range []map[string]any{
			{"base_url": s.URL, "auth": map[string]any{"header": map[string]any{"name": "Authorization", "value": map[string]any{"env": value}}}},
			{"base_url": s.URL, "headers": map[string]any{"X-Key": map[string]any{"env": value}}},
		} {
			var learned []string
			set := settings(config)
			set.Hide = func(texts ...string) { learned = append(learned, texts...) }
			conn, err := Service().Open(set)
			if err != nil {
				t.Fatal(err)
			}
			out, e := run(t, card.Call{Run: "r", Attempt: 1, ConnName: "shop", Conn: conn}, "http.get", map[string]any{"path": "/x"})
			_ = conn.Close()
			if e != nil || strings.Contains(fmt.Sprint(out["body"]), key) {
				t.Errorf("%s: %v, %v", value, out, e)
			}
			for _, part := range want {
				if !slices.Contains(learned, part) {
					t.Errorf("%s: %q is not hidden, only %q", value, part, learned)
				}
			}
		}
	}
}
