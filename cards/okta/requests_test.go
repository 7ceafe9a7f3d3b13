package okta_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/cards/okta/oktaspec"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/files"
)

func TestARawRequestReadsAndWrites(t *testing.T) {
	t.Parallel()
	s := simulate(t, company)
	got := s.run("okta.request", map[string]any{"path": "/groups/00g1"})
	group, _ := got["body"].(map[string]any)
	if group["id"] != "00g1" || got["status"] != 200 || got["changed"] != false || got["headers"].(map[string]any)["server"] != "oktasim" {
		t.Errorf("read: %v", got)
	}
	got = s.run("okta.request", map[string]any{
		"method": "PUT", "path": "/api/v1/groups/00g1", "body": map[string]any{"profile": map[string]any{"name": "<Renamed>", "owner": nil}},
	})
	if got["changed"] != true || s.sent[len(s.sent)-1] != `{"profile":{"name":"<Renamed>","owner":null}}` {
		t.Errorf("wrote %s: %v", s.sent[len(s.sent)-1], got)
	}
	got = s.run("okta.request", map[string]any{"method": "DELETE", "path": "/groups/00g1/users/00u1"})
	if diff := cmp.Diff(map[string]any{"status": 204, "body": nil, "changed": true}, without(got, "headers")); diff != "" {
		t.Errorf("an empty answer (-want +got):\n%s", diff)
	}
}

// things returns a waiver for an operation that Okta does not have.
func things(method string) oktaspec.Waiver {
	return oktaspec.Waiver{Operation: method + " /api/v1/things", Why: "a raw request goes to any path"}
}

func without(fields map[string]any, name string) map[string]any {
	delete(fields, name)
	return fields
}

func TestRawRequestFailsWithOktasError(t *testing.T) {
	t.Parallel()
	s := simulate(t, company+"tokens: {demo-token: {owner: ada@acme.example, scopes: [okta.groups.read]}}\n")
	_, err := s.try("okta.request", map[string]any{"path": "/groups/00g9"})
	refused(t, err, card.NotFound, "00g9")
	_, err = s.try("okta.request", map[string]any{"path": "/users"})
	refused(t, err, card.Forbidden, "GET /users needs the scope that Okta's API reference names for it")
	for _, path := range []string{"https://evil.example/api/v1/users", "//evil.example/users", "/users/../../x", "users"} {
		s.forget()
		_, err = s.try("okta.request", map[string]any{"path": path})
		refused(t, err, card.Invalid, "path")
		_, err = s.cards["okta.request.list"].Page(t.Context(), s.call(), map[string]any{"path": path}, "")
		refused(t, err, card.Invalid, "path")
		if asked := s.forget(); len(asked) > 0 {
			t.Errorf("%s: asked %v", path, asked)
		}
	}
}

func TestRawRequestWithContradictoryInputsIsNotSent(t *testing.T) {
	t.Parallel()
	s := simulate(t, company)
	for says, in := range map[string]map[string]any{
		"cannot have both":  {"method": "POST", "path": "/x", "body": 1, "form": map[string]any{}},
		"`form` or `files`": {"method": "POST", "path": "/x", "body": 1, "files": map[string]any{"a": "b"}},
		"a GET cannot":      {"path": "/x", "files": map[string]any{"a": "b"}},
		"only be sent as":   {"method": "POST", "path": "/x", "files": map[string]any{"a": "b"}, "headers": map[string]any{"content-type": "application/x-www-form-urlencoded"}},
		"no workspace":      {"method": "POST", "path": "/x", "files": map[string]any{"a": "b"}},
		"file_names":        {"method": "POST", "path": "/x", "files": map[string]any{"a": "b"}, "file_names": map[string]any{"b": "c"}},
		"a `body`, `form`":  {"path": "/x", "body": 1},
		"query.a":           {"path": "/x", "query": map[string]any{"a": map[string]any{}}},
		"headers.a":         {"path": "/x", "headers": map[string]any{"a": nil}},
		"form.a":            {"method": "POST", "path": "/x", "form": map[string]any{"a": []any{[]any{}}}},
		`"Authorization"`:   {"path": "/x", "headers": map[string]any{"authorization": "SSWS other"}},
	} {
		_, err := s.try("okta.request", in)
		refused(t, err, card.Invalid, says)
	}
	if asked := s.forget(); len(asked) > 0 {
		t.Errorf("asked %v", asked)
	}
}

