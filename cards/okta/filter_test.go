package okta_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
	"github.com/flowdeck/flowdeck/engine/card"
)

// A raw request may be for any list.
func TestFiltersOfAllCardsButRawRequestsAreReadBeforeARun(t *testing.T) {
	t.Parallel()
	found := 0
	for _, c := range okta.Cards() {
		if strings.HasPrefix(c.Name, "okta.request") {
			continue
		}
		for _, path := range c.Narrowing() {
			property := c.In
			for _, name := range path {
				property = property.Properties[name]
			}
			if property.Extra["filter"] != true {
				continue
			}
			found++
			read, ok := c.Filters[strings.Join(path, ".")]
			if !ok {
				t.Errorf("%s does not read %s", c.Name, strings.Join(path, "."))
			} else if read("eq") == nil {
				t.Errorf("%s accepts %s: eq", c.Name, strings.Join(path, "."))
			}
		}
	}
	if found < 12 {
		t.Errorf("%d filters, want 12 or more", found)
	}
}

// filterCases are filters by list and parameter. Where the mistake is in a filter is marked with «…».
var filterCases = map[string]struct{ accepted, refused []string }{
	"okta.user.list search": {
		accepted: []string{
			`status eq "ACTIVE"`, `profile.lastName sw "Love" and (status EQ "ACTIVE" or not (profile.shoe pr))`, `profile.n gt 3 and profile.b eq true`,
			`profile.email co "acme"`, `created gt "2026-01-01T00:00:00.000Z" and type.id eq "oty1"`, `profile.x eq "a \" b) or"`, `realmId eq "guo1"`,
			`profile.department ew "T"`, `(((status eq "ACTIVE")))`, "\tstatus\neq\r\n\"ACTIVE\" ", `lastUpdated gt 2026-01-01T00:00:00Z`,
		},
		refused: []string{
			`status eq «ACTIVE»`, `status eq «'ACTIVE'»`, `status «eqq» "ACTIVE"`, `«department» eq "IT"`, `«Status» eq "ACTIVE"`, `status «ne» "ACTIVE"`,
			`profile.department «co» "IT"`, `status eq «"»ACTIVE`, `status eq «"»ACTIVE\"`, `status eq "ACTIVE" «profile.x» eq "y"`, `«(»status eq "ACTIVE"`,
			`status eq "ACTIVE"«)»`, `status eq "ACTIVE" and`, `status eq`, `status`, `«not» status eq "ACTIVE"`, `«"»ACTIVE" eq status`, `status «=» "ACTIVE"`,
			`status eq "ACTIVE" «&&» id pr`, `profile.x pr «"»a"`, `(«)»`,
		},
	},
	"okta.user.list filter": {
		accepted: []string{`status eq "ACTIVE" or status eq "STAGED"`, `lastUpdated gt "2026-01-01T00:00:00.000Z"`, `profile.login eq "ada@acme.example"`},
		refused:  []string{`status «sw» "A"`, `«profile.department» eq "IT"`, `id «pr»`, `lastUpdated «sw» "2026"`},
	},
	"okta.user.list extra_parameters.search": {accepted: []string{`status eq "ACTIVE"`}, refused: []string{`status eq «ACTIVE»`}},
	"okta.user.list extra_parameters.filter": {accepted: []string{`status eq "ACTIVE"`}, refused: []string{`status «sw» "A"`}},
	"okta.group.list search": {
		accepted: []string{`type eq "OKTA_GROUP" and profile.name sw "Day"`, `Profile.Name co "shift"`, `source.id eq "0oa1"`, `profile.costCenter pr`},
		refused:  []string{`profile.name «eqq» "x"`, `type «co» "OKTA"`, `profile.name eq «x»`},
	},
	"okta.group.list filter": {
		accepted: []string{`type eq "APP_GROUP"`, `lastMembershipUpdated lt "2026-01-01T00:00:00.000Z"`},
		refused:  []string{`«profile.name» eq "x"`},
	},
	"okta.group.list extra_parameters.search": {accepted: []string{`profile.name sw "x"`}, refused: []string{`type «co» "OKTA"`}},
	"okta.group.list extra_parameters.filter": {accepted: []string{`type eq "APP_GROUP"`}, refused: []string{`«profile.name» eq "x"`}},
	"okta.group.owner.list search":            {accepted: []string{`type eq "USER"`}, refused: []string{`«id» eq "00u1"`}},
	"okta.app.list filter": {
		accepted: []string{`status eq "ACTIVE"`, `user.id eq "00u1" and name eq "bookmark"`, `settings.slo.enabled eq true`, `credentials.signing.kid eq "k"`},
		refused:  []string{`«label» eq "x"`, `status eq «ACTIVE»`},
	},
	"okta.device.list search": {
		accepted: []string{`status eq "ACTIVE" and profile.displayName co "Book"`, `Profile.SID sw "S-1"`, `lastUpdated gt "2026-01-01T00:00:00.000Z"`},
		refused:  []string{`«platform» eq "IOS"`, `profile.platform «co» "IOS"`},
	},
	"okta.realm.list search": {accepted: []string{`profile.name co "Car"`}, refused: []string{`profile.realmType «co» "PART"`, `profile.name co «Car»`}},
	"okta.zone.list filter":  {accepted: []string{`id eq "nzo1" or usage eq "POLICY"`, `system eq true`}, refused: []string{`«name» eq "x"`}},
	"okta.log.list filter": {
		accepted: []string{
			`eventType eq "x" and event_type sw "user."`, `target.id eq "a" and target.id eq "b"`, `actor.id ne "x"`, `client.userAgent.os lt "b"`, `not (severity eq "WARN")`,
			`debugContext.debugData.requestUri eq "/a"`, `transaction.detail.requestApiTokenId eq "00T1"`, `EventType eq "x"`,
		},
		refused: []string{`eventType «eqq» "x"`, `«published» gt "2026-01-01T00:00:00.000Z"`, `debugContext.debugData.requestUri «co» "a"`, `«type» eq "x"`},
	},
	"okta.log.list custom_filter":  {accepted: []string{`uuid pr`}, refused: []string{`uuid «eqq» "x"`}},
	"okta.log.count filter":        {accepted: []string{`uuid pr`}, refused: []string{`uuid «eqq» "x"`}},
	"okta.log.count custom_filter": {accepted: []string{`uuid pr`}, refused: []string{`uuid «eqq» "x"`}},
}

