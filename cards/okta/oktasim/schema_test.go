package oktasim

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// updated sends a profile for the user Ada.
func (c *client) updated(profile string) reply {
	c.t.Helper()
	return c.send("POST", "/api/v1/users/00uada", `{"profile":`+profile+`}`)
}

// causes returns the texts of an error's causes.
func (e oktaError) causes() string {
	var list []string
	for _, cause := range e.ErrorCauses {
		list = append(list, cause.ErrorSummary)
	}
	return strings.Join(list, "; ")
}

// Source: the management API's schema UserProfile, email and secondEmail: "format: email", "For validation, see RFC 5322
// Section 3.2.3".
func TestAnEmailAddressHasTheFormOfOne(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for _, address := range []string{"nobody", "two@at@acme.example", "a b@acme.example", "@acme.example", "ada@", "ádá@acme.example", "<a@b.example>"} {
		for _, name := range []string{"email", "secondEmail"} {
			e := c.updated(fmt.Sprintf(`{%q:%q}`, name, address)).refused(400, "E0000001")
			if e.ErrorSummary != "Api validation failed: "+name || !strings.Contains(e.causes(), name+": Does not match required pattern") {
				t.Errorf("%s %q: %s: %s", name, address, e.ErrorSummary, e.causes())
			}
		}
	}
	c.updated(`{"email":"a.d+a!#$%&'*/=?^_{|}~-@acme-1.example","secondEmail":null}`).ok()
	c.updated(`{"login":"isáàc.bröck@acme.example"}`).ok() // such a login is in Users API, "Okta login"
}

// Source: the management API's schema UserProfile, countryCode: maxLength 2, and its examples of two letters; the
// help page on profiles mentions ISO 3166-1 alpha-2. That one letter or digits are refused is our guess.
func TestACountryCodeHasTwoLetters(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for _, code := range []string{"DEU", "Germany", "D", "49"} {
		if e := c.updated(fmt.Sprintf(`{"countryCode":%q}`, code)).refused(400, "E0000001"); e.ErrorSummary != "Api validation failed: countryCode" {
			t.Errorf("%s: %s", code, e.ErrorSummary)
		}
	}
	c.updated(`{"countryCode":"DE"}`).ok()
	c.updated(`{"countryCode":null}`).ok()
}

// Source: the management API's schemas UserProfile and UserSchemaAttribute; the texts are not documented.
func TestAValueHasTheTypeOfItsAttribute(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for profile, cause := range map[string]string{
		`{"department":["x"]}`:  "department: must be a string",
		`{"employeeNumber":17}`: "employeeNumber: must be a string",
		`{"title":{"en":"x"}}`:  "title: must be a string",
		`{"login":false}`:       "login: must be a string",
		`{"badge":"7"}`:         "badge: must be an integer",
		`{"badge":7.5}`:         "badge: must be an integer",
		`{"rate":true}`:         "rate: must be a number",
		`{"tags":"a"}`:          "tags: must be an array",
		`{"tags":{}}`:           "tags: must be an array",
		`{"tags":[{"a":1}]}`:    "tags: must be an array of strings, of numbers or of integers",
		`{"tags":[["x"]]}`:      "tags: must be an array of strings, of numbers or of integers",
		`{"tags":[null]}`:       "tags: must be an array of strings, of numbers or of integers",
		`{"tags":["a", true]}`:  "tags: must be an array of strings, of numbers or of integers",
		`{"tags":["a", 1]}`:     "tags: must be an array of strings, of numbers or of integers",
		`{"badge":1e30}`:        "badge: must be an integer",
		`{"badge":1` + strings.Repeat("0", 30) + `}`: "badge: must be an integer of 64 bits",
		`{"none":1,"huge":"two"}`:                    "huge: must be a number; none: must be a string",
	} {
		if e := c.updated(profile).refused(400, "E0000001"); e.causes() != cause {
			t.Errorf("%s: %s", profile, e.causes())
		}
	}
	c.updated(`{"badge":9007199254740993,"rate":7,"tags":[],"none":"","huge":1e3}`).ok()
	c.updated(`{"tags":["a", "b"]}`).ok()
}

// Source: the management API's schema UserProfile, minLength and maxLength.
func TestAValueIsNotLongerThanItsAttributeAllows(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for name, most := range map[string]int{
		"city": 128, "state": 128, "zipCode": 50, "streetAddress": 1024, "postalAddress": 4096, "mobilePhone": 100, "primaryPhone": 100,
	} {
		c.updated(fmt.Sprintf(`{%q:%q}`, name, strings.Repeat("é", most))).ok()
		if e := c.updated(fmt.Sprintf(`{%q:%q}`, name, strings.Repeat("é", most+1))).refused(400, "E0000001"); e.ErrorSummary != "Api validation failed: "+name {
			t.Errorf("%s: %s", name, e.ErrorSummary)
		}
	}
}

