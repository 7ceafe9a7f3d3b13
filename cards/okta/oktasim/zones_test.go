package oktasim

import (
	"net/http"
	"strings"
	"testing"
)

const zoneSeed = `
zones:
  - {id: nzo1, name: Head office, type: IP, gateways: [{type: CIDR, value: 192.0.2.0/24}]}
  - {id: nzo2, name: Blocked, type: IP, usage: BLOCKLIST, status: INACTIVE}
`

// Management API, "List all network zones", parameter filter.
func TestZonesAreFilteredByUsage(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, zoneSeed, Options{})
	if got := c.get(`/api/v1/zones?filter=usage+eq+%22BLOCKLIST%22`); !strings.Contains(got.body, "nzo2") || strings.Contains(got.body, "nzo1") {
		t.Errorf("got %s", got.body)
	}
}

// The value of system is a boolean, which SCIM writes without quotes.
func TestZonesAreFilteredBySystem(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, zoneSeed, Options{})
	for filter, want := range map[string]int{"system eq true": 0, "system eq false": 2, `system eq "false"`: 2} {
		if got := c.get("/api/v1/zones?filter=" + find(filter)).column("id"); len(got) != want {
			t.Errorf("%s: got %q", filter, got)
		}
	}
}

// terraform-provider-okta, test/fixtures/vcr, TestAccResourceOktaNetworkZone_crud (oie): a PUT sets the status.
func TestTheStatusOfAZoneIsInItsBody(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, zoneSeed, Options{})
	body := `{"name":"Head office","type":"IP","usage":"POLICY","gateways":[],"status":"%s"}`
	for _, status := range []string{"INACTIVE", "ACTIVE"} {
		c.send("PUT", "/api/v1/zones/nzo1", strings.Replace(body, "%s", status, 1)).ok()
		if got := c.get("/api/v1/zones/nzo1").object()["status"]; got != status {
			t.Errorf("got %v, want %s", got, status)
		}
	}
	if got := c.send("POST", "/api/v1/zones", `{"name":"New","type":"IP","usage":"POLICY","status":"INACTIVE"}`).object()["status"]; got != "INACTIVE" {
		t.Errorf("a new zone is %v", got)
	}
	c.send("PUT", "/api/v1/zones/nzo1", `{"name":"Blocked","type":"IP","usage":"POLICY","status":"INACTIVE"}`).refused(400, "E0000001") // the name is taken
	if got := c.get("/api/v1/zones/nzo1").object()["status"]; got != "ACTIVE" {
		t.Errorf("after a refusal: %v", got)
	}
}

func TestZonesHavePages(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, zoneSeed, Options{})
	if got := c.walk("/api/v1/zones?limit=1", "id"); len(got) != 2 {
		t.Errorf("got %q", got)
	}
}

// Management API, schema NetworkZone: "Unique name for this Network Zone", maxLength 128. "Replace a network zone": the type
// cannot be changed.
func TestZonesAreValidated(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, zoneSeed, Options{})
	for _, test := range []struct{ method, path, body, want string }{
		{"POST", "/api/v1/zones", `{"type":"IP"}`, "name: The field cannot be left blank"},
		{"POST", "/api/v1/zones", `{"name":"` + strings.Repeat("n", 129) + `","type":"IP"}`, "name: The field is too long"},
		{"POST", "/api/v1/zones", `{"name":"New","type":"CLOUD"}`, "type: must be one of"},
		{"POST", "/api/v1/zones", `{"name":"Blocked","type":"IP"}`, "name: An object with this field already exists"},
		{"PUT", "/api/v1/zones/nzo1", `{"name":"Head office","type":"DYNAMIC"}`, "type: The type of a zone cannot be changed"},
		{"POST", "/api/v1/zones", `[]`, "E0000003"},
	} {
		if got := c.send(test.method, test.path, test.body); got.status != http.StatusBadRequest || !strings.Contains(got.body, test.want) {
			t.Errorf("%s %s %.60s: got %d %s, want %s", test.method, test.path, test.body, got.status, got.body, test.want)
		}
	}
	c.send("PUT", "/api/v1/zones/nzo1", `{"name":"Head office","type":"IP"}`).ok() // its own name is not taken
}

// Okta Identity Engine, "Delete a network zone": an active zone cannot be deleted.
func TestAnActiveZoneIsNotDeleted(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, zoneSeed, Options{})
	if got := c.do("DELETE", "/api/v1/zones/nzo1"); got.status != http.StatusForbidden {
		t.Errorf("got %d %s", got.status, got.body)
	}
	c.do("POST", "/api/v1/zones/nzo1/lifecycle/deactivate").ok()
	c.do("DELETE", "/api/v1/zones/nzo1")
	if got := c.get("/api/v1/zones/nzo1"); got.status != http.StatusNotFound {
		t.Errorf("got %d %s", got.status, got.body)
	}
}
