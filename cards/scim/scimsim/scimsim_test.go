package scimsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards/simhost"
)

// place is a simulated server of a test, whose time is moved by hand.
type place struct {
	t   testing.TB
	now time.Time
	*Server
}

func start(t testing.TB, seed string, keep func(*http.Request, any, func() (time.Time, bool)) error) *place {
	t.Helper()
	loaded, err := Load([]byte(seed))
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, now: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
	if p.Server, err = New(loaded, Options{Clock: func() time.Time { return p.now }, Keep: keep}); err != nil {
		t.Fatal(err)
	}
	return p
}

// do sends a request, and returns the status and the body.
func (p *place) do(method, path, body string, headers ...string) (int, map[string]any, http.Header) {
	p.t.Helper()
	r := httptest.NewRequest(method, DefaultBase+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+DefaultToken)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	var object map[string]any
	_ = json.Unmarshal(w.Body.Bytes(), &object) // 204 has none
	return w.Code, object, w.Header()
}

const three = `
users: [{id: u1, userName: ada, emails: [{value: a@x, type: work}, {value: b@x, type: home}]}, {id: u2, userName: Bo, externalId: "7"}]
groups: [{id: g1, displayName: Staff, members: [ada]}]
`

// Source: RFC 7644, section 3.12, for the form; the statuses are those of the sections on each request.
func TestARefusalHasTheStatusAndTypeOfTheStandard(t *testing.T) {
	t.Parallel()
	p := start(t, three, nil)
	patch := func(operations string) string {
		return `{"schemas": ["` + patchMessage + `"], "Operations": ` + operations + `}`
	}
	for _, row := range []struct {
		method, path, body string
		status             int
		scimType           string
	}{
		{"POST", "/Users", `{"userName": "ADA"}`, 409, "uniqueness"},
		{"POST", "/Users", `{"displayName": "x"}`, 400, "invalidValue"},
		{"POST", "/Users", `{"userName": "x", "active": "yes"}`, 400, "invalidValue"},
		{"POST", "/Users", `[]`, 400, "invalidSyntax"},
		{"PUT", "/Users/u1", `{"userName": "bo"}`, 409, "uniqueness"},
		{"GET", "/Users/u9", ``, 404, ""},
		{"DELETE", "/Users/u9", ``, 404, ""},
		{"GET", "/Nothing", ``, 404, ""},
		{"PUT", "/Users", `{}`, 405, ""},
		{"GET", "/Users?filter=userName", ``, 400, "invalidFilter"},
		{"GET", "/Users?startIndex=x", ``, 400, "invalidValue"},
		{"PATCH", "/Users/u1", `{"Operations": []}`, 400, "invalidSyntax"},
		{"PATCH", "/Users/u1", patch(`[{"op": "move"}]`), 400, "invalidSyntax"},
		{"PATCH", "/Users/u1", patch(`[{"op": "remove"}]`), 400, "noTarget"},
		{"PATCH", "/Users/u1", patch(`[{"op": "replace", "path": "emails[type eq \"other\"].value", "value": "x"}]`), 400, "noTarget"},
		{"PATCH", "/Users/u1", patch(`[{"op": "replace", "path": "emails[", "value": "x"}]`), 400, "invalidPath"},
		{"PATCH", "/Users/u1", patch(`[{"op": "replace", "path": "id", "value": "x"}]`), 400, "mutability"},
		{"PATCH", "/Users/u1", patch(`[{"op": "add", "path": "title", "value": "x"}, {"op": "replace", "path": "userName", "value": "BO"}]`), 409, "uniqueness"},
		{"PATCH", "/Groups/g1", patch(`[{"op": "add", "path": "members", "value": [{"value": "u9"}]}]`), 400, "invalidValue"},
	} {
		before := string(p.dump(false))
		status, body, _ := p.do(row.method, row.path, row.body)
		scimType, _ := body["scimType"].(string)
		if status != row.status || scimType != row.scimType || body["status"] != fmt.Sprint(row.status) {
			t.Errorf("%s %s %s: %d %v", row.method, row.path, row.body, status, body)
		}
		if string(p.dump(false)) != before {
			t.Errorf("%s %s %s changed something", row.method, row.path, row.body)
		}
	}
	if status, _, h := p.do("GET", "/Users", "", "Authorization", "Bearer other"); status != 401 || h.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("another token: %d", status)
	}
}

