package web

import (
	"net/http"
	"strings"
	"testing"
)

// T7, for roles of their own: what each may do with each route that names a flow, or something of a flow.
func TestT7ARoleOfItsOwnSeesTheFlowsThatNameItAndItsOwnRuns(t *testing.T) {
	t.Parallel()
	s := open(t)
	start := func(flow, token string) answer {
		return s.ask("POST", "/api/v1/flows/"+flow+"/runs", token, desks(flow))
	}
	// Runs of each flow, by who has started them.
	type started struct{ run, occasion string }
	runs := map[string]map[string]started{}
	for flow, by := range map[string][]string{"zebra-desk": {"full", "desk", "desk2"}, "zebra-both": {"full", "desk", "hr", "see"}, "zebra-echo": {"full"}} {
		runs[flow] = map[string]started{}
		for _, token := range by {
			a := start(flow, token)
			if a.status != http.StatusAccepted {
				t.Fatalf("%s starts %s: %d %s", token, flow, a.status, a.text)
			}
			runs[flow][token] = started{s.await(a).field("run").(string), strings.TrimPrefix(a.field("url").(string), "/api/v1/occasions/")}
		}
	}
	names := map[string][]string{"desk": {"zebra-desk", "zebra-both"}, "desk2": {"zebra-desk", "zebra-both"}, "hr": {"zebra-both"}}
	for who, seen := range names {
		for flow, of := range runs {
			sees := false
			for _, name := range seen {
				sees = sees || name == flow
			}
			for by, it := range of {
				for _, route := range Routes() {
					if !strings.Contains(route.Path, "{") {
						continue
					}
					path := strings.NewReplacer("{flow}", flow, "{hook}", flow, "{run}", it.run, "{occasion}", it.occasion).Replace(route.Path)
					want := http.StatusNotFound
					switch {
					case route.Access == Service:
						want = http.StatusUnauthorized // no token opens it
					case route.Access == Doers:
						want = http.StatusForbidden // whether it exists or not
					case route.Access == Hook && flow == "zebra-both" && sees:
						want = http.StatusForbidden
					case route.Access == Hook:
					case strings.Contains(path, flow) && sees, !strings.Contains(path, flow) && by == who:
						want = route.Status
					}
					if a := s.ask(route.Method, path, who, desks(flow), without(route)); a.status != want {
						t.Errorf("%s: %s %s (of %s): got %d %s, want %d", who, route.Method, path, by, a.status, a.text, want)
					}
				}
			}
		}
		list := s.ask("GET", "/api/v1/flows", who, "")
		all := s.ask("GET", "/api/v1/runs?started=all", who, "")
		for flow, of := range runs {
			sees := strings.Contains(strings.Join(seen, " "), flow)
			if got := strings.Contains(list.text, `"`+flow+`"`); got != sees {
				t.Errorf("%s: %s in the list of flows: %t", who, flow, got)
			}
			for by, it := range of {
				if got := strings.Contains(all.text, it.run); got != (by == who) {
					t.Errorf("%s: the run of %s by %s in the list of runs: %t", who, flow, by, got)
				}
			}
		}
		if strings.Contains(list.text, "zebra-slow") {
			t.Errorf("%s: got %s", who, list.text)
		}
		s.ask("GET", "/metrics", who, "").is(t, who+" and the metrics", http.StatusForbidden, "forbidden")
	}
	start("zebra-desk", "see").is(t, "a viewer starts a flow that does not name viewers", http.StatusForbidden, "forbidden")
}

// desks returns the body that starts a flow.
func desks(flow string) string {
	if flow == "zebra-both" {
		return `{"inputs": {}}`
	}
	return `{"inputs": {"who": "ada"}}`
}

// without removes the body for a route that takes none.
func without(r Route) func(*http.Request) {
	return func(q *http.Request) {
		if r.Takes == nil {
			q.Body, q.ContentLength = http.NoBody, 0
		}
	}
}

func TestADelegatedRunIsThatOfWhoeverStartedIt(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, token := range []string{"desk", "full"} {
		run := s.await(s.ask("POST", "/api/v1/flows/zebra-desk/runs", token, `{"inputs": {"who": "ada"}}`))
		by := "token quagga-" + token
		if got, _ := run.field("result").([]any); len(got) != 4 || got[0] != "ada" || got[1] != "manual" || got[2] != by || got[3] != by || run.field("by") != by {
			t.Errorf("got %s", run.text)
		}
	}
	s.ask("POST", "/api/v1/flows/zebra-desk/runs", "desk", `{"inputs": {}}`).is(t, "without its inputs", http.StatusBadRequest, "invalid")
}