func readFilter(of string) func(string) *card.FilterMistake {
	name, input, _ := strings.Cut(of, " ")
	return card.NewSet(okta.Cards()...)[name].Filters[input]
}

func TestFiltersThatOktaMayAcceptAreNotReported(t *testing.T) {
	t.Parallel()
	for of, cases := range filterCases {
		for _, filter := range cases.accepted {
			if m := readFilter(of)(filter); m != nil {
				t.Errorf("%s: %s: at %d: %s (%s)", of, filter, m.Offset, m.Message, m.Hint)
			}
		}
	}
}

func TestAMistakeInAFilterIsReportedAtItsPlace(t *testing.T) {
	t.Parallel()
	for of, cases := range filterCases {
		for _, marked := range cases.refused {
			before, rest, found := strings.Cut(marked, "«")
			wrong, after, _ := strings.Cut(rest, "»")
			filter := before + wrong + after
			m := readFilter(of)(filter)
			if !found && m != nil && m.Offset == len(filter) && m.Width == 0 { // something is missing at the end
				continue
			}
			if m == nil || m.Offset != len(before) || m.Width != len(wrong) {
				t.Errorf("%s: %s: got %+v", of, marked, m)
			}
		}
	}
}

func TestHintsForFiltersNameWhatWasMeant(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ of, filter, message, hint string }{
		{"okta.log.list filter", `eventType eqq "x"`, `unknown operator "eqq"`, `did you mean "eq"? operators: eq, ne, sw, ew, co, gt, ge, lt, le, pr`},
		{"okta.user.list search", `profile.department eq 'Sales'`, `a string in a filter needs quotes ("…")`, `write "Sales"`},
		{"okta.user.list filter", `id = "x"`, `unknown operator "="`, `write eq; operators: eq`},
		{"okta.user.list filter", `id != "x"`, `unknown operator "!="`, `operators: eq`},
		{"okta.zone.list filter", `id eq "x" && usage eq "POLICY"`, "a comparison must be followed by and, by or, or by the end of the filter", "write and"},
		{"okta.zone.list filter", `(id eq "x"`, "this parenthesis is not closed", "add a ) where it ends"},
		{"okta.zone.list filter", `id eq`, "eq must be followed by a value", `add a value, such as eq "…" or eq ${ quote(…) }`},
		{"okta.user.list search", `status eq ACTIVE`, `a string in a filter needs quotes ("…")`, `write "ACTIVE"`},
		{"okta.user.list search", `department eq "IT"`, `unknown attribute "department"`, `attributes of the profile start with profile., as in profile.department; ` +
			`attributes: id, status, type.id, created, activated, statusChanged, lastUpdated, realmId, profile.*`},
		{"okta.user.list search", `Status eq "x"`, `unknown attribute "Status"`, `did you mean "status"? attributes: id, status, type.id, created, activated, statusChanged, lastUpdated, realmId, profile.*`},
		{"okta.app.list filter", `label eq "x"`, `unknown attribute "label"`, `attributes: id, status, name, user.id, group.id, credentials.signing.kid, settings.slo.enabled`},
		{"okta.user.list filter", `status sw "A"`, `Okta does not support sw for status`, `operators: eq`},
	} {
		if m := readFilter(row.of)(row.filter); m == nil || m.Message != row.message || m.Hint != row.hint {
			t.Errorf("%s: got %+v", row.filter, m)
		}
	}
}