func TestRawRequestSendsJSONStringsAndForms(t *testing.T) {
	t.Parallel()
	s := connectTo(t, oktaspec.Requests(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
		fields := ""
		if r.ParseMultipartForm(1<<20) == nil {
			fields = fmt.Sprint(r.MultipartForm.Value)
			body = nil
		}
		_, _ = fmt.Fprintf(w, "%s|%s|%s|%s", kind, body, fields, r.URL.RawQuery)
	}), things("POST")))
	for name, test := range map[string]struct {
		in   map[string]any
		want string
	}{
		"a value":     {map[string]any{"body": map[string]any{"b": []any{nil, 1, 2.5}}}, `application/json|{"b":[null,1,2.5]}||`},
		"text":        {map[string]any{"body": "a&b"}, "application/json|a&b||"},
		"other text":  {map[string]any{"body": "<x/>", "headers": map[string]any{"content-type": "text/xml"}}, "text/xml|<x/>||"},
		"a form":      {map[string]any{"form": map[string]any{"b": 1, "a": []any{"x", "y"}}}, "multipart/form-data||map[a:[x y] b:[1]]|"},
		"a plain one": {map[string]any{"form": map[string]any{"b": 1, "a": "&"}, "headers": map[string]any{"Content-Type": "application/x-www-form-urlencoded"}}, "application/x-www-form-urlencoded|a=%26&b=1||"},
		"a query":     {map[string]any{"query": map[string]any{"a": []any{1, true}, "b": "ü&"}}, "|||a=1&a=true&b=%C3%BC%26"},
	} {
		test.in["method"], test.in["path"], test.in["response"] = "POST", "/things", "text"
		if got := s.run("okta.request", test.in); got["body"] != test.want {
			t.Errorf("%s: %v, want %s", name, got["body"], test.want)
		}
	}
	_, err := s.try("okta.request", map[string]any{"method": "POST", "path": "/things", "body": "x"})
	refused(t, err, card.Invalid, "response: text")
}

func TestRawRequestSendsFilesWithFields(t *testing.T) {
	t.Parallel()
	logo := "\x89PNG\r\n\x00\xff"
	var got []string
	s := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts, err := r.MultipartReader()
		if err != nil {
			t.Error(err)
			return
		}
		for {
			part, err := parts.NextPart()
			if err != nil {
				break
			}
			body, _ := io.ReadAll(part)
			got = append(got, fmt.Sprintf("%s|%s|%s|%q", part.FormName(), part.FileName(), part.Header.Get("Content-Type"), body))
		}
	}))
	call := s.call()
	dir := t.TempDir()
	for name, content := range map[string]string{"art/logo.png": logo, `odd "name".zzz`: "x", "big": strings.Repeat("x", 10<<20), "empty": ""} {
		if err := errors.Join(os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700), os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	call.Files = files.New(dir, filepath.Join(dir, ".flowdeck")).Run("runs/1/files")
	send := func(sent, form map[string]any) error {
		got = nil
		_, err := s.cards["okta.request"].Run(t.Context(), call, map[string]any{
			"method": "POST", "path": "/brands/b1/logo", "files": sent, "form": form, "file_names": map[string]any{"file": "our logo.gif"},
		})
		return err
	}
	if err := send(map[string]any{"file": "art/logo.png", "a": "./art/logo.png", "b": `odd "name".zzz`, "c": "empty"}, map[string]any{"note": "ü"}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`note|||"ü"`, fmt.Sprintf("a|logo.png|image/png|%q", logo), `b|odd "name".zzz|application/octet-stream|"x"`, `c|empty|application/octet-stream|""`,
		fmt.Sprintf("file|our logo.gif|image/gif|%q", logo),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.forget()
	for says, file := range map[string]string{
		"../flowdeck.yaml": "../flowdeck.yaml", "/etc/hosts": "/etc/hosts", "art/../../x": "art/../../x", "does not exist": "nowhere.png", `"art" cannot be read`: "art", "larger than 10 MB": "big",
	} {
		refused(t, send(map[string]any{"file": file}, nil), card.Invalid, says)
	}
	if asked := s.forget(); len(asked) > 0 {
		t.Errorf("asked %v", asked)
	}
}

func TestRawAnswerIsJSONStringOrBase64(t *testing.T) {
	t.Parallel()
	const certificate = "\x30\x82\x00\xff"
	s := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/pkix-cert")
		w.Header().Set("X-Wanted", r.Header.Get("Accept"))
		_, _ = io.WriteString(w, certificate)
	}))
	got := s.run("okta.request", map[string]any{"path": "/certificate", "response": "binary"})
	headers, _ := got["headers"].(map[string]any)
	if got["body"] != "MIIA/w==" || headers["content-type"] != "application/pkix-cert" || headers["x-wanted"] != "*/*" {
		t.Errorf("binary: %v", got)
	}
	got = s.run("okta.request", map[string]any{"path": "/certificate", "response": "text", "headers": map[string]any{"accept": "text/plain"}})
	if headers, _ = got["headers"].(map[string]any); got["body"] != certificate || headers["x-wanted"] != "text/plain" {
		t.Errorf("text: %v", got)
	}
}

