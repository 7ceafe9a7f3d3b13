package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/store"
)

func TestAnApprovalIsGivenByAnotherTokenThanThatWhichStartedTheRun(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.tokens["other"], s.tokens["stranger"] = "fd_other", "fd_stranger"
	for _, name := range []string{"other", "stranger"} {
		if err := s.history.AddToken(t.Context(), store.Token{Name: "quagga-" + name, Role: string(Operator)}, s.tokens[name]); err != nil {
			t.Fatal(err)
		}
	}
	occasion := s.ask("POST", "/api/v1/flows/zebra-ask/runs", "full", "")
	started := occasion
	for started.field("run") == nil {
		started = s.ask("GET", started.field("url").(string), "full", "")
	}
	run := started.field("run").(string)
	list := func(token, query string) []any {
		return s.ask("GET", "/api/v1/approvals?run="+run+query, token, "").field("approvals").([]any)
	}
	for len(list("see", "")) == 0 {
	}
	asked := list("see", "")[0].(map[string]any)
	if asked["prompt"] != "Suspend zebra" || fmt.Sprint(asked["show"]) != "map[login:ada]" || asked["started_by"] != "token quagga-full" || asked["step"] != "ok" {
		t.Errorf("got %v", asked)
	}
	if got := list("echo", ""); len(got) > 0 {
		t.Errorf("a token of another flow sees %v", got)
	}
	verdict := fmt.Sprintf(`{"digest": %q, "approved": true, "note": "fine"}`, asked["digest"])
	decide := func(token, body string) answer { return s.ask("POST", "/api/v1/runs/"+run+"/decide", token, body) }
	decide("see", verdict).is(t, "a viewer", http.StatusForbidden, "forbidden")
	decide("full", verdict).is(t, "who started the run", http.StatusForbidden, "forbidden")
	decide("stranger", verdict).is(t, "who is not in by", http.StatusForbidden, "forbidden")
	decide("echo", verdict).is(t, "a token of another flow", http.StatusNotFound, "not_found")
	decide("other", `{"digest": "4f", "approved": true}`).is(t, "another digest", http.StatusConflict, "conflict")
	for _, body := range []string{"{}", `{"digest": 1, "approved": true}`, `{"digest": "4f", "approved": "yes"}`, `{"digest": "4f", "approved": true, "by": "ada"}`} {
		decide("other", body).is(t, body, http.StatusBadRequest, "invalid")
	}
	decide("other", strings.Replace(verdict, "fine", strings.Repeat("n", 2001), 1)).is(t, "a long note", http.StatusBadRequest, "invalid")
	if a := decide("other", verdict); a.status != http.StatusOK || a.field("status") != "approved" || a.field("decided_by") != "token quagga-other" {
		t.Errorf("got %d %s", a.status, a.text)
	}
	decide("other", verdict).is(t, "a second decision", http.StatusConflict, "conflict")
	if left, all := list("see", ""), list("see", "&status=all"); len(left) != 0 || len(all) != 1 {
		t.Errorf("%v are open of %v", left, all)
	}
	s.ask("GET", "/api/v1/approvals?status=x", "see", "").is(t, "a status", http.StatusBadRequest, "invalid")
	a := s.await(occasion)
	if result, _ := a.field("result").(map[string]any); a.field("status") != "succeeded" || result["by"] != "token quagga-other" || result["note"] != "fine" {
		t.Errorf("got %s", a.text)
	}
}