// filterRequests are the requests that the cards send. The log's filter is one of several conditions.
var filterRequests = map[string]string{
	"okta.user.list search": "/api/v1/users?search=", "okta.user.list filter": "/api/v1/users?filter=",
	"okta.group.list search": "/api/v1/groups?search=", "okta.group.list filter": "/api/v1/groups?filter=",
	"okta.group.owner.list search": "/api/v1/groups/00g1/owners?search=", "okta.app.list filter": "/api/v1/apps?filter=",
	"okta.device.list search": "/api/v1/devices?search=", "okta.realm.list search": "/api/v1/realms?search=",
	"okta.zone.list filter": "/api/v1/zones?filter=", "okta.log.list filter": "/api/v1/logs?filter=",
}

// FuzzFilterMistakes shows that no filter panics, that a mistake is in the filter, and that the simulated org, whose parser
// is its own, refuses a filter with a mistake.
func FuzzFilterMistakes(f *testing.F) {
	for _, cases := range filterCases {
		for _, filter := range append(cases.accepted, cases.refused...) {
			f.Add(strings.NewReplacer("«", "", "»", "").Replace(filter))
		}
	}
	seed, err := oktasim.Load([]byte("users: [{id: 00u1, login: ada@acme.example, firstName: Ada, lastName: Lovelace}]\ngroups: [{id: 00g1, name: Day shift}]\n"))
	if err != nil {
		f.Fatal(err)
	}
	org, err := oktasim.New(seed, oktasim.Options{})
	if err != nil {
		f.Fatal(err)
	}
	get := func(request, filter string) int {
		answer := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, request+url.QueryEscape(filter), nil)
		r.Header.Set("Authorization", "SSWS demo-token")
		org.ServeHTTP(answer, r)
		return answer.Code
	}
	read := map[string]func(string) *card.FilterMistake{}
	for of, request := range filterRequests {
		read[of] = readFilter(of)
		if filter := filterCases[of].accepted[0]; get(request, filter) != http.StatusOK {
			f.Fatalf("%s: the org refuses %s", of, filter)
		}
	}
	f.Fuzz(func(t *testing.T, filter string) {
		for of, mistake := range read {
			m := mistake(filter)
			switch {
			case m == nil:
			case m.Offset < 0 || m.Width < 0 || m.Offset+m.Width > len(filter) || m.Message == "":
				t.Fatalf("%s: %q: %+v", of, filter, m)
			case strings.TrimSpace(filter) != "" && get(filterRequests[of], filter) == http.StatusOK:
				t.Errorf("%s: %q: the org accepts it, but the card reports %+v", of, filter, *m)
			}
		}
	})
}
