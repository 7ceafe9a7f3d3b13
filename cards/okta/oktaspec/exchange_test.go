package oktaspec

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

const (
	user  = `{"id": "00u1", "status": "ACTIVE", "lastLogin": null, "profile": {"login": "ada@acme.example", "badge": 17, "department": null}}`
	group = `{"id": "00g1", "type": "OKTA_GROUP", "profile": {"name": "Staff", "description": null}}`
	event = `{"uuid": "1", "published": "2026-03-01T12:00:00.000Z", "eventType": "user.lifecycle.suspend", "version": "0", "severity": "INFO",
		"actor": {"id": "00u1", "type": "User", "detailEntry": null}, "outcome": {"result": "SUCCESS", "reason": null},
		"client": {"zone": null, "geographicalContext": null}, "authenticationContext": {"credentialType": null, "issuer": null}, "device": null}`
	refusal = `{"errorCode": "E0000007", "errorSummary": "Not found", "errorLink": "E0000007", "errorId": "oae1", "errorCauses": []}`
)

// reported returns the divergences of an exchange, in alphabetical order. request is "GET /api/v1/users", optionally
// with a body on the next line. answer is the body of the answer.
func reported(t *testing.T, request string, status int, answer string) []string {
	t.Helper()
	line, body, _ := strings.Cut(request, "\n")
	method, target, _ := strings.Cut(line, " ")
	r := httptest.NewRequest(method, target, nil)
	if body != "" {
		r = httptest.NewRequest(method, target, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
	}
	d := load(t)
	e := exchange{request: r, sent: []byte(body), status: status, header: http.Header{"Content-Type": {"application/json"}}, got: []byte(answer)}
	list := []string{}
	for _, found := range slices.Concat(d.request(e), d.answer(e)) {
		list = append(list, found.String())
	}
	slices.Sort(list)
	return list
}

func TestDescribedExchangesPass(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		request string
		status  int
		answer  string
	}{
		{"GET /api/v1/users?limit=2&search=id+pr&sortOrder=desc&expand=classification", 200, "[" + user + "]"},
		{"GET /api/v1/users/ops%2Fnight@acme.example", 200, user},
		{"GET /api/v1/users/00u1/groups", 200, "[" + group + "]"},
		{"GET /api/v1/groups/00g1", 404, refusal},
		{"GET /api/v1/groups/00g1", 401, refusal},
		{"GET /api/v1/groups/00g1", 502, refusal},
		{"GET /api/v1/logs?since=2026-03-01T12:00:00Z&sortOrder=ASCENDING", 200, "[" + event + "]"},
		{"PUT /api/v1/groups/00g1\n" + group, 200, group},
		{"POST /api/v1/users?activate=false&nextLogin=changePassword\n" + `{"profile": {"login": "ada@acme.example"}, "groupIds": ["00g1"]}`, 200, user},
		{"POST /api/v1/users/00u1/lifecycle/activate", 200, "{}"},
		{"DELETE /api/v1/users/00u1?sendEmail=true", 204, ""},
	} {
		if got := reported(t, test.request, test.status, test.answer); len(got) > 0 {
			t.Errorf("%s: %q", test.request, got)
		}
	}
}

func TestUndescribedExchangesAreReported(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		request string
		status  int
		answer  string
		want    []string // the prefix of each divergence
	}{
		"path":             {"GET /api/v1/nowhere", 404, refusal, []string{"GET /api/v1/nowhere: no such operation"}},
		"method":           {"PATCH /api/v1/users", 405, refusal, []string{"PATCH /api/v1/users: no such operation"}},
		"parameter":        {"GET /api/v1/users?pageSize=2", 200, "[]", []string{"listUsers, query pageSize: the operation has no such parameter"}},
		"type in query":    {"GET /api/v1/users?limit=all", 200, "[]", []string{"listUsers, query limit: value all: an invalid integer"}},
		"value in query":   {"GET /api/v1/users?sortOrder=up", 200, "[]", []string{`listUsers, query sortOrder: value is not one of the allowed values ["asc"`}},
		"no body":          {"POST /api/v1/groups", 400, refusal, []string{"createGroup, body: value is required but missing"}},
		"body":             {"POST /api/v1/users/00u1/lifecycle/suspend\n{}", 200, "{}", []string{"suspendUser, body: request body not allowed"}},
		"type in body":     {"POST /api/v1/groups\n" + `{"profile": {"name": 7}}`, 200, group, []string{"createGroup, body /profile/name: value must be a string"}},
		"property in body": {"POST /api/v1/groups\n" + `{"profil": {"name": "A"}}`, 200, group, []string{"createGroup, body /profil: the schema has no such property"}},
		"value in body": {
			"POST /api/v1/users/00u1\n" + `{"credentials": {"password": {"hash": {"algorithm": "ROT13"}}}}`, 200, user,
			[]string{`updateUser, body /credentials/password/hash/algorithm: value is not one of the allowed values ["BCRYPT"`},
		},
		"status":             {"GET /api/v1/users/00u1", 201, user, []string{"getUser, answer: no answer with status 201 is described"}},
		"answer":             {"GET /api/v1/groups", 200, group, []string{"listGroups, answer: value must be an array"}},
		"type in answer":     {"GET /api/v1/groups", 200, `[{"id": 7}]`, []string{"listGroups, answer /*/id: value must be a string"}},
		"time in answer":     {"GET /api/v1/groups/00g1", 200, `{"created": "today"}`, []string{"getGroup, answer /created: string doesn't match the format"}},
		"null in answer":     {"GET /api/v1/groups/00g1", 200, `{"id": null}`, []string{"getGroup, answer /id: Value is not nullable"}},
		"property in answer": {"GET /api/v1/users/00u1", 200, `{"state": "ACTIVE"}`, []string{"getUser, answer /state: the schema has no such property"}},
		"value in answer":    {"GET /api/v1/groups/00g1", 200, `{"type": "TEAM"}`, []string{`getGroup, answer /type: value is not one of the allowed values ["APP_GROUP"`}},
		"secret in answer": {
			"GET /api/v1/users/00u1", 200, `{"credentials": {"recovery_question": {"answer": "x"}}}`,
			[]string{`getUser, answer /credentials/recovery_question/answer: writeOnly property "answer" in response`},
		},
		"no JSON":         {"GET /api/v1/groups/00g1", 503, "busy", []string{"getGroup, answer: invalid character 'b'"}},
		"refusal":         {"GET /api/v1/groups/00g1", 500, strings.Replace(refusal, "[]", "{}", 1), []string{"getGroup, answer /errorCauses: value must be an array"}},
		"listed refusal":  {"GET /api/v1/groups/00g1", 404, strings.Replace(refusal, "[]", "{}", 1), []string{"getGroup, answer /errorCauses: value must be an array"}},
		"part of refusal": {"GET /api/v1/groups/00g1", 500, `{"errorCode": "E0000009"}`, []string{`getGroup, answer /errorSummary: property "errorSummary" is missing`}},
	} {
		if got := reported(t, test.request, test.status, test.answer); !slices.EqualFunc(got, test.want, strings.HasPrefix) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}
