package oktasim

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

const importSeed = `
now: 2026-03-01T12:00:00Z
apps:
  - {id: 0oasrc, label: HR, signOnMode: SAML_2_0}
  - {id: 0oaoth, label: Other, signOnMode: SAML_2_0}
`

const importPath = "/api/v1/identity-sources/0oasrc/sessions"

// bulk is the body of an upload of n users.
func bulk(n int) string {
	profiles := make([]string, n)
	for i := range profiles {
		profiles[i] = fmt.Sprintf(`{"externalId":"e%d","profile":{"userName":"u%d@acme.example"}}`, i, i)
	}
	return `{"entityType":"USERS","profiles":[` + strings.Join(profiles, ",") + `]}`
}

// Okta, "Build an Anything-as-a-Source custom client integration": the states of a session.
func TestAnImportSessionImportsWhatWasUploaded(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, importSeed, Options{})
	session := c.send("POST", importPath, "").object()
	if session["status"] != "CREATED" || session["importType"] != "INCREMENTAL" || session["identitySourceId"] != "0oasrc" {
		t.Errorf("got %v", session)
	}
	path := importPath + "/" + session["id"].(string)
	c.send("POST", path+"/start-import", "").refused(400, "E0000001") // without data
	if got := c.send("POST", path+"/bulk-upsert", bulk(0)); got.status != http.StatusAccepted || c.get(path).object()["status"] != "CREATED" {
		t.Errorf("an empty upload: got %d", got.status)
	}
	if got := c.send("POST", path+"/bulk-upsert", bulk(3)); got.status != http.StatusAccepted || got.body != "" {
		t.Errorf("got %d %s", got.status, got.body)
	}
	c.send("POST", path+"/bulk-delete", `{"entityType":"USERS","profiles":[{"externalId":"e1"},{"externalId":"none"}]}`)
	if got := c.get(path).object()["status"]; got != "IN_PROGRESS" {
		t.Errorf("got %v", got)
	}
	if got := c.send("POST", path+"/start-import", "").object()["status"]; got != "TRIGGERED" {
		t.Errorf("got %v", got)
	}
	if got := c.get(importPath).column("status"); len(got) != 1 || got[0] != "COMPLETED" {
		t.Errorf("got %v", got)
	}
	dump := c.get("/-/dump").body
	if !strings.Contains(dump, `"externalId":"e0"`) || strings.Contains(dump, `"externalId":"e1"`) || !strings.Contains(dump, `"externalId":"e2"`) {
		t.Errorf("got\n%s", dump)
	}
	for _, call := range []string{"POST /bulk-upsert", "POST /start-import", "DELETE "} {
		method, end, _ := strings.Cut(call, " ")
		c.send(method, path+end, bulk(1)).refused(400, "E0000001")
	}
}

// The guide: one session at a time, and none within five minutes of the start of an import.
func TestAnIdentitySourceHasOneImportSessionAtATime(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, importSeed, Options{})
	path := importPath + "/" + c.send("POST", importPath, "").object()["id"].(string)
	c.send("POST", importPath, "").refused(400, "E0000001")
	c.send("POST", "/api/v1/identity-sources/0oaoth/sessions", "").ok()
	if got := c.send("DELETE", path, ""); got.status != http.StatusNoContent {
		t.Errorf("got %d %s", got.status, got.body)
	}
	path = importPath + "/" + c.send("POST", importPath, "").object()["id"].(string)
	c.send("POST", path+"/bulk-upsert", bulk(1))
	c.send("POST", path+"/start-import", "").ok()
	c.send("POST", importPath, "").refused(400, "E0000001")
	c.send("POST", "/-/clock", `{"advance": "5m"}`)
	c.send("POST", importPath, "").ok()
	c.send("POST", "/-/clock", `{"advance": "24h"}`) // the guide: a session expires after 24 hours without an upload
	c.send("POST", importPath, "").ok()
}

// The guide: 200 entities in a request, 50 requests in a session. Management API: an externalId has at most 512 characters.
func TestUploadsOfAnImportAreBounded(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, importSeed, Options{Clock: func() time.Time { return start }})
	path := importPath + "/" + c.send("POST", importPath, "").object()["id"].(string)
	for _, body := range []string{bulk(201), `{"entityType":"USERS","profiles":[{}]}`, strings.Replace(bulk(1), "e0", strings.Repeat("e", 513), 1)} {
		c.send("POST", path+"/bulk-upsert", body).refused(400, "E0000001")
	}
	for range 50 {
		c.send("POST", path+"/bulk-upsert", bulk(1))
	}
	c.send("POST", path+"/bulk-upsert", bulk(1)).refused(400, "E0000001")
}

func TestAnImportSessionBelongsToItsSource(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, importSeed, Options{})
	id := c.send("POST", importPath, "").object()["id"].(string)
	c.get("/api/v1/identity-sources/0oaoth/sessions/"+id).refused(404, "E0000007")
	c.get("/api/v1/identity-sources/0oanone/sessions").refused(404, "E0000007")
}

// Management API, schema IdentitySourceUserProfileForUpsert; the guide: 200 KB in a request.
func TestUploadsOfAnImportHaveTheTypesOfTheirSchema(t *testing.T) {
	t.Parallel()
	c := undescribed(t, importSeed, Options{})
	path := importPath + "/" + c.send("POST", importPath, "").object()["id"].(string) + "/bulk-upsert"
	upload := func(profile string) reply {
		return c.send("POST", path, `{"entityType":"USERS","profiles":[{"externalId":"e1","profile":`+profile+`}]}`)
	}
	for _, profile := range []string{
		`"x"`, `[]`, `{"email":5}`, `{"email":"ada"}`, `{"secondEmail":"x y@z"}`, `{"firstName":["Ada"]}`, `{"firstName":"` + strings.Repeat("a", 51) + `"}`,
		`{"userName":"` + strings.Repeat("a", 101) + `"}`, `{"mobilePhone":true}`, `{"note":"` + strings.Repeat("a", 200<<10) + `"}`,
	} {
		upload(profile).refused(400, "E0000001")
	}
	c.send("POST", path, `{"entityType":"USERS","profiles":"e1"}`).refused(400, "E0000001")
	for _, profile := range []string{`{}`, `{"firstName":null,"email":"ada@acme.example","badge":5}`, `{"note":"` + strings.Repeat("a", 199<<10) + `"}`} {
		if got := upload(profile); got.status != http.StatusAccepted {
			t.Errorf("%.60s: got %d %s", profile, got.status, got.body)
		}
	}
}