// Source: RFC 7644, section 3.5.2
func TestAPatchChangesWhatItsPathSelects(t *testing.T) {
	t.Parallel()
	for operations, want := range map[string]string{
		`[{"op": "add", "path": "title", "value": "Boss"}]`:                                                   `title=Boss`,
		`[{"op": "Replace", "value": {"title": "Boss", "name": {"givenName": "A"}}}]`:                         `name=map[givenName:A] title=Boss`,
		`[{"op": "remove", "path": "emails"}]`:                                                                `emails=<nil>`,
		`[{"op": "remove", "path": "emails[type eq \"home\"]"}]`:                                              `emails=[map[type:work value:a@x]]`,
		`[{"op": "replace", "path": "emails[type eq \"home\"].value", "value": "c@x"}]`:                       `emails=[map[type:work value:a@x] map[type:home value:c@x]]`,
		`[{"op": "add", "path": "emails", "value": [{"value": "a@x"}, {"value": "d@x"}]}]`:                    `emails=[map[type:work value:a@x] map[type:home value:b@x] map[value:d@x]]`,
		`[{"op": "add", "path": "` + enterpriseSchema + `:manager.value", "value": "u2"}]`:                    enterpriseSchema + `=map[manager:map[value:u2]]`,
		`[{"op": "add", "path": "name.givenName", "value": "A"}, {"op": "remove", "path": "name.givenName"}]`: `name=<nil>`,
	} {
		p := start(t, three, nil)
		status, body, _ := p.do("PATCH", "/Users/u1", `{"schemas": ["`+patchMessage+`"], "Operations": `+operations+`}`)
		var got []string
		for _, name := range []string{"emails", "name", "title", enterpriseSchema} {
			if strings.Contains(want, name+"=") {
				got = append(got, fmt.Sprintf("%s=%v", name, body[name]))
			}
		}
		if status != 200 || strings.Join(got, " ") != want {
			t.Errorf("%s: %d %v", operations, status, got)
		}
	}
}

// Source: RFC 7644, section 3.14
func TestAVersionChangesWithEachWriteAndIsACondition(t *testing.T) {
	t.Parallel()
	p := start(t, three, nil)
	_, body, h := p.do("GET", "/Users/u1", "")
	first := h.Get("ETag")
	if meta := body["meta"].(map[string]any); first == "" || meta["version"] != first {
		t.Fatalf("the version is %q and %v", first, meta)
	}
	if status, _, h := p.do("PUT", "/Users/u1", `{"userName": "ada"}`, "If-Match", first); status != 200 || h.Get("ETag") == first {
		t.Errorf("got %d, version %s", status, h.Get("ETag"))
	}
	if status, _, _ := p.do("DELETE", "/Users/u1", "", "If-Match", first); status != 412 {
		t.Errorf("an old version is deleted: %d", status)
	}
}

