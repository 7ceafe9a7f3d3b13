package okta_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/engine/card"
)

// The engine reports `truncated` from the cursor of the last page that it read. A list card that drops a cursor would stop silently.
func TestEveryListCardFollowsTheCursorToTheLastPage(t *testing.T) {
	t.Parallel()
	for _, c := range okta.Cards() {
		if strings.HasSuffix(c.Name, ".list") != c.IsList() {
			t.Errorf("%s: is it a list card? %t", c.Name, c.IsList())
		}
		if !c.IsList() {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			var after []string
			s := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				q := r.URL.Query()
				if q.Get("limit") == "1" && q.Get("sortOrder") == "DESCENDING" { // okta.log.list asks for the newest event
					fmt.Fprint(w, `[{"published": "2026-03-01T12:00:00.000Z"}]`)
					return
				}
				after = append(after, q.Get("after"))
				if page := len(after); page < 3 {
					w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?after=c%d>; rel="next"`, r.Host, r.URL.EscapedPath(), page))
				}
				fmt.Fprintf(w, `[{"id": "%d", "_links": {"self": {"href": "http://%s/api/v1/users/00u1"}}}]`, len(after), r.Host)
			}))
			var example struct{ With map[string]any }
			if err := yaml.Unmarshal([]byte(c.Example), &example); err != nil {
				t.Fatal(err)
			}
			if example.With == nil {
				example.With = map[string]any{}
			}
			records := 0
			for at := card.Cursor(""); ; {
				page, err := c.Page(t.Context(), s.call(), example.With, at)
				if err != nil {
					t.Fatal(err)
				}
				records += len(page.Items)
				if at = page.Next; at == "" {
					break
				}
			}
			if got := strings.Join(after, " "); got != " c1 c2" || records != 3 {
				t.Errorf("%d records; asked for the pages after %q", records, got)
			}
		})
	}
}

// repeatingPages is the number of pages of a list of repeating.
const repeatingPages = 3

// repeating returns an org in which the list at a path goes on from its last page to an earlier one, and the number of requests so far.
// The context ends when a page is read again: without that, the list would never end.
func repeating(t *testing.T, path string) (s *simulated, ctx context.Context, asked *int) {
	t.Helper()
	next := map[string]string{"": "A", "A": "B", "B": "A"}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	asked = new(int)
	s = connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			t.Errorf("%s %s: nothing may be written on half a list", r.Method, r.URL)
		}
		if *asked++; *asked > repeatingPages {
			cancel()
		}
		w.Header().Set("Link", `<`+path+`?after=`+next[r.URL.Query().Get("after")]+`>; rel="next"`)
		_, _ = w.Write([]byte(`[{"id":"00g7"}]`))
	}))
	return s, ctx, asked
}
