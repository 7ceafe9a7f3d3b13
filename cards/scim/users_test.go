package scim

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestAChangeIsOnePATCHAndTheSecondIsNone(t *testing.T) {
	t.Parallel()
	f, _ := simulated(t, `users: [{id: u1, userName: ada, name: {givenName: Ada}}]`)
	in := map[string]any{"user_id": "u1", "family_name": "King", "email": "a@x", "attributes": map[string]any{"title": "Boss"}}
	if out := f.do("scim.user.update", in); out["changed"] != true || out["title"] != "Boss" || len(out["ignored"].([]any)) > 0 {
		t.Errorf("got %v", out)
	}
	if w := f.writes(); len(w) != 1 || w[0].method != http.MethodPatch || len(w[0].operations()) != 3 || w[0].match != `W/"0"` {
		t.Errorf("it wrote %+v", w)
	}
	if out := f.do("scim.user.update", in); out["changed"] != false {
		t.Errorf("got %v", out)
	}
	if w := f.writes(); len(w) > 0 {
		t.Errorf("it wrote again: %+v", w)
	}
}

func TestATargetWithoutPATCHGetsTheWholeUser(t *testing.T) {
	t.Parallel()
	for name, quirks := range map[string]string{"and says so": "no_patch: true", "and does not describe itself": "no_patch: true, no_config: true"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, _ := simulated(t, "quirks: {"+quirks+"}\nusers: [{id: u1, userName: ada, name: {givenName: Ada}, title: Boss}]")
			out := f.do("scim.user.update", map[string]any{"user_id": "u1", "family_name": "King"})
			name, _ := out["name"].(map[string]any)
			if out["changed"] != true || name["givenName"] != "Ada" || name["familyName"] != "King" || out["title"] != "Boss" {
				t.Errorf("got %v", out)
			}
			w := f.writes()
			if last := w[len(w)-1]; last.method != http.MethodPut || last.body["id"] != "u1" || last.body["meta"] != nil {
				t.Errorf("it wrote %+v", last)
			}
			f.do("scim.user.deactivate", map[string]any{"user_id": "u1"})
			if w := f.writes(); len(w) != 1 || w[0].method != http.MethodPut { // it has learned
				t.Errorf("it wrote %+v", w)
			}
			if _, err := f.try("scim.user.patch", map[string]any{"user_id": "u1", "operations": []any{map[string]any{"op": "remove", "path": "title"}}}); card.AsError(err).Kind != card.Invalid {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAnUnchangedTargetIsReportedAsIgnored(t *testing.T) {
	t.Parallel()
	f := connectTo(t, answering(200, `{"id": "u1", "userName": "ada", "title": "Old", "active": true}`), nil)
	out := f.do("scim.user.update", map[string]any{"user_id": "u1", "attributes": map[string]any{"title": "New"}})
	if ignored, _ := out["ignored"].([]any); out["changed"] != false || !cmp.Equal(ignored, []any{"title"}) {
		t.Errorf("got %v", out)
	}
	if _, err := f.try("scim.user.deactivate", map[string]any{"user_id": "u1"}); err == nil {
		t.Error("a deactivation that the target ignores succeeds")
	}
}

func TestRefusalsKeepWhatSCIMSaysAboutThem(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		status int
		body   string
		kind   card.Kind
		code   string
	}{
		{409, `{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "scimType": "uniqueness", "detail": "userName is taken", "status": "409"}`, card.Conflict, "uniqueness"},
		{400, `{"SCIMTYPE": "uniqueness", "Detail": "userName is taken"}`, card.Conflict, "uniqueness"},
		{400, `{"scimType": "invalidValue", "detail": "userName is taken"}`, card.Invalid, "invalidValue"},
		{409, `{"detail": "userName is taken"}`, card.Conflict, ""},
		{404, `{"detail": "userName is taken"}`, card.NotFound, ""},
		{412, ``, card.Conflict, ""},
		{501, `{"detail": "userName is taken"}`, card.Invalid, ""},
		{403, `{"detail": "userName is taken"}`, card.Forbidden, ""},
		{401, `{"detail": "userName is taken"}`, card.Unauthorized, ""},
	} {
		f := connectTo(t, answering(row.status, row.body), nil)
		_, err := f.try("scim.user.create", map[string]any{"user_name": "ada", "password": "first-passw0rd"})
		failure := card.AsError(err)
		if failure.Kind != row.kind || failure.Code != row.code || failure.Status != row.status || failure.MayBeDone() {
			t.Errorf("%d %s: got %+v", row.status, row.body, failure)
		}
		details, _ := failure.Details.(map[string]any)
		if strings.Contains(row.body, `"detail"`) && (details["detail"] != "userName is taken" || !strings.Contains(failure.Message, "userName is taken")) {
			t.Errorf("%d %s: details %v, message %s", row.status, row.body, details, failure.Message)
		}
	}
}

func TestA429AndA503WaitAsLongAsTheTargetAsks(t *testing.T) {
	t.Parallel()
	for _, status := range []int{429, 503} {
		f := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "17")
			w.WriteHeader(status)
		}), nil)
		_, err := f.try("scim.user.get", map[string]any{"user_id": "u1"})
		if failure := card.AsError(err); failure.Wait.Seconds() < 16 || failure.Wait.Seconds() > 17 {
			t.Errorf("%d: got %+v", status, failure)
		}
	}
}

