package orgcopy

import "testing"

func TestOnlyDeclaredAttributesOfAssignmentsAreCopied(t *testing.T) {
	out := record{}
	profile := record{"desk": "North", "seed": "SEK", "apiToken": "SEK", "size": "", "team": []any{"https://x.example/?SEK"}}
	(&reader{Copy: &Copy{}}).assigned(out, profile, "0oa1", []any{"desk", "apiToken", "team"})
	if got, want := inLine(out), `{"lackingField": ["apiToken", "seed"], "profile": {"desk": "North", "team": ["https://x.example/"]}}`; got != want {
		t.Errorf("an assignment is\n%s\nwant\n%s", got, want)
	}
}

func TestAssignmentsWithAnotherStatusAreKnown(t *testing.T) {
	r := &reader{Copy: &Copy{}}
	for _, c := range []struct {
		features []any
		user     record
		stored   string
	}{
		{nil, record{"scope": "USER", "status": "ACTIVE", "syncState": "DISABLED"}, `{"app": "0oa1", "user": "00u1"}`},
		{nil, record{"scope": "USER", "status": "SUSPENDED"}, `{"app": "0oa1", "otherState": true, "user": "00u1"}`},
		{nil, record{"scope": "GROUP", "status": "ACTIVE"}, "null"},
		{nil, record{"scope": "GROUP", "status": "STAGED"}, `{"otherState": true}`},
		{[]any{"PUSH_NEW_USERS"}, record{"scope": "GROUP", "status": "PROVISIONED"}, "null"},
		{[]any{"PROFILE_MASTERING"}, record{"scope": "GROUP", "status": "ACTIVE", "syncState": "ERROR"}, `{"otherState": true}`},
	} {
		c.user["id"] = "00u1"
		if got, err := r.appUser(record{"id": "0oa1", "features": c.features}, c.user, nil); err != nil || inLine(got) != c.stored {
			t.Errorf("%v is stored as %s (%v), want %s", c.user, inLine(got), err, c.stored)
		}
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
