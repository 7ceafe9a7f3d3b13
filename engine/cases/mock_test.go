package cases_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/cases"
)

// with returns the files of a workspace with others.
func with(files map[string]string, more ...string) map[string]string {
	all := maps.Clone(files)
	for i := 0; i < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	return all
}

// report has a flow that reads from one service and writes to another, which have no simulator.
var report = map[string]string{
	"flowdeck.yaml": "connections:\n  http: {type: http, base_url: \"https://people.example\", auth: {bearer: {env: NOT_SET}}}\n",
	"flow.yaml": `flow: report
inputs: {names: {type: array, items: {type: string}}}
steps:
  - id: each
    each: inputs.names
    as: name
    key: name
    concurrency: 8
    allow: {percent: 100}
    do:
      - id: read
        card: http.get
        with: {path: "/people/${ name }"}
        retry: {attempts: 3}
      - card: http.post
        with: {path: /report, body: {name: "${ name }", age: "${ steps.read.body.age }"}}
  - return: {sent: "${ steps.each.ok }", failed: "${ steps.each.failed }"}
`,
}

// failures returns the failures of the only result in words.
func failures(t *testing.T, results []*cases.Result) (all []string) {
	t.Helper()
	if len(results) != 1 || results[0].Err != nil {
		t.Fatalf("%d results: %v", len(results), results[0].Err)
	}
	for _, f := range results[0].Failures {
		switch {
		case f.Want != "":
			all = append(all, f.What+": expected "+f.Want+", got "+f.Got)
		case f.Got != "":
			all = append(all, f.What+": "+f.Got)
		default:
			all = append(all, f.What)
		}
	}
	return all
}

func TestMocksAnswerByInputsAndInTurnsForEachInput(t *testing.T) {
	t.Parallel()
	for range 3 { // whatever order the records have
		got := failures(t, run(t, with(report, "tests/t.yaml", `- test: reads and writes
  flow: report
  inputs: {names: [ada, bob, eve]}
  mocks:
    http.get:
      - when: input.path endsWith "/eve"
        error: {kind: not_found, message: nobody, status: 404}
      - answers:
          - error: {kind: unavailable, status: 503}
          - answer: {status: 200, body: {age: 36}}
    http.post:
      - when: input.body.age == 36
        answer: {status: 201}
  expect:
    status: succeeded_with_errors
    result: {sent: 2, failed: 1}
    calls: {http.post: 2}
`)))
		if len(got) > 0 {
			t.Error(got)
		}
	}
}

func TestACallThatNothingAnswersFailsTheCase(t *testing.T) {
	t.Parallel()
	got := failures(t, run(t, with(report, "tests/t.yaml", `- test: writes what nothing answers
  flow: report
  inputs: {names: [ada]}
  mocks: {http.get: [{answer: {status: 200, body: {age: 36}}}]}
  expect: {status: succeeded_with_errors}
`)))
	want := []string{`http.post was called with {"body":{"age":36,"name":"ada"},"path":"/report"}, and nothing answers it: add an answer to ` + "`mocks`"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("(-want +got)\n" + diff)
	}
}

// The workspace has connections and event hooks that lead to a real server, which must not get any request.
func TestNoRequestLeavesTheProcess(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
	defer server.Close()
	results := run(t, map[string]string{
		"flowdeck.yaml": `connections:
  okta: {type: okta, domain: "` + server.URL + `", auth: {api_token: {env: HOME}}}
  http: {type: http, base_url: "` + server.URL + `", private_network: true}
  scim: {type: scim, base_url: "` + server.URL + `", private_network: true, auth: {bearer: {env: HOME}}}
`,
		"flow.yaml": `flow: all
steps:
  - card: okta.user.suspend
    with: {user_id: bob@acme.example}
  - card: scim.user.create
    with: {user_name: bob}
  - card: http.get
    with: {path: /}
    on_error: continue
`,
		"tests/t.yaml": `- test: reaches nobody
  flow: all
  org:
    users: [{login: bob@acme.example}]
    event_hooks:
      - {name: hook, events: {type: EVENT_TYPE, items: [user.lifecycle.suspend]}, verificationStatus: VERIFIED, channel: {type: HTTP, version: 1.0.0, config: {uri: "` + server.URL + `/hook"}}}
  expect: {status: succeeded_with_errors, calls: {okta.user.suspend: 1, scim.user.create: 1}}
`,
	})
	got := failures(t, results)
	if len(got) != 1 || !strings.HasPrefix(got[0], "http.get was called with") {
		t.Error(got)
	}
	if n := requests.Load(); n > 0 {
		t.Errorf("%d requests left the process", n)
	}
}