func TestT29InputsThatNobodyMaySetAreRefusedBeforeARequest(t *testing.T) {
	t.Parallel()
	attributes := func(a map[string]any) map[string]any { return map[string]any{"user_id": "u1", "attributes": a} }
	operation := func(o ...any) map[string]any { return map[string]any{"user_id": "u1", "operations": o} }
	f := connectTo(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") }), nil)
	for _, row := range []struct {
		card string
		in   map[string]any
	}{
		{"scim.user.update", attributes(map[string]any{"Password": "x"})},
		{"scim.user.update", attributes(map[string]any{"meta": map[string]any{}})},
		{"scim.user.update", attributes(map[string]any{"ID": "u2"})},
		{"scim.user.update", attributes(map[string]any{"groups": []any{}})},
		{"scim.user.update", attributes(map[string]any{"name.givenName": "x"})},
		{"scim.user.update", attributes(map[string]any{`emails[type eq "work"]`: "x"})},
		{"scim.user.update", attributes(map[string]any{"title": "x", "Title": "y"})},
		{"scim.user.update", map[string]any{"user_id": "u1", "email": "a@x", "attributes": map[string]any{"Emails": []any{map[string]any{"value": "x"}}}}},
		{"scim.user.patch", operation()},
		{"scim.user.patch", operation(map[string]any{"op": "replace", "path": "password", "value": "x"})},
		{"scim.user.patch", operation(map[string]any{"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:password", "value": "x"})},
		{"scim.user.patch", operation(map[string]any{"op": "add", "value": map[string]any{"Meta": map[string]any{}}})},
		{"scim.user.patch", operation(map[string]any{"op": "add", "value": map[string]any{"urn:ietf:params:scim:schemas:core:2.0:User:password": "x"}})},
		{"scim.user.patch", operation(map[string]any{"op": "replace", "path": `emails[type eq work]`, "value": "x"})},
		{"scim.user.patch", operation(map[string]any{"op": "replace", "path": `emails[type eq "work"]x`, "value": "x"})},
		{"scim.user.patch", operation(map[string]any{"op": "remove"})},
		{"scim.user.patch", operation(map[string]any{"op": "replace", "path": "title"})},
		{"scim.user.get", map[string]any{"user_id": "../Groups"}},
		{"scim.user.get", map[string]any{"user_id": ".."}},
		{"scim.user.get", map[string]any{"user_id": " "}},
		{"scim.user.delete", map[string]any{"user_id": "u1?x"}},
		{"scim.user.find", map[string]any{}},
		{"scim.user.find", map[string]any{"user_name": "a", "external_id": "b"}},
		{"scim.user.list", map[string]any{"where": map[string]any{}}},
		{"scim.user.list", map[string]any{"where": map[string]any{"userName": " "}}},
		{"scim.user.list", map[string]any{"filter": "userName eq ada"}},
		{"scim.group.push", map[string]any{"display_name": "x"}},
	} {
		if _, err := f.try(row.card, row.in); card.AsError(err).Kind != card.Invalid {
			t.Errorf("%s %v: got %v", row.card, row.in, err)
		}
	}
}

// A dangerous target: an answer about somebody else would make the wrong changes.
func TestT29AnswersThatCannotBeRightAreErrors(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"another user": `{"id": "u2", "userName": "bob"}`, "no id": `{"userName": "ada"}`, "a list": `[]`, "a page": `<html>Sign in</html>`, "nothing": ``, "null": `null`, "text": `"x"`, "cut": `{"id": "u1"`,
	} {
		f := connectTo(t, answering(200, body), nil)
		for _, call := range []string{"scim.user.get", "scim.user.deactivate"} {
			_, err := f.try(call, map[string]any{"user_id": "u1"})
			if failure := (*card.Error)(nil); !errors.As(err, &failure) || failure.Kind != card.Invalid || failure.Code != card.CodeUnread {
				t.Errorf("%s, %s: got %v", name, call, err)
			}
		}
		if w := f.writes(); len(w) > 0 {
			t.Errorf("%s: it wrote %v", name, w)
		}
	}
	f := connectTo(t, answering(201, `<html>Sign in</html>`), nil)
	if _, err := f.try("scim.user.create", map[string]any{"user_name": "ada"}); !card.AsError(err).MayBeDone() {
		t.Errorf("a user whose answer cannot be read was certainly not created: %v", err)
	}
}

// Some targets write the names of attributes, ids and booleans in their own way.
func TestAnswersAreReadInAnyCase(t *testing.T) {
	t.Parallel()
	f := connectTo(t, answering(200, `{"ID": 17, "USERNAME": "ada", "Active": "True", "displayname": "Ada"}`), nil)
	out := f.do("scim.user.get", map[string]any{"user_id": "17"})
	if out["id"] != "17" || out["userName"] != "ada" || out["displayName"] != "Ada" {
		t.Errorf("got %v", out)
	}
	f.do("scim.user.reactivate", map[string]any{"user_id": "17"})
	if w := f.writes(); len(w) > 0 {
		t.Errorf("an active user is activated: %v", w)
	}
}

func TestAVersionThatHasChangedIsAConflict(t *testing.T) {
	t.Parallel()
	f := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/scim+json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/ServiceProviderConfig"):
			_, _ = io.WriteString(w, `{"patch": {"supported": true}, "etag": {"supported": true}}`)
		case r.Method == http.MethodGet:
			_, _ = io.WriteString(w, `{"id": "u1", "userName": "ada", "meta": {"version": "W/\"3\""}}`)
		case r.Header.Get("If-Match") != `W/"3"`:
			t.Errorf("the version is %q", r.Header.Get("If-Match"))
		default:
			w.WriteHeader(http.StatusPreconditionFailed)
		}
	}), nil)
	_, err := f.try("scim.user.deactivate", map[string]any{"user_id": "u1"})
	if failure := card.AsError(err); failure.Kind != card.Conflict || failure.MayBeDone() || !strings.Contains(failure.Hint, "somebody else") {
		t.Errorf("got %+v", failure)
	}
}