func TestARawListFollowsTheNextLinks(t *testing.T) {
	t.Parallel()
	s := simulate(t, company)
	got, pages := s.list("okta.request.list", map[string]any{"path": "/groups", "query": map[string]any{"limit": 1, "filter": `type eq "OKTA_GROUP"`}}, 5)
	if ids := column(got, "id"); !cmp.Equal(ids, []string{"00g1", "00g2", "00g3"}) || pages != 3 {
		t.Errorf("%v on %d pages", ids, pages)
	}
	_, err := s.cards["okta.request.list"].Page(t.Context(), s.call(), map[string]any{"path": "/groups/00g1"}, "")
	refused(t, err, card.Failed, "okta.request reads answers that are not lists")
}

func TestTheEffectOfARawRequestDependsOnItsMethod(t *testing.T) {
	t.Parallel()
	c := simulate(t, company).cards["okta.request"]
	for method, want := range map[any]card.Effect{
		nil: card.Reads, "GET": card.Reads, "PUT": card.Idempotent, "POST": card.Creates, "PATCH": card.Creates, "DELETE": card.Destroys,
		"«okta.user.get#1».status": card.Destroys,
	} {
		if got := c.EffectOf(map[string]any{"path": "/x", "method": method}); got != want {
			t.Errorf("%v %s, want %s", method, got, want)
		}
	}
	if got := c.EffectOf(map[string]any{"path": "/x"}); got != card.Reads {
		t.Errorf("without a method it %s", got)
	}
}

func TestRawListOfTheSystemLogNeedsUntil(t *testing.T) {
	t.Parallel()
	s := simulate(t, company)
	for _, path := range []string{"/logs", "/api/v1/logs"} {
		_, err := s.cards["okta.request.list"].Page(t.Context(), s.call(), map[string]any{"path": path}, "")
		refused(t, err, card.Invalid, "okta.log.list")
	}
	s.run("okta.user.suspend", map[string]any{"user_id": "00u1"})
	got, _ := s.list("okta.request.list", map[string]any{"path": "/logs", "query": map[string]any{"until": "2026-03-02T00:00:00Z", "limit": 1}}, 3)
	if types := column(got, "eventType"); !cmp.Equal(types, []string{"user.lifecycle.suspend"}) {
		t.Errorf("with until: %v", types)
	}
}

func TestARawWriteWhoseAnswerIsNotJSONIsInDoubt(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"<xml>", `{"id":"1`, `{} x`} {
		s := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
		_, err := s.try("okta.request", map[string]any{"method": "DELETE", "path": "/m/x"})
		if e := card.AsError(err); e.Code != card.CodeUnread || e.Kind != card.Invalid {
			t.Errorf("a write answered with %s: %+v", body, e)
		}
		_, err = s.try("okta.request", map[string]any{"path": "/m/x"})
		if e := card.AsError(err); e.Code == card.CodeUnread || e.Kind != card.Failed {
			t.Errorf("a read answered with %s: %+v", body, e)
		}
	}
}

