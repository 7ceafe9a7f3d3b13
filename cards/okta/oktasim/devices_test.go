package oktasim

import (
	"net/http"
	"strings"
	"testing"
)

const deviceSeed = `
users: [{id: 00u1, login: ada@acme.example, firstName: Ada, lastName: Lovelace}]
devices:
  - {id: guo1, profile: {displayName: Ada's laptop, platform: MACOS, registered: true}}
  - {id: guo2, profile: {displayName: Phone, platform: IOS, registered: true}, status: SUSPENDED}
  - {id: guo3, profile: {displayName: Old laptop, platform: WINDOWS, registered: false, sid: S-1-5}, status: DEACTIVATED}
device_users:
  - {device: guo1, user: ada@acme.example, managementStatus: MANAGED}
`

// Management API, "Activate", "Deactivate", "Suspend", "Unsuspend" and "Delete a device". The operations are idempotent.
func TestALifecycleOperationOfADeviceNeedsAStatus(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ method, path, refused string }{
		{"POST", "/lifecycle/activate", "guo2"},
		{"POST", "/lifecycle/deactivate", ""},
		{"POST", "/lifecycle/suspend", "guo3"},
		{"POST", "/lifecycle/unsuspend", "guo3"},
		{"DELETE", "", "guo1 guo2"},
	} {
		for _, id := range []string{"guo1", "guo2", "guo3"} {
			c := serveSeed(t, deviceSeed, Options{})
			want := http.StatusNoContent
			if strings.Contains(test.refused, id) {
				want = http.StatusBadRequest
			}
			if got := c.send(test.method, "/api/v1/devices/"+id+test.path, ""); got.status != want {
				t.Errorf("%s %s%s: got %d %s, want %d", test.method, id, test.path, got.status, got.body, want)
			}
		}
	}
}

// Management API, "Deactivate a device": "Deactivation causes a Device to lose all device user links".
func TestADeactivatedDeviceLosesItsUsers(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, deviceSeed, Options{})
	if got := c.get("/api/v1/devices/guo1/users"); !strings.Contains(got.body, "ada@acme.example") || !strings.Contains(got.body, "MANAGED") {
		t.Errorf("got %s", got.body)
	}
	c.send("POST", "/api/v1/devices/guo1/lifecycle/deactivate", "")
	c.send("POST", "/api/v1/devices/guo1/lifecycle/activate", "")
	if got := c.get("/api/v1/devices/guo1/users"); got.body != "[]" {
		t.Errorf("got %s", got.body)
	}
}

// Management API, "List all devices", parameter search and its examples; co is only for some attributes.
func TestDevicesAreSearched(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, deviceSeed, Options{})
	for search, want := range map[string]string{
		`status eq "ACTIVE"`:                        "guo1",
		`id eq "guo2"`:                              "guo2",
		`profile.platform eq "WINDOWS"`:             "guo3",
		`profile.sid sw "S-1"`:                      "guo3",
		`profile.displayName co "laptop"`:           "guo1 guo3",
		`profile.registered eq false`:               "guo3",
		`lastUpdated gt "2999-01-01T00:00:00.000Z"`: "",
	} {
		got := c.walk("/api/v1/devices?search="+strings.NewReplacer(" ", "+", `"`, "%22").Replace(search), "id")
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, want %q", search, got, want)
		}
	}
	if got := c.get(`/api/v1/devices?search=profile.platform+co+%22MAC%22`); got.status != http.StatusBadRequest {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

// Management API, "List all devices", parameter expand.
func TestDevicesEmbedTheirUsers(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, deviceSeed, Options{})
	if got := c.get("/api/v1/devices?expand=user"); !strings.Contains(got.body, `"_embedded":{"users":[{"created"`) {
		t.Errorf("got %s", got.body)
	}
	c.get("/api/v1/devices?expand=nope").refused(400, "E0000031") // our guess
	if got := c.get("/api/v1/devices"); strings.Contains(got.body, "_embedded") {
		t.Errorf("got %s", got.body)
	}
}
