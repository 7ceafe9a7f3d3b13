package orgcopy

import "testing"

func TestOnlyDeclaredAttributesOfAssignmentsAreCopied(t *testing.T) {
	out := record{}
	profile := record{"desk": "North", "seed": "SEK", "apiToken": "SEK", "size": "", "team": []any{"https://x.example/?SEK"}}
	(&reader{Copy: &Copy{}}).assigned(out, profile, "0oa1", []any{"desk", "apiToken", "team"})
	if got, want := flow(out), `{"lackingField": ["apiToken", "seed"], "profile": {"desk": "North", "team": ["https://x.example/"]}}`; got != want {
		t.Errorf("an assignment is\n%s\nwant\n%s", got, want)
	}
}

func TestURLsLoseTheirUserQueryAndFragment(t *testing.T) {
	for text, want := range map[string]string{
		"https://h.example/x":             "https://h.example/x",
		"https://u:SEK@h.example/x?k=S#F": "https://h.example/x",
		"https:/u:SEK@h.example/x":        "https:/h.example/x",
		"//u:SEK@h.example/x":             "//h.example/x",
		"https://a@b:SEK@h.example/x@y":   "https://h.example/x@y",
		"https://h.example/p%3Ftoken=SEK": "https://h.example/p",
		"https://h.example/x&token=SEK":   "https://h.example/x",
		"https://h.example/x;token=SEK":   "https://h.example/x",
		"/path?token=SEK":                 "/path",
		"?token=SEK":                      "",
		"com.app:/cb?token=SEK":           "com.app:/cb",
		"user:SEK@host/path?k=SEK":        "",
		"mailto:ann@acme.example":         "",
		"https://u:SEK%zz@x":              "https://x",
		"https://h.example/%zz":           "",
		"${org.url}/x?token=SEK":          "${org.url}/x",
		"http://www.okta.com/${org.key}":  "http://www.okta.com/${org.key}",
		"urn:okta:app":                    "urn:okta:app",
	} {
		if got := withoutQuery(text); got != want {
			t.Errorf("%s becomes %q, want %q", text, got, want)
		}
	}
	if got := withoutQueries("see https:/u:SEK@h.example/x?t=S, or com.app:/cb#SEK"); got != "see https:/h.example/x or com.app:/cb" {
		t.Errorf("a text becomes %s", got)
	}
}