func TestCasesShareNothing(t *testing.T) {
	t.Parallel()
	one := `  flow: suspend-idle
  inputs: {group: Contractors}
  org:
    users: [{login: bob@acme.example, lastLogin: 2025-01-01T00:00:00Z}]
    groups: [{name: Contractors, members: [bob@acme.example]}]
  expect: {result: {suspended: 1}}
`
	var all strings.Builder
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		all.WriteString("- test: " + name + "\n" + one)
	}
	results := run(t, with(idle, "tests/idle.yaml", all.String()))
	if len(results) != 6 || slices.ContainsFunc(results, func(r *cases.Result) bool { return !r.Passed() }) {
		t.Errorf("got %+v", results)
	}
}

// sends has flows that send what they are given.
var sends = map[string]string{
	"flowdeck.yaml": `connections:
  http: {type: http, base_url: "https://people.example"}
  mail: {type: mail, host: smtp.acme.example, from: it@acme.example}
`,
	"flow.yaml": `flow: mails
inputs: {to: {type: string, default: ada@acme.example}, s: {type: string, default: hello}, a: {type: array, items: {type: string}, default: []}}
steps: [{card: mail.send, with: {to: ["${ inputs.to }"], subject: "${ inputs.s }", text: x, attachments: "${ inputs.a }"}}]
---
flow: uploads
inputs: {f: string}
steps: [{card: http.post, with: {path: /x, file: "${ inputs.f }"}}]
---
flow: downloads
inputs: {f: string}
steps: [{card: http.download, with: {path: /x, save: "${ inputs.f }"}}]
`,
}

func TestAMockAnswersNoCallThatTheCardRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{ // a part of the first failure; empty: it passes
		"mails\n  inputs: {to: not an address}":                "to[0] is not a mail address",
		"mails\n  inputs: {to: \"a@x.example, b@y.example\"}":  "to[0] is not one mail address",
		"mails\n  inputs: {s: \"line\\r\\nBcc: e@x.example\"}": "the subject has a line break",
		"mails\n  inputs: {a: [nope.csv]}":                     `there is no file "nope.csv"`,
		"mails\n  inputs: {a: [a.csv]}\n  files: {a.csv: x}":   "",
		"uploads\n  inputs: {f: nope.bin}":                     `there is no file "nope.bin"`,
		"uploads\n  inputs: {f: a.bin}\n  files: {a.bin: x}":   "",
		"downloads\n  inputs: {f: ../../x}":                    "save: ",
		"downloads\n  inputs: {f: flowdeck.yaml}":              "save: ",
		"downloads\n  inputs: {f: reports/x.pdf}":              "",
	} {
		card := map[byte]string{'m': "mail.send", 'u': "http.post", 'd': "http.download"}[text[0]]
		answer := map[byte]string{'m': "{}", 'u': "{status: 200}", 'd': "{status: 200}"}[text[0]]
		got := failures(t, run(t, with(sends, "tests/t.yaml", "- test: t\n  flow: "+text+"\n  mocks: {"+card+": [{answer: "+answer+"}]}\n")))
		if want == "" && len(got) > 0 || want != "" && (len(got) != 2 || !strings.Contains(got[1], want)) {
			t.Errorf("%s: %q", text, got)
		}
	}
}
