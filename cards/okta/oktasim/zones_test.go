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
	for filter, want := range map[string]int{"system eq true": 3, "system eq false": 2, `system eq "false"`: 2} {
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
	if got := c.walk("/api/v1/zones?limit=1", "id"); len(got) != 5 {
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

// Management API, schema NetworkZone, system, and the examples DefaultIpNetworkZone and DefaultIpBlocklistNetworkZone: "Admins can modify
// the name of the default system Network Zone and add … entries".
func TestAnOrgHasSystemZones(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, "users: [{login: ada@acme.example}]\n", Options{})
	fresh := c.get("/-/dump").body
	if strings.Contains(fresh, "zones:") {
		t.Errorf("zones that nobody changed are in the dump:\n%s", fresh)
	}
	list := c.get("/api/v1/zones")
	if got := strings.Join(list.column("name"), " "); got != "LegacyIpZone BlockedIpZone DefaultEnhancedDynamicZone" {
		t.Errorf("got %s", got)
	}
	path := "/api/v1/zones/" + list.column("id")[1]
	c.send("PUT", path, `{"name":"Blocked","type":"IP","usage":"BLOCKLIST","gateways":[{"type":"CIDR","value":"192.0.2.7/32"}]}`).ok()
	c.send("POST", path+"/lifecycle/deactivate", "").ok()
	c.send("DELETE", path, "").refused(403, "E0000006")
	dump := c.get("/-/dump").body
	again := serveSeed(t, dump, Options{})
	if zone := again.get(path).object(); zone["name"] != "Blocked" || zone["system"] != true || zone["status"] != "INACTIVE" {
		t.Errorf("got %v", zone)
	}
	if got := again.get("/-/dump").body; got != dump {
		t.Errorf("got %s, want %s", got, dump)
	}
}

// Management API, schemas IPNetworkZone, DynamicNetworkZone, EnhancedDynamicNetworkZone and NetworkZoneAddress. The refusals are our guess.
func TestTheAddressesAndPartsOfAZoneAreValidated(t *testing.T) {
	t.Parallel()
	c := undescribed(t, zoneSeed, Options{})
	for zone, want := range map[string]string{
		`"type":"IP","usage":"ALLOW"`:                                            "usage: must be one of POLICY, BLOCKLIST",
		`"type":"IP","gateways":{}`:                                              "gateways: must be an array",
		`"type":"IP","gateways":[{"type":"CIDR","value":"nope"}]`:                "gateways[0].value: must be a CIDR of addresses",
		`"type":"IP","gateways":[{"type":"CIDR","value":"192.0.2.0/33"}]`:        "gateways[0].value: must be a CIDR of addresses",
		`"type":"IP","gateways":[{"type":"CIDR"}]`:                               "gateways[0].value: must be a CIDR of addresses",
		`"type":"IP","proxies":[{"value":"192.0.2.0/24"}]`:                       "proxies[0].type: must be one of CIDR, RANGE",
		`"type":"IP","proxies":[{"type":"RANGE","value":"192.0.2.9-192.0.2.1"}]`: "proxies[0].value: must be a RANGE of addresses",
		`"type":"IP","locations":[{"country":"US"}]`:                             "locations: a zone of type IP has no locations",
		`"type":"DYNAMIC","gateways":[{"type":"CIDR","value":"192.0.2.0/24"}]`:   "gateways: a zone of type DYNAMIC has no gateways",
		`"type":"DYNAMIC_V2","proxyType":"Any"`:                                  "proxyType: a zone of type DYNAMIC_V2 has no proxyType",
		`"type":"IP","name":"HEAD OFFICE"`:                                       "name: An object with this field already exists in the current organization",
	} {
		e := c.send("POST", "/api/v1/zones", `{"name":"New",`+zone+`}`).refused(400, "E0000001")
		if e.causes() != want {
			t.Errorf("%s: got %s, want %s", zone, e.causes(), want)
		}
	}
	many := `"name":"C","type":"IP","gateways":[` + strings.Repeat(`{"type":"CIDR","value":"192.0.2.0/24"},`, 150) + `{"type":"CIDR","value":"192.0.2.0/24"}]`
	if e := c.send("POST", "/api/v1/zones", `{`+many+`}`).refused(400, "E0000001"); e.causes() != "gateways: a zone has at most 150 gateways" {
		t.Errorf("got %s", e.causes())
	}
	for _, zone := range []string{
		many + `,"usage":"BLOCKLIST"`,
		`"name":"A","type":"IP","gateways":[{"type":"RANGE","value":"192.0.2.1-192.0.2.9"},{"type":"CIDR","value":"2001:db8::/32"}],"proxies":null`,
		`"name":"B","type":"DYNAMIC","locations":[{"country":"US","region":"US-CA"}],"asns":["23457"],"proxyType":"Any","unknown":1`,
	} {
		if got := c.send("POST", "/api/v1/zones", `{`+zone+`}`).object(); got["unknown"] != nil {
			t.Errorf("a property that zones do not have is kept: %v", got)
		}
	}
}
