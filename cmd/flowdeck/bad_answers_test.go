package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// A badAnswer replaces the answer to one page of a list by a bad one.
type badAnswer struct {
	name string
	// send sends the bad answer.
	send func(w http.ResponseWriter, org answered)
	// message is a part of the error of a run that always gets the bad answer; "" if the run succeeds.
	message string
	// final means that one bad answer makes the run fail, because it does not help to repeat the request.
	final bool
}

// answered is the org's answer, and the cursors of the pages so far.
type answered struct {
	header  http.Header
	body    []byte
	cursors []string
}

// pass sends the org's headers after a change, and a body.
func (a answered) pass(w http.ResponseWriter, change func(http.Header), body []byte) {
	maps.Copy(w.Header(), a.header)
	w.Header().Del("Content-Length")
	change(w.Header())
	_, _ = w.Write(body)
}

// next returns a change of the headers: another link to the next page.
func (a answered) next(link string) func(http.Header) {
	return func(h http.Header) { h["Link"] = []string{link} }
}

const guestNetwork = "<!DOCTYPE html><html><body>Sign in to the guest network</body></html>"

func text(status int, kind, body string) func(http.ResponseWriter, answered) {
	return func(w http.ResponseWriter, _ answered) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// linked sends the org's records with a next link. The link is made from the cursor of the current page.
func linked(link func(again string) string) func(http.ResponseWriter, answered) {
	return func(w http.ResponseWriter, a answered) {
		a.pass(w, a.next(link(a.cursors[len(a.cursors)-1])), a.body)
	}
}

func unchanged(http.Header) {}

var badAnswers = []badAnswer{
	{name: "a page that is not JSON", send: text(200, "application/json", "Internal error"), message: "unexpected response from Okta (application/json)"},
	{name: "a page for people", send: text(200, "text/html", guestNetwork), message: "unexpected response from Okta (text/html)"},
	{name: "a page for people that says 404", send: text(404, "text/html", guestNetwork), message: "not Okta's: 404 Not Found, text/html"},
	{name: "nothing, and 200", send: text(200, "application/json", ""), message: "unexpected response from Okta"},
	{name: "nothing, and 204", send: text(204, "", ""), message: "unexpected response from Okta"},
	{name: "an object in place of a list", send: text(200, "application/json", `{"value":[]}`), message: "not a list"},
	{name: "null in place of a list", send: text(200, "application/json", "null"), message: "not a list"},
	{name: "a 500", send: text(500, "application/json", `{"errorCode":"E0000009","errorSummary":"Internal Server Error"}`), message: "Internal Server Error"},
	{name: "a gateway's 502", send: text(502, "text/html", "<html>"), message: "502 Bad Gateway"},
	{name: "a redirect", send: func(w http.ResponseWriter, _ answered) {
		w.Header().Set("Location", "https://login.example/")
		w.WriteHeader(http.StatusFound)
	}, message: "302 Found", final: true},
	{name: "JSON that breaks off, and 200", send: func(w http.ResponseWriter, a answered) {
		a.pass(w, unchanged, a.body[:len(a.body)/2])
	}, message: "it ends too early"},
	{name: "one page twice in a body", send: func(w http.ResponseWriter, a answered) {
		a.pass(w, unchanged, slices.Concat(a.body, a.body))
	}, message: "unexpected '[' at character "},
	{name: "a Content-Length longer than the body", send: func(w http.ResponseWriter, a answered) {
		a.pass(w, func(h http.Header) { h.Set("Content-Length", fmt.Sprint(len(a.body)+1)) }, a.body)
	}, message: "was cut off"},
	{name: "a reset in the middle of a body", send: func(w http.ResponseWriter, a answered) {
		a.pass(w, unchanged, a.body[:len(a.body)/2])
		_ = http.NewResponseController(w).Flush()
		reset(w)
	}, message: "was cut off"},
	{name: "a reset in place of an answer", send: func(w http.ResponseWriter, _ answered) { reset(w) }, message: "connection reset"},
	{name: "a link to another host", send: linked(func(string) string { return `<https://evil.example/api/v1/x?after=y>; rel="next"` }),
		message: "points to another host", final: true},
	{name: "a next link without a cursor", send: linked(func(string) string { return `</api/v1/x?limit=10>; rel="next"` }), message: "has no cursor", final: true},
	{name: "a link that breaks off", send: linked(func(again string) string { return `</api/v1/x?after=` + again }), message: "Link header", final: true},
	{name: "a link without a semicolon", send: linked(func(again string) string { return `</api/v1/x?after=` + again + `> rel="next"` }), message: "Link header", final: true},
	{name: "the same cursor again", send: linked(func(again string) string { return `</api/v1/x?after=` + again + `>; rel="next"` }),
		message: "would never end", final: true},
	{name: "a circle", send: func(w http.ResponseWriter, a answered) {
		a.pass(w, a.next(`</api/v1/x?after=`+a.cursors[2]+`>; rel="next"`), a.body)
	}, message: "would never end", final: true},
	{name: "an empty page before the page", send: func(w http.ResponseWriter, a answered) {
		a.pass(w, a.next(`</api/v1/x?after=`+a.cursors[len(a.cursors)-1]+emptied+`>; rel="next"`), []byte("[]"))
	}},
}

// reset resets the connection, as a crash of the server does.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

// emptied is a suffix that the proxy adds to a cursor. It removes the suffix before it asks the org.
const emptied = "-emptied"

// proxy forwards requests to an org, and breaks the seventh page of a list a number of times.
type proxy struct {
	org  http.Handler
	list string
	bad  badAnswer

	mu      sync.Mutex
	times   int
	cursors []string // of the pages, in the order of their first requests
	broken  int
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != p.list {
		p.org.ServeHTTP(w, r)
		return
	}
	query := r.URL.Query()
	cursor := query.Get("after")
	if plain, ok := strings.CutSuffix(cursor, emptied); ok {
		query.Set("after", plain)
		r.URL.RawQuery = query.Encode()
	}
	whole := httptest.NewRecorder()
	p.org.ServeHTTP(whole, r)
	a := answered{header: whole.Header(), body: whole.Body.Bytes()}
	if p.strikes(cursor) {
		a.cursors = p.asked()
		p.bad.send(w, a)
		return
	}
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(whole.Code)
	_, _ = w.Write(a.body)
}

func (p *proxy) strikes(cursor string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Contains(p.cursors, cursor) {
		p.cursors = append(p.cursors, cursor)
	}
	if slices.Index(p.cursors, cursor) != 6 || p.broken == p.times {
		return false
	}
	p.broken++
	return true
}

// asked returns the cursors so far.
func (p *proxy) asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.cursors)
}