func TestEachQuirkIsADifferenceFromTheStandard(t *testing.T) {
	t.Parallel()
	patch := `{"schemas": ["` + patchMessage + `"], "Operations": [{"op": "add", "path": "title", "value": "x"}]}`
	for quirk, row := range map[string]struct {
		method, path, body string
		with, without      string // the status, and a part of the body
	}{
		"no_config: true":        {"GET", "/ServiceProviderConfig", "", "404 ", "200 patch"},
		"no_patch: true":         {"PATCH", "/Users/u1", patch, "501 ", "200 title"},
		"no_filter: refuse":      {"GET", `/Users?filter=id+eq+"u1"`, "", "400 invalidFilter", "200 totalResults:1"},
		"no_filter: ignore":      {"GET", `/Users?filter=id+eq+"u1"`, "", "200 totalResults:2", "200 totalResults:1"},
		"simple_filter: true":    {"GET", `/Users?filter=id+eq+"u1"+or+id+pr`, "", "400 invalidFilter", "200 totalResults:2"},
		"no_escapes: true":       {"GET", `/Users?filter=userName+eq+"ad\u0061"`, "", "200 totalResults:0", "200 totalResults:1"},
		"no_etag: true":          {"DELETE", "/Users/u1", "", "204 ", "412 "},
		"no_sort: true":          {"GET", "/Users?sortBy=externalId&sortOrder=descending&count=1", "", "200 userName:ada", "200 userName:Bo"},
		"no_totals: true":        {"GET", "/Users", "", "200 startIndex", "200 totalResults:2"},
		"no_scim_type: true":     {"POST", "/Users", `{"userName": "ada"}`, "409 detail", "409 uniqueness"},
		"patch_no_content: true": {"PATCH", "/Users/u1", patch, "204 ", "200 title"},
		"lower_case_names: true": {"POST", "/Users", `{"userName": "Cleo"}`, "201 userName:cleo", "201 userName:Cleo"},
		"no_external_id: true":   {"POST", "/Groups", `{"displayName": "x", "externalId": "00g1"}`, "201 displayName:x", "201 displayName:x externalId:00g1"},
		"exact_case: true":       {"POST", "/Users", `{"userName": "ADA"}`, "201 userName:ADA", "409 uniqueness"},
		"unique_groups: true":    {"POST", "/Groups", `{"displayName": "STAFF"}`, "409 uniqueness", "201 displayName:STAFF"},
		"page_size: 1":           {"GET", "/Users?count=9", "", "200 itemsPerPage:1", "200 itemsPerPage:2"},
	} {
		for seed, want := range map[string]string{three: row.without, three + "quirks: {" + quirk + "}": row.with} {
			p := start(t, seed, nil)
			status, body, _ := p.do(row.method, row.path, row.body, "If-Match", map[bool]string{true: `W/"9"`, false: "*"}[row.method == "DELETE"])
			if got := fmt.Sprintf("%d %v", status, body); !strings.HasPrefix(got, want[:4]) || !strings.Contains(got, want[4:]) {
				t.Errorf("%s: %s, want %s", quirk, got, want)
			}
		}
	}
	p := start(t, three+"quirks: {narrow_patch: true}", nil)
	p.do("PATCH", "/Users/u1?excludedAttributes=title", patch)
	if _, body, _ := p.do("GET", "/Users/u1", ""); body["title"] != nil || body["userName"] != "ada" {
		t.Errorf("narrow_patch: %v", body)
	}
	p = start(t, three+"quirks: {no_totals: true}", nil)
	if _, body, _ := p.do("GET", "/Users", ""); body["totalResults"] != nil {
		t.Errorf("no_totals: %v", body["totalResults"])
	}
}

func TestANewUserIsVisibleLater(t *testing.T) {
	t.Parallel()
	p := start(t, "quirks: {visible_after: 30s}", nil)
	_, made, _ := p.do("POST", "/Users", `{"userName": "ada"}`)
	if status, _, _ := p.do("GET", "/Users/"+made["id"].(string), ""); status != 200 {
		t.Errorf("by id: %d", status)
	}
	for _, total := range []float64{0, 1} {
		if _, body, _ := p.do("GET", `/Users?filter=userName+eq+"ada"`, ""); body["totalResults"] != total {
			t.Errorf("%v users are visible, want %v", body["totalResults"], total)
		}
		p.now = p.now.Add(30 * time.Second)
	}
}

func TestTheLimitIsForAMinute(t *testing.T) {
	t.Parallel()
	p := start(t, "limit: 2", nil)
	p.now = p.now.Add(45 * time.Second)
	for _, want := range []int{200, 200, 429} {
		status, _, h := p.do("GET", "/Users", "")
		if status != want || status == 429 && h.Get("Retry-After") != "16" {
			t.Errorf("got %d, Retry-After %s, want %d", status, h.Get("Retry-After"), want)
		}
	}
	p.now = p.now.Add(16 * time.Second)
	if status, _, _ := p.do("GET", "/Users", ""); status != 200 {
		t.Errorf("in the next minute: %d", status)
	}
}

func TestFaultsStrikeTheRequestsThatTheyMatch(t *testing.T) {
	t.Parallel()
	p := start(t, three+"faults: [{match: GET /Users/*, nth: 2, status: 503}, {match: POST /Users, every: 2, status: 500}]", nil)
	for _, row := range []struct {
		method, path string
		status       int
	}{{"GET", "/Users/u1", 200}, {"GET", "/Users/u2", 503}, {"GET", "/Users/u1", 200}, {"GET", "/Users", 200}, {"POST", "/Users", 400}, {"POST", "/Users", 500}} {
		if status, _, _ := p.do(row.method, row.path, "{}"); status != row.status {
			t.Errorf("%s %s: %d, want %d", row.method, row.path, status, row.status)
		}
	}
}

