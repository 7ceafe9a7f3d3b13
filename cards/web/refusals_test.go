package web

import (
	"slices"
	"testing"
)

// Before a run, an input that is not known has a value that fits no schema.
func TestInputsThatAreNotKnownYetAreNotRefused(t *testing.T) {
	t.Parallel()
	unknown := struct{}{}
	for _, in := range []map[string]any{
		nil, {"path": unknown, "headers": unknown}, {"path": "/x", "headers": map[string]any{"X-A": unknown}}, {"path": "/x", "method": unknown, "body": unknown},
		{"path": "/x", "paginate": unknown, "next": unknown, "param": unknown, "start": unknown}, {"path": "/x", "next": unknown, "param": "p"},
	} {
		for name, c := range all {
			if refusal := c.Refusal(in); refusal != nil {
				t.Errorf("%s of %v: %v", name, in, refusal)
			}
		}
	}
}

func TestARefusalHasTheInputThatIsWrong(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		card string
		in   map[string]any
		path []string
	}{
		{"http.get", map[string]any{"path": "https://evil.example/x"}, []string{"path"}},
		{"http.post", map[string]any{"path": "/x", "headers": map[string]any{"cookie": struct{}{}}}, []string{"headers", "cookie"}},
		{"http.put", map[string]any{"path": "/x", "body": 1, "form": map[string]any{}}, []string{"form"}},
		{"http.request", map[string]any{"path": "/x", "body": 1}, []string{"body"}},
		{"http.request", map[string]any{"path": "/x", "method": "HEAD", "form": map[string]any{}}, []string{"form"}},
		{"http.list", map[string]any{"path": "/x", "paginate": "cursor", "next": ""}, []string{"paginate"}},
		{"http.list", map[string]any{"path": "/x", "start": 1}, []string{"start"}},
	} {
		if refusal := all[test.card].Refusal(test.in); refusal == nil || !slices.Equal(refusal.Path, test.path) {
			t.Errorf("%s of %v: %+v", test.card, test.in, refusal)
		}
	}
}