// struck returns how often the page was broken.
func (p *proxy) struck() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.broken
}

// lists has the ways in which a flow reads a list of several pages: the step, and the result of the flow. The records
// of a stream are in its results file.
var lists = map[string]struct{ step, returns string }{
	"a stream": {`{id: all, stream: okta.group.member.list, with: {group_id: 00g1, limit: 10},
      collect: record.id, do: [set: {seen: true}]}`, "[]"},
	"a stream's snapshot": {`{id: all, stream: okta.group.member.list, with: {group_id: 00g1, limit: 10}, snapshot: true,
      collect: record.id, do: [set: {seen: true}]}`, "[]"},
	"a raw list": {`{id: all, stream: okta.request.list, with: {path: /groups/00g1/users, query: {limit: 10}},
      collect: record.id, do: [set: {seen: true}]}`, "[]"},
	"a whole list": {`{id: all, card: okta.group.member.list, with: {group_id: 00g1, limit: 10}, result: all}`, "${ map(steps.all, .id) }"},
}

const (
	attempts = 3
	always   = 1 << 30
	members  = 95 // ten pages
)

// A run that gets a bad answer must either see every record once, or fail with the reason. A list that ended early
// must never look complete.
func TestBadAnswersNeverMakeAListLookComplete(t *testing.T) {
	t.Parallel()
	for kind, list := range lists {
		for _, bad := range badAnswers {
			for _, times := range []int{1, always} {
				t.Run(fmt.Sprintf("%s/%s/%d times", kind, bad.name, times), func(t *testing.T) {
					t.Parallel()
					code, printed, seen, broken := runBehind(t, list.step, list.returns, bad, times)
					if broken == 0 {
						t.Fatal("nothing went wrong: this proves nothing")
					}
					if fails := bad.final || bad.message != "" && times == always; !fails {
						if want := everyMember(); code != exitOK || !slices.Equal(seen, want) {
							t.Errorf("exit %d: %v\n%s", code, cmp.Diff(want, seen), printed)
						}
					} else if code != exitFailed || !strings.Contains(printed, bad.message) {
						t.Errorf("exit %d, want %d and %q:\n%s", code, exitFailed, bad.message, printed)
					}
					if duplicates := len(seen) - len(slices.Compact(slices.Clone(seen))); duplicates > 0 {
						t.Errorf("%d records were seen twice", duplicates)
					}
				})
			}
		}
	}
}

