package oktaapi

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// writes returns the operations that change something.
func writes() []Operation {
	return slices.DeleteFunc(slices.Concat(operations, newerOperations), func(op Operation) bool { return op.Bucket[:4] == "GET " })
}

func TestEveryWriteDeclaresItsAnswers(t *testing.T) {
	t.Parallel()
	for _, op := range writes() {
		if op.Answers.String() == "" {
			t.Errorf("%s declares none", op.Name)
		}
	}
}

// A network with a login page answers every request, and so do many proxies.
func TestAnAnswerThatIsNotOktasNeverConfirmsAWrite(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]struct {
		status     int
		kind, body string
	}{
		"a web page":                {200, "text/html; charset=utf-8", "<html><body>Welcome to the hotel</body></html>"},
		"a web page named JSON":     {200, "application/json", "<html></html>"},
		"an accepted web page":      {202, "text/html", "<html></html>"},
		"an empty list":             {200, "application/json", "[]"},
		"a list of a thing":         {200, "application/json", `["00u1"]`},
		"the object of another API": {200, "application/json", `{"status":"ok"}`},
		"a thing with an empty id":  {200, "application/json", `{"id":"","riskLevel":"","type":null}`},
		"a word":                    {200, "application/json", `"ok"`},
		"null":                      {200, "application/json", `null x`},
		"plain text":                {200, "text/plain", "OK"},
	} {
		s, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", answer.kind)
			w.WriteHeader(answer.status)
			fmt.Fprint(w, answer.body)
		})
		for _, op := range writes() {
			_, err := s.Do(t.Context(), op, valid(op))
			if e := card.AsError(err); e == nil || e.Kind != card.Unavailable || e.Hint != elsewhere || !e.MayBeDone() {
				t.Errorf("%s answered with %s: got %#v, want an error of kind unavailable that leaves it in doubt", op.Name, name, err)
			}
		}
	}
}

func TestAWriteIsConfirmedByEachAnswerThatOktaHasForIt(t *testing.T) {
	t.Parallel()
	mailed := Args{Path: []string{"00u1"}, Query: url.Values{"sendEmail": {"true"}}}
	silent := Args{Path: []string{"00u1"}, Query: url.Values{"sendEmail": {"false"}}}
	for name, test := range map[string]struct {
		op     Operation
		args   Args
		status int
		body   string
		done   bool
	}{
		"204":                                {DeleteGroup, valid(DeleteGroup), 204, "", true},
		"200 without a body for 204":         {DeleteGroup, valid(DeleteGroup), 200, "", false},
		"an empty object for 204":            {DeleteGroup, valid(DeleteGroup), 200, "{}", false},
		"202":                                {DeleteGroupRule, valid(DeleteGroupRule), 202, "", true},
		"204 for 202":                        {DeleteGroupRule, valid(DeleteGroupRule), 204, "", true},
		"200 without a body":                 {SuspendUser, valid(SuspendUser), 200, "", true},
		"200 with an empty object":           {SuspendUser, valid(SuspendUser), 200, "{}", true},
		"200 with an object":                 {SuspendUser, valid(SuspendUser), 200, `{"id":"00u1"}`, false},
		"a link":                             {ActivateUser, silent, 200, `{"activationUrl":"https://acme.okta.test/welcome/x"}`, true},
		"no link":                            {ActivateUser, silent, 200, "{}", false},
		"a link that was mailed":             {ActivateUser, mailed, 200, "{}", true},
		"a link that was mailed, no object":  {ActivateUser, mailed, 200, "", false},
		"a role":                             {AssignRoleToGroup, valid(AssignRoleToGroup), 200, `{"id":"irb1"}`, true},
		"a role without a body":              {AssignRoleToGroup, valid(AssignRoleToGroup), 201, "", true},
		"a group where nothing is":           {ReplaceGroup, valid(ReplaceGroup), 200, "", false},
		"a list of one where an object is":   {ReplaceGroup, valid(ReplaceGroup), 200, `[{"id":"00g1"}]`, false},
		"a list of one import session":       {CreateIdentitySourceSession, valid(CreateIdentitySourceSession), 200, `[{"id":"uij1"}]`, true},
		"a list of two import sessions":      {CreateIdentitySourceSession, valid(CreateIdentitySourceSession), 200, `[{"id":"uij1"},{"id":"uij2"}]`, false},
		"credentials":                        {ChangePassword, valid(ChangePassword), 200, `{"provider":{"type":"OKTA"}}`, true},
		"no temporary password":              {ExpirePasswordAndGetTemporaryPassword, valid(ExpirePasswordAndGetTemporaryPassword), 200, "{}", false},
		"the user of an expired password":    {ExpirePassword, valid(ExpirePassword), 200, `{"id":"00u1"}`, true},
		"nothing where a hook must be shown": {VerifyEventHook, valid(VerifyEventHook), 204, "", false},
	} {
		s, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(test.status)
			fmt.Fprint(w, test.body)
		})
		if _, err := s.Do(t.Context(), test.op, test.args); (err == nil) != test.done {
			t.Errorf("%s: got %v, want it done: %t", name, err, test.done)
		}
	}
}

func TestAWebPageIsNotAnAnswerToARawWriteOrWhereJSONIsExpected(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"text/html", "application/json", ""} {
		s, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = []string{kind}
			fmt.Fprint(w, " \n<!DOCTYPE html><html></html>")
		})
		for _, test := range []struct {
			method, accept string
			refused        bool
		}{
			{"GET", "application/json", true}, {"GET", "*/*", false}, {"DELETE", "application/json", true}, {"DELETE", "*/*", true}, {"POST", "*/*", true},
		} {
			_, err := s.Raw(t.Context(), Request{Method: test.method, Path: "/groups", Header: http.Header{"Accept": {test.accept}}})
			e := card.AsError(err)
			if (e != nil) != test.refused || e != nil && (e.Kind != card.Unavailable || e.Hint != elsewhere) {
				t.Errorf("%s that accepts %s, answered as %q: got %#v", test.method, test.accept, kind, err)
			}
		}
	}
}