// Source: management API, schema UserProfile: "You must first add the custom property to the user profile schema before
// you reference it".
func TestAnAttributeIsUnknownUnlessTheSeedDeclaresOrUsesIt(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, `
attributes: {badge: integer}
users:
  - {id: 00uada, login: ada@acme.example, firstName: Ada, lastName: L, profile: {remote: true, rate: 7, tags: [a], rates: [1], none: null, empty: []}}
  - {id: 00ubob, login: bob@acme.example, profile: {rate: 7.5, rates: [1.5]}}
`, Options{})
	c.updated(`{"badge":7,"remote":false,"rate":1.5,"tags":[],"rates":[2],"none":"x","empty":["x"]}`).ok()
	for profile, cause := range map[string]string{
		`{"shoeSize":7}`:   "Property name 'shoeSize' is not defined in profile",
		`{"Badge":7}`:      "Property name 'Badge' is not defined in profile",
		`{"remote":"yes"}`: "remote: must be a boolean",
		`{"rate":"high"}`:  "rate: must be a number",
		`{"tags":"b"}`:     "tags: must be an array",
		`{"tags":[1]}`:     "tags: an item must be a string",
		`{"rates":["x"]}`:  "rates: an item must be a number",
		`{"none":7}`:       "none: must be a string",
		`{"empty":[7]}`:    "empty: an item must be a string",
	} {
		if e := c.updated(profile).refused(400, "E0000001"); e.causes() != cause {
			t.Errorf("%s: %s", profile, e.causes())
		}
	}
}

func TestAListedUserFitsTheSchema(t *testing.T) {
	t.Parallel()
	for seed, want := range map[string]string{
		`users: [{login: ada@acme.example, profile: {employeeNumber: 17}}]`:                                                     "1:61: employeeNumber: must be a string\nhint: write it in quotes, like \"17\"",
		`users: [{login: ada@acme.example, profile: {department: [x]}}]`:                                                        "1:57: department: must be a string",
		`users: [{login: ada@acme.example, email: nobody}]`:                                                                     "1:42: email: Does not match required pattern",
		`{attributes: {badge: integer}, users: [{login: ada@acme.example, profile: {badge: x}}]}`:                               "1:83: badge: must be an integer\nhint: the type of an attribute is that in attributes, or that of its first value",
		`{attributes: {t: array}, users: [{login: ada@acme.example, profile: {t: [{a: 1}]}}]}`:                                  "1:73: t: must be an array of strings, of numbers or of integers\nhint: the type of an attribute is that in attributes, or that of its first value",
		`users: [{login: ada@acme.example, profile: {n: 1}}, {login: bob@acme.example, profile: {n: x}}]`:                       "1:92: n: must be a number\nhint: the type of an attribute is that in attributes, or that of its first value",
		`users: [{login: ada@acme.example, profile: {n: {a: 1}}}]`:                                                              "1:48: n: must be a string, a number, a boolean or an array\nhint: the type of an attribute is that in attributes, or that of its first value",
		`{attributes: [n], users: [{login: ada@acme.example, profile: {n: true}}, {login: bob@acme.example, profile: {n: x}}]}`: "1:113: n: must be a boolean\nhint: the type of an attribute is that in attributes, or that of its first value",
		`groups: [{name: A, profile: {n: 1}}, {name: B, profile: {n: x}}]`:                                                      "1:61: n: must be a number\nhint: the type of an attribute is that of its first value",
		`attributes: {badge: text}`:   "1:21: unknown type \"text\" of attribute \"badge\"\nhint: types: string, number, integer, boolean, array",
		`attributes: {title: string}`: "1:14: attribute \"title\" exists in every org\nhint: attributes are those that the org adds",
	} {
		if _, err := Load([]byte(seed)); err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", seed, err, want)
		}
	}
}

func TestGeneratedUsersFitTheSchema(t *testing.T) {
	t.Parallel()
	o := mustNew(t, "generate: {seed: 7, users: 30000}\n", Options{})
	for i := range o.state.users {
		u := &o.state.users[i]
		profile := map[string]json.RawMessage{}
		if err := json.Unmarshal(appendProfile(nil, u), &profile); err != nil {
			t.Fatal(err)
		}
		cause, unknown := o.state.learned[ofUsers].unknown(profile)
		if causes := o.state.learned[ofUsers].faults(profile); unknown || len(causes) > 0 {
			t.Fatalf("%s: %s %v", u.login, cause, causes)
		}
	}
}

// Source: the management API's schema UserProfile, locale and profileUrl, and Okta's example of a user schema, which has
// the formats locale and uri. The values of timezone and preferredLanguage have no such source.
func TestALocaleAndAProfileURLHaveTheirForm(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for profile, field := range map[string]string{
		`{"locale":"English"}`:                 "locale",
		`{"locale":"en US"}`:                   "locale",
		`{"locale":"e"}`:                       "locale",
		`{"profileUrl":"my page"}`:             "profileUrl",
		`{"profileUrl":"https://[acme/"}`:      "profileUrl",
		`{"profileUrl":"https://acme/\u001b"}`: "profileUrl",
	} {
		if e := c.updated(profile).refused(400, "E0000001"); e.causes() != field+": Does not match required pattern" {
			t.Errorf("%s: %s", profile, e.causes())
		}
	}
	for _, profile := range []string{
		`{"locale":"en_US"}`, `{"locale":"de"}`, `{"locale":"zh-Hant-TW"}`, `{"locale":""}`, `{"profileUrl":"https://acme.example/~ada?x=1"}`, `{"profileUrl":"/ada"}`,
	} {
		c.updated(profile).ok()
	}
}
