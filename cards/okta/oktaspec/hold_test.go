package oktaspec

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
)

// A witness is a testing.TB that records errors instead of failing.
type witness struct {
	testing.TB
	errors   []string
	cleanups []func()
}

func (w *witness) Errorf(format string, args ...any) {
	w.errors = append(w.errors, fmt.Sprintf(format, args...))
}
func (w *witness) Cleanup(f func()) { w.cleanups = append(w.cleanups, f) }

// end runs the cleanups and returns the errors.
func (w *witness) end() []string {
	for _, f := range slices.Backward(w.cleanups) {
		f()
	}
	return w.errors
}

// answering returns an org that gives the same answer to every request.
func answering(status int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, body)
	})
}

func TestEachCheckLooksAtItsPart(t *testing.T) {
	t.Parallel()
	const (
		wrongParameter = "GET /api/v1/groups?size=1 is not as Okta describes it\n\tlistGroups, query size: the operation has no such parameter"
		wrongAnswer    = "GET /api/v1/groups?size=1 is not as Okta describes it\n\tlistGroups, answer: value must be an array"
	)
	for name, test := range map[string]struct {
		hold func(testing.TB, http.Handler, ...Waiver) http.Handler
		org  http.Handler
		want []string
	}{
		"requests":                 {Requests, answering(200, "7"), []string{wrongParameter}},
		"exchanges":                {Exchanges, answering(200, "7"), []string{wrongParameter, wrongAnswer}},
		"answers, request taken":   {Answers, answering(200, "7"), []string{wrongParameter, wrongAnswer}},
		"answers, request refused": {Answers, answering(400, refusal), nil},
	} {
		w, r := &witness{TB: t}, httptest.NewRecorder()
		test.hold(w, test.org).ServeHTTP(r, httptest.NewRequest("GET", "/api/v1/groups?size=1", nil))
		if got := w.end(); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
		if r.Code == 200 && r.Body.String() != "7" {
			t.Errorf("%s: the answer became %q", name, r.Body)
		}
	}
}

func TestRequestWithoutAnAnswerIsChecked(t *testing.T) {
	t.Parallel()
	w := &witness{TB: t}
	server := httptest.NewServer(Exchanges(w, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		conn.Close()
	})))
	if res, err := http.Get(server.URL + "/api/v1/groups?size=1"); err == nil {
		res.Body.Close()
		t.Error("it was answered")
	}
	server.Close()
	if got := w.end(); len(got) != 1 {
		t.Errorf("got %q", got)
	}
}

func TestControlEndpointsAreNotChecked(t *testing.T) {
	t.Parallel()
	w := &witness{TB: t}
	Exchanges(w, answering(200, "users: []")).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/-/dump", nil))
	if got := w.end(); len(got) > 0 {
		t.Errorf("got %q", got)
	}
}

func TestAWaiverIsForOnePlaceAndMustBeNeeded(t *testing.T) {
	t.Parallel()
	of := func(place string) Waiver { return Waiver{Operation: "listGroups", Place: place, Why: "a test"} }
	for query, want := range map[string][]string{
		"size=1":            nil,
		"size=1&color=blue": {"GET /api/v1/groups?size=1&color=blue is not as Okta describes it\n\tlistGroups, query color: the operation has no such parameter"},
		"limit=1":           {"the waiver of listGroups query size was not needed: a test"},
	} {
		w := &witness{TB: t}
		Exchanges(w, answering(200, "[]"), of("query size")).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/api/v1/groups?"+query, nil))
		if got := w.end(); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
}