func TestASeedWithAMistakeIsRefused(t *testing.T) {
	t.Parallel()
	for seed, want := range map[string]string{
		"people: []":                                          `1:1: unknown key "people" in the seed`,
		"users: [{displayName: x}]":                           "user 1: userName is required",
		"users: [{userName: a}, {userName: A}]":               "user 2: userName is already taken",
		"users: [{id: x, userName: a}, {id: x, userName: b}]": `id "x" is there twice`,
		"groups: [{displayName: x, members: [nobody]}]":       `group 1: member "nobody" does not exist`,
		"base: scim":                              "is not a path",
		"quirks: {no_filter: maybe}":              "not refuse or ignore",
		"faults: [{match: /Users, nth: 1}]":       "is not METHOD /PATH",
		"faults: [{match: GET /Users}]":           "needs one of nth and every",
		"- a":                                     "1:1: the seed must be a mapping",
		"limit: many\ngenerate: {usrs: 1}":        "1:8: limit must be an integer\n2:12: unknown key \"usrs\" in generate",
		"users:\n- {}\n- {userName: a}\n- {x: 1}": "2:3: user 1: userName is required\n4:3: user 3: userName is required",
		"token: [s3cret]":                         "1:8: token must be a string",
		"users: [{id: a, id: b}]":                 "1:1: mapping key \"id\" already defined",
		"users: [":                                "1:1: did not find",
		"quirks: {visible_after: soon}":           "1:25: quirks.visible_after must be a duration such as 30s",
	} {
		if _, err := Load([]byte(seed)); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: got %v, want %s", seed, err, want)
		}
	}
}

// The state outlives the process: what is stored is replayed, and the dump is a seed of the same state.
func TestStoredChangesAreReplayed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	seed, err := Load([]byte(three))
	if err != nil {
		t.Fatal(err)
	}
	simulator := simhost.Simulator{
		Format: Format, Digest: seed.Digest(), Headers: KeptHeaders(), Secrets: [][]string{{"password"}},
		URI: func(u *url.URL) string { return u.RequestURI() },
		New: func(began time.Time, keep simhost.Keep) (simhost.Server, error) {
			return New(seed, Options{Began: began, Keep: keep})
		},
	}
	var dumps []string
	for range 2 {
		a, err := simhost.Open(simulator, dir)
		if err != nil {
			t.Fatal(err)
		}
		client := http.Client{Transport: &http.Transport{DialContext: a.Dial, DisableKeepAlives: true}}
		if len(dumps) == 0 {
			for _, row := range [][3]string{
				{"POST", "/Users", `{"userName": "cleo", "password": "first-passw0rd"}`}, {"DELETE", "/Users/u1", ""}, {"PATCH", "/Users/u2", `{"schemas": ["` + patchMessage + `"], "Operations": [{"op": "add", "path": "title", "value": "x"}]}`},
			} {
				r, err := http.NewRequest(row[0], "http://localhost"+DefaultBase+row[1], strings.NewReader(row[2]))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Authorization", "Bearer "+DefaultToken)
				w, err := client.Do(r)
				if err != nil || w.StatusCode > 299 {
					t.Fatalf("%v: %v %v", row, w, err)
				}
				w.Body.Close()
			}
		}
		var dump strings.Builder
		if err := a.Dump(t.Context(), &dump); err != nil {
			t.Fatal(err)
		}
		dumps = append(dumps, dump.String())
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if dumps[0] != dumps[1] || !strings.Contains(dumps[0], "cleo") || strings.Contains(dumps[0], "ada") {
		t.Errorf("before:\n%s\nafter:\n%s", dumps[0], dumps[1])
	}
	journal, err := os.ReadFile(filepath.Join(dir, "journal.jsonl"))
	if err != nil || strings.Contains(string(journal), "first-passw0rd") {
		t.Errorf("the password is stored: %v", err)
	}
	if again := start(t, dumps[0], nil); string(again.dump(false)) != dumps[0] {
		t.Errorf("the dump as a seed has the dump\n%s", again.dump(false))
	}
}