// Okta's OpenAPI description, example RolesListResponse; Okta Identity Governance API, lists.
func TestARawListFollowsTheNextLinkInTheBody(t *testing.T) {
	t.Parallel()
	s := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Query().Get("after") {
		case "":
			fmt.Fprintf(w, `{"roles": [{"id": "cr1"}, {"id": "cr2"}], "_links": {"next": {"href": "http://%s/api/v1/iam/roles?after=cr2"}}}`, r.Host)
		case "cr2":
			fmt.Fprintf(w, `{"data": [], "metadata": {"total": 3}, "_links": {"self": {"href": "x"}, "next": {"href": "http://%s/api/v1/iam/roles?after=cr3"}}}`, r.Host)
		case "cr3":
			fmt.Fprintf(w, `{"roles": [{"id": "cr4"}], "_links": {"next": "http://%s/api/v1/iam/roles?after=cr4"}}`, r.Host)
		case "cr4":
			fmt.Fprint(w, `{"roles": [{"id": "cr5"}], "_links": {"next": null}}`)
		}
	}))
	got, pages := s.list("okta.request.list", map[string]any{"path": "/iam/roles"}, 5)
	if ids := column(got, "id"); !cmp.Equal(ids, []string{"cr1", "cr2", "cr4", "cr5"}) || pages != 4 {
		t.Errorf("%v on %d pages", ids, pages)
	}
}

func TestANextLinkInTheBodyThatCannotBeFollowedIsRefused(t *testing.T) {
	t.Parallel()
	for link, says := range map[string]string{
		`{"href": "https://evil.example/?after=1"}`: "points to another host", `"https://evil.example/?after=1"`: "points to another host",
		`"/api/v1/iam/roles"`: "has no cursor", `7`: "neither a URL nor an object with href", `[{"href": "/?after=1"}]`: "neither a URL nor an object with href",
	} {
		s := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"roles": [], "_links": {"next": %s}}`, link)
		}))
		_, err := s.cards["okta.request.list"].Page(t.Context(), s.call(), map[string]any{"path": "/iam/roles"}, "")
		refused(t, err, card.Invalid, says)
	}
}

// The next link of the Authentication API is the next step of a sign-in.
func TestTheNextLinkOfAnObjectThatIsNotAPageIsNotFollowed(t *testing.T) {
	t.Parallel()
	s := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"status": "MFA_REQUIRED", "_links": {"next": {"name": "verify", "href": "https://acme.okta.com/api/v1/authn/factors/f1/verify"}}}`)
	}))
	if got := s.run("okta.request", map[string]any{"path": "/authn", "method": "POST", "body": map[string]any{}}); fmt.Sprint(got["status"]) != "200" {
		t.Errorf("got %v", got)
	}
}

func TestARawRequestReachesPathsOutsideOfTheManagementAPI(t *testing.T) {
	t.Parallel()
	s := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") }))
	for path, want := range map[string]string{
		"/users": "/api/v1/users", "/apps/0oa1": "/api/v1/apps/0oa1", "/idps": "/api/v1/idps", "/api/v2/x": "/api/v2/x", "/oauth2/v1/keys": "/oauth2/v1/keys",
		"/webauthn-registration/api/v1/enroll": "/webauthn-registration/api/v1/enroll", "/integrations/api/v1/x": "/integrations/api/v1/x",
		"/privileged-access/api/v1/x": "/privileged-access/api/v1/x", "/governance/x": "/governance/x", "/idp/myaccount/emails": "/idp/myaccount/emails",
	} {
		s.forget()
		s.run("okta.request", map[string]any{"path": path})
		if asked := s.forget(); len(asked) != 1 || asked[0] != "GET "+want {
			t.Errorf("%s: asked %v", path, asked)
		}
	}
}

func TestTheErrorOfARawRequestHasTheBodyWithoutSecrets(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 9000)
	for name, tt := range map[string]struct {
		body string
		want any
	}{
		"JSON": {
			`{"errorCode":"E0000068","errorSummary":"Invalid Passcode","stateToken":"00st-4711","errorCauses":[{"location":"credentials","reason":"no"}]}`,
			map[string]any{"errorCode": "E0000068", "errorSummary": "Invalid Passcode", "stateToken": card.Hidden, "errorCauses": []any{map[string]any{"location": "credentials", "reason": "no"}}},
		},
		"text": {"no such thing", "no such thing"},
		"long": {long, long[:8192] + "…"},
	} {
		s := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Okta-Request-Id", "req1")
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, tt.body)
		}))
		_, err := s.try("okta.request", map[string]any{"path": "/authn", "method": "POST"})
		details, _ := card.AsError(err).Details.(map[string]any)
		if diff := cmp.Diff(tt.want, details["body"]); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
		if name == "JSON" && details["request_id"] != "req1" {
			t.Errorf("got %v", details)
		}
	}
}