func everyMember() []string {
	ids := make([]string, members)
	for i := range ids {
		ids[i] = fmt.Sprintf("00u%03d", i)
	}
	return ids
}

// runBehind runs a flow, whose step reads a list through a proxy. It returns the exit code, the output, and the
// sorted ids of the records that the flow saw.
func runBehind(t *testing.T, step, returns string, bad badAnswer, times int) (code int, printed string, seen []string, broken int) {
	t.Helper()
	seed := &strings.Builder{}
	fmt.Fprintln(seed, "users:")
	logins := make([]string, members)
	for i, id := range everyMember() {
		logins[i] = id + "@acme.example"
		fmt.Fprintf(seed, "  - {id: %s, login: %s, firstName: A, lastName: B}\n", id, logins[i])
	}
	fmt.Fprintf(seed, "groups: [{id: 00g1, name: Contractors, members: [%s]}]\n", strings.Join(logins, ", "))
	parsed, err := oktasim.Load([]byte(seed.String()))
	if err != nil {
		t.Fatal(err)
	}
	org, err := oktasim.New(parsed, oktasim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{org: org, list: "/api/v1/groups/00g1/users", bad: bad, times: times}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)

	dir := t.TempDir()
	for name, text := range map[string]string{
		"flowdeck.yaml": fmt.Sprintf("connections:\n  okta: {type: okta, domain: %q, auth: {api_token: {env: TOKEN}}}\n", server.URL),
		"read.yaml":     fmt.Sprintf("flow: read\nretry: {attempts: %d, delay: 1ms}\nsteps:\n  - %s\n  - return: %s\n", attempts, step, returns),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // otherwise a list whose cursors form a circle would never end
	defer cancel()
	var out, errs bytes.Buffer
	code = run(ctx, env{
		veil: veil.New(),
		args: []string{"run", "-C", dir, "read", "--json"}, in: strings.NewReader(""), out: &out, err: &errs,
		lookup: tokenIs("demo-token"),
	})
	if code != exitOK && code != exitFailed {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	return code, out.String() + errs.String(), seenBy(t, out.Bytes()), p.struck()
}

// seenBy returns the sorted ids of the records in a report, or in the results file that it names.
func seenBy(t *testing.T, report []byte) []string {
	t.Helper()
	var r struct {
		Result  []string
		Streams map[string]struct{ Results string }
	}
	if err := json.Unmarshal(report, &r); err != nil {
		t.Fatalf("%v: %s", err, report)
	}
	seen := r.Result
	if file := r.Streams["all"].Results; file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for d := json.NewDecoder(bytes.NewReader(text)); d.More(); {
			var row struct{ Value string }
			if err := d.Decode(&row); err != nil {
				t.Fatal(err)
			}
			seen = append(seen, row.Value)
		}
	}
	slices.Sort(seen)
	return seen
}
