package web

import (
	"net/http"
	"strings"
)

// Route is one thing that the server answers.
type Route struct {
	Method, Path string
	Name         string // the operationId of its description
	About        string
	Access       Access
	Query        []Param // parameters of its URL besides those of Path
	Headers      []Param
	Takes        shape  // of the body; nil: there is none
	Gives        shape  // of the answer with Status; nil: it is a text, or empty
	Text         string // the type of that text; empty: there is none
	Status       int
	Probe        bool // it is answered however many others are
	do           func(*call) error
}

// Param is a parameter that a request may have.
type Param struct{ Name, About string }

func (r Route) pattern() string { return r.Method + " " + r.Path }

// Routes returns all that the server answers. There is no other list.
func Routes() []Route {
	return append(hookRoutes(), []Route{
		{
			Method: http.MethodGet, Path: "/events/{flow}", Name: "verifyEvents", Access: Service, Status: http.StatusOK, Gives: anyObject, do: (*call).verifyEvents,
			About: "Answers the challenge by which a service finds out that the flow expects its events.",
		},
		{
			Method: http.MethodPost, Path: "/events/{flow}", Name: "receiveEvents", Access: Service, Status: http.StatusNoContent, Takes: anyObject, do: (*call).receiveEvents,
			About: "Starts the flow for each event in the body that one of its triggers is for.",
		},
		{Method: http.MethodGet, Path: "/api/v1/flows", Name: "listFlows", Access: Viewers, Status: http.StatusOK, Gives: flowsShape, do: (*call).listFlows, About: "The flows of the workspace."},
		{Method: http.MethodGet, Path: "/api/v1/flows/{flow}", Name: "getFlow", Access: Viewers, Status: http.StatusOK, Gives: flowShape, do: (*call).getFlow, About: "A flow with its inputs."},
		{
			Method: http.MethodPost, Path: "/api/v1/flows/{flow}/runs", Name: "startRun", Access: Starter, Status: http.StatusAccepted, Takes: startShape, Gives: occasionShape, do: (*call).startRun,
			About: "Starts a flow: with a token of an operator, or of a role that `manual` of the flow names. The run is created soon after: the occasion has its id.", Headers: []Param{idempotency},
		},
		{
			Method: http.MethodGet, Path: "/api/v1/runs", Name: "listRuns", Access: Viewers, Status: http.StatusOK, Gives: runsShape, do: (*call).listRuns, About: "The runs, the last first.",
			Query: []Param{
				{"flow", "only runs of this flow"}, {"status", "only runs with this status"}, {"since", "only runs that started after this time (RFC 3339)"},
				{"started", "with `all`, also runs that other runs started"}, {"limit", "how many at most: 50, up to 500"}, {"before", "the `next` of the page before"},
			},
		},
		{Method: http.MethodGet, Path: "/api/v1/runs/{run}", Name: "getRun", Access: Viewers, Status: http.StatusOK, Gives: anyObject, do: (*call).getRun, About: "The report of a run, so far or final: that of `flowdeck runs show --json`."},
		{Method: http.MethodPost, Path: "/api/v1/runs/{run}/stop", Name: "stopRun", Access: Doers, Status: http.StatusAccepted, Gives: anyObject, do: (*call).stopRun, About: "Stops a run: no new record starts, and records in flight finish."},
		{Method: http.MethodPost, Path: "/api/v1/runs/{run}/pause", Name: "pauseRun", Access: Doers, Status: http.StatusAccepted, Gives: anyObject, do: (*call).pauseRun, About: "Pauses a run, so that it can be resumed."},
		{
			Method: http.MethodGet, Path: "/api/v1/approvals", Name: "listApprovals", Access: Viewers, Status: http.StatusOK, Gives: approvalsShape, do: (*call).listApprovals,
			About: "The approvals that runs wait for, in the order in which they were asked. The digest of each stands for all that it shows.",
			Query: []Param{
				{"run", "only those of this run"}, {"status", "with `all`, also those that were decided or have expired"}, {"limit", "how many at most: 50, up to 500"},
			},
		},
		{
			Method: http.MethodPost, Path: "/api/v1/runs/{run}/decide", Name: "decide", Access: Doers, Status: http.StatusOK, Takes: verdictShape, Gives: approvalShape, do: (*call).decide,
			About: "Approves or rejects what a run asks for. It is 403 for the token that started the run and for one that `by` does not name, and 409 if the approval is not open or has another digest.",
		},
		{
			Method: http.MethodGet, Path: "/api/v1/runs/{run}/events", Name: "watchRun", Access: Viewers, Status: http.StatusOK, Text: "text/event-stream", do: (*call).watchRun,
			About: "Server-sent events: `log` for each line of the log of the run, as they come, and `end` at its end.", Headers: []Param{{"Last-Event-ID", "the id of the last event that was received"}},
		},
		{Method: http.MethodGet, Path: "/api/v1/occasions/{occasion}", Name: "getOccasion", Access: Viewers, Status: http.StatusOK, Gives: occasionShape, do: (*call).getOccasion, About: "What became of a request that starts a run."},
		{
			Method: http.MethodGet, Path: "/api/v1/occasions", Name: "listOccasions", Access: Viewers, Status: http.StatusOK, Gives: occasionsShape, do: (*call).listOccasions,
			About: "What starts runs, the last first: with `status=waiting` what waits, and why, if that is known.",
			Query: []Param{
				{"flow", "only those of this flow"}, {"status", "only those that are waiting, started or dropped"}, {"limit", "how many at most: 50, up to 500"}, {"before", "the `next` of the page before"},
			},
		},
		{
			Method: http.MethodPost, Path: "/api/v1/occasions/{occasion}/drop", Name: "dropOccasion", Access: Doers, Status: http.StatusOK, Gives: occasionShape, do: (*call).dropOccasion,
			About: "Drops an occasion that waits, so that it starts nothing. It is 409 if it has started its run.",
		},
		{Method: http.MethodGet, Path: "/api/v1/openapi.json", Name: "describeAPI", Access: Anyone, Status: http.StatusOK, Gives: anyObject, do: (*call).describeAPI, About: "This description."},
		{Method: http.MethodGet, Path: "/healthz", Name: "isAlive", Access: Anyone, Probe: true, Status: http.StatusOK, Gives: anyObject, do: (*call).isAlive, About: "200 while the process lives."},
		{Method: http.MethodGet, Path: "/metrics", Name: "measure", Access: Monitor, Status: http.StatusOK, Text: "text/plain", do: (*call).measure, About: "What Prometheus collects. Programs on this machine need no token if no --public-url is set."},
		{Method: http.MethodGet, Path: "/readyz", Name: "isReady", Access: Anyone, Probe: true, Status: http.StatusOK, Gives: anyObject, do: (*call).isReady, About: "200 while the server leads or stands by, and can write."},
	}...)
}

// hookRoutes are those of webhooks: one for each method that a webhook can have.
func hookRoutes() (routes []Route) {
	for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		r := Route{
			Method: method, Path: "/hooks/{hook}", Name: "callHook", Access: Hook, Status: http.StatusAccepted, Gives: occasionShape, do: (*call).hook,
			About: "Starts the flow that has the webhook with this method. With `respond: wait` the answer is 200 and the report of the run, if it ends in time. " +
				"A flow with a `respond` step answers by itself; the answer is 503 if it does not in time.",
			Headers: []Param{idempotency, {"webhook-id", "of a signed request"}, {"webhook-timestamp", "of a signed request"}, {"webhook-signature", "of a signed request, as of Standard Webhooks"}},
		}
		if method != http.MethodPost {
			r.Name += "By" + method[:1] + strings.ToLower(method[1:])
		}
		if method != http.MethodGet && method != http.MethodDelete {
			r.Takes = anyObject
		}
		routes = append(routes, r)
	}
	return routes
}

var idempotency = Param{"Idempotency-Key", "requests of a token with the same key start one run; another body with it is 422"}
