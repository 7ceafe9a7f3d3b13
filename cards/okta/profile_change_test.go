package okta_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
)

// mastered returns an org with one user and one group, which have the same profile. It ignores changes to the attributes
// in ignores, as Okta does when a directory owns an attribute.
func mastered(profile map[string]any, ignores ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			var body struct{ Profile map[string]any }
			sent, _ := io.ReadAll(r.Body)
			_ = json.Unmarshal(sent, &body)
			maps.DeleteFunc(body.Profile, func(attribute string, _ any) bool { return slices.Contains(ignores, attribute) })
			maps.Copy(profile, body.Profile)
		}
		answer, _ := json.Marshal(map[string]any{"id": "00x1", "status": "ACTIVE", "realmId": "guo1", "profile": profile})
		_, _ = w.Write(answer)
	})
}

func TestUpdateSendsOnlyTheAttributesThatDiffer(t *testing.T) {
	t.Parallel()
	for inputs, want := range map[string]string{
		`"department": "Sales", "first_name": "Ada"`:                                       `{"profile":{"department":"Sales"}}`,
		`"department": "Sales", "clear": ["mobilePhone", "title"]`:                         `{"profile":{"department":"Sales","title":null}}`,
		`"profile_extra": {"badge": 7.0, "tags": ["a", ""], "title": "Dr"}`:                `{"profile":{"title":"Dr"}}`,
		`"profile_extra": {"tags": ["a"], "home": {"city": "London", "street": null}}`:     `{"profile":{"tags":["a"]}}`,
		`"profile_extra": {"home": {"city": "Paris"}, "badge": 7}`:                         `{"profile":{"home":{"city":"Paris"}}}`,
		`"first_name": "Ada", "password": "` + secretWord + `"`:                            `{"credentials":{"password":{"value":"` + secretWord + `"}}}`,
		`"department": "Sales", "realm_id": "guo1"`:                                        `{"profile":{"department":"Sales"}}`,
		`"first_name": "Ada", "realm_id": "guo2"`:                                          `{"realmId":"guo2"}`,
		`"first_name": "Ada", "profile_extra": {"badge": 7, "none": null}`:                 ``,
		`"first_name": "Ada", "realm_id": "guo1", "clear": ["none"], "profile_extra": {} `: ``,
	} {
		s := connectTo(t, mastered(map[string]any{
			"login": "ada@acme.example", "firstName": "Ada", "department": "R&D", "title": "Countess", "badge": 7, "tags": []any{"a", ""},
			"home": map[string]any{"city": "London"},
		}))
		in, err := card.DecodeJSON([]byte(`{"user_id": "00x1", ` + inputs + `}`))
		if err != nil {
			t.Fatal(err)
		}
		got := s.run("okta.user.update", in.(map[string]any))
		sent := ""
		if len(s.sent) == 2 {
			sent = s.sent[1]
		}
		if sent != want || len(s.sent) > 2 {
			t.Errorf("%s: sent %q, want %s", inputs, s.sent, want)
		}
		if want == "" && (got["changed"] != false || len(got["ignored"].([]any)) != 0) {
			t.Errorf("%s: changed %v, ignored %v", inputs, got["changed"], got["ignored"])
		}
	}
}

func TestUpdateReportsWhatOktaIgnored(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]string{"okta.user.update": "user_id", "okta.group.update": "group_id"} {
		for _, test := range []struct {
			extra   map[string]any
			changed bool
			ignored []any
		}{
			{map[string]any{"department": "Sales", "title": "Dr"}, true, []any{"department"}},
			{map[string]any{"department": "Sales"}, false, []any{"department"}},
			{map[string]any{"department": nil, "manager": "x"}, false, []any{"department", "manager"}},
			{map[string]any{"department": "R&D", "title": "Dr"}, true, []any{}},
			{map[string]any{"nickName": "", "title": "Dr"}, true, []any{}},
		} {
			s := connectTo(t, mastered(map[string]any{"name": "x", "department": "R&D", "title": "Countess"}, "department", "manager", "nickName"))
			got := s.run(name, map[string]any{id: "00x1", "profile_extra": test.extra})
			if diff := cmp.Diff(test.ignored, got["ignored"]); diff != "" || got["changed"] != test.changed {
				t.Errorf("%s %v: changed %v, ignored (-want +got):\n%s", name, test.extra, got["changed"], diff)
			}
		}
	}
}

func TestStrictUpdateReportsWhatOktaIgnored(t *testing.T) {
	t.Parallel()
	s := connectTo(t, mastered(map[string]any{"login": "ada@acme.example", "department": "R&D", "title": "Countess"}, "department"))
	got := s.run("okta.user.update", map[string]any{"user_id": "00x1", "semantics": "strict", "login": "ada@acme.example", "department": "Sales"})
	// The server keeps the title although the request does not have it, as Okta keeps a title that nobody may change.
	if diff := cmp.Diff([]any{"department", "title"}, got["ignored"]); diff != "" || got["changed"] != false {
		t.Errorf("changed %v, ignored (-want +got):\n%s", got["changed"], diff)
	}
}

func TestARealmThatOktaIgnoresIsReported(t *testing.T) {
	t.Parallel()
	s := connectTo(t, mastered(map[string]any{"login": "ada@acme.example"}))
	got := s.run("okta.user.update", map[string]any{"user_id": "00x1", "realm_id": "guo2"})
	if diff := cmp.Diff([]any{"realmId"}, got["ignored"]); diff != "" || got["changed"] != false {
		t.Errorf("changed %v, ignored (-want +got):\n%s", got["changed"], diff)
	}
}

// If Okta refuses an attribute, the whole update fails: nothing is written, and the error names the attribute.
func TestAnAttributeThatOktaRefusesFailsOnlyAnUpdateThatChangesIt(t *testing.T) {
	t.Parallel()
	org := mastered(map[string]any{"login": "ada@acme.example", "department": "R&D", "title": "Countess"})
	s := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var sent struct{ Profile map[string]any }
		_ = json.Unmarshal(body, &sent)
		if _, given := sent.Profile["department"]; given {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"errorCode":"E0000077","errorSummary":"Cannot modify the department attribute because it is read-only."}`)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		org.ServeHTTP(w, r)
	}))
	got := s.run("okta.user.update", map[string]any{"user_id": "00x1", "department": "R&D", "profile_extra": map[string]any{"title": "Dr"}})
	if got["changed"] != true {
		t.Errorf("got %v", got)
	}
	_, err := s.try("okta.user.update", map[string]any{"user_id": "00x1", "department": "Sales", "profile_extra": map[string]any{"title": "Prof"}})
	refused(t, err, card.Invalid, "department")
	if got := s.run("okta.user.get", map[string]any{"user_id": "00x1"})["profile"].(map[string]any)["title"]; got != "Dr" {
		t.Errorf("the title is %v", got)
	}
}

func TestAnUpdateWhoseAnswerHasNoProfileIsUncertain(t *testing.T) {
	t.Parallel()
	org := mastered(map[string]any{"name": "x"})
	for name, id := range map[string]string{"okta.user.update": "user_id", "okta.group.update": "group_id"} {
		s := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				org.ServeHTTP(w, r)
				return
			}
			fmt.Fprint(w, `{"id":"00x1"}`)
		}))
		_, err := s.try(name, map[string]any{id: "00x1", "profile_extra": map[string]any{"title": "Dr"}})
		refused(t, err, card.Unavailable, "it may have been changed")
	}
}
