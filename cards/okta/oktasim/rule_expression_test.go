package oktasim

import (
	"strings"
	"testing"
)

const expressionSeed = `
attributes: {salary: integer, isContractor: boolean, colors: array}
users:
  - {id: 00u1, login: ada@acme.example, firstName: Ada, lastName: King, profile: {city: San Francisco, salary: 1500000, isContractor: false, colors: [blue, green]}}
  - {id: 00u2, login: bob@acme.example, firstName: Bob, lastName: Marsh, profile: {department: Sales, isContractor: true}}
groups:
  - {id: 00g1, name: Sales West, members: [ada@acme.example]}
`

func expressionOrg(t testing.TB) *directory {
	t.Helper()
	d, err := populate(mustLoad(t, expressionSeed), 0)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Okta, "Okta Expression Language overview": group rules samples, string, array and group functions, constants and operators.
// support.okta.com, "How to exclude specific groups in group rule".
func TestExpressionsOfGroupRulesAreEvaluated(t *testing.T) {
	t.Parallel()
	d := expressionOrg(t)
	for expression, want := range map[string]string{ // the first letters of the users for whom it holds
		`String.stringContains(user.firstName, "da")`:                   "A",
		`user.city == "San Francisco"`:                                  "A",
		`user.city == "san francisco"`:                                  "", // texts are compared with their case
		`user.city != "San Francisco"`:                                  "B",
		`user.city == null`:                                             "B",
		`user.salary >= 1000000`:                                        "A",
		`user.salary < 1000000`:                                         "",
		`!user.isContractor`:                                            "A",
		`NOT user.isContractor`:                                         "A",
		`user.salary > 1000000 AND !user.isContractor`:                  "A",
		`user.salary > 1000000 && user.isContractor`:                    "",
		`user.isContractor OR user.city == 'San Francisco'`:             "AB",
		`user.isContractor || false and false`:                          "B", // AND binds tighter
		`(user.isContractor || true) and user.lastName=="King"`:         "A",
		`String.startsWith(user.login, "ada@")`:                         "A",
		`String.endsWith(user.login, "acme.example")`:                   "AB",
		`String.startsWith(user.department, "Sa")`:                      "B",
		`String.len(user.firstName + user.lastName) == 8`:               "B",
		`String.toUpperCase(user.lastName) == "KING"`:                   "A",
		`String.substringAfter(user.email, "@") == "acme.example"`:      "AB",
		`String.substring(user.lastName, 0, 1) == "K"`:                  "A",
		`String.substring(user.lastName, 3, 99) == "g"`:                 "A",
		`String.join("-", user.firstName, user.lastName) == "Ada-King"`: "A",
		`String.replace(user.lastName, "i", "u") == "Kung"`:             "A",
		`Arrays.contains(user.colors, "blue")`:                          "A",
		`Arrays.contains({"Ada", "Eve"}, user.firstName)`:               "A",
		`Arrays.isEmpty(user.colors)`:                                   "B",
		`Arrays.size(user.colors) == 2`:                                 "A",
		`isMemberOfGroup("00g1")`:                                       "A",
		`!isMemberOfAnyGroup("00g1", "00g9")`:                           "B",
		`isMemberOfGroupName("Sales West")`:                             "A",
		`isMemberOfGroupNameStartsWith("Sales")`:                        "A",
		`isMemberOfGroupNameContains("West")`:                           "A",
		`isMemberOfGroupNameRegex("S.*t")`:                              "A",
		`user.getInternalProperty("status") == "ACTIVE"`:                "AB",
		`user.getInternalProperty("id") == "00u2"`:                      "B",
		`true`: "AB",
	} {
		e, err := compileRule(expression, d.custom(ofUsers))
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		got := ""
		for ordinal := range d.users {
			if e.holds(subjectOfRule{d, uint32(ordinal)}) {
				got += d.users[ordinal].first[:1]
			}
		}
		if got != want {
			t.Errorf("%s holds for %q, want %q", expression, got, want)
		}
	}
}

// help.okta.com, "Create group rules": valid syntax, a Boolean, no assignment, only attributes that exist. Okta, "Okta Expression Language
// overview": no Convert and Time functions in conditions.
func TestWrongExpressionsOfGroupRulesAreRefused(t *testing.T) {
	t.Parallel()
	d := expressionOrg(t)
	for expression, want := range map[string]string{
		``:                                "the expression ends too early",
		`user.city = "x"`:                 "cannot contain an assignment",
		`user.city`:                       "must evaluate to a Boolean, not to a string",
		`user.salary + 1`:                 "must evaluate to a Boolean, not to a number",
		`user.shoeSize == 9`:              `the user has no attribute "shoeSize"`,
		`profile.city == "x"`:             "only user attributes can be used",
		`user.city == "x" AND`:            "the expression ends too early",
		`user.city == "x" user.city`:      `unexpected "user.city"`,
		`user.city == "x`:                 "unterminated string",
		`(user.isContractor`:              `expected ")"`,
		`Time.now() == "x"`:               `"Time.now" does not exist, or cannot be used in a group rule`,
		`Convert.toInt("1") == 1`:         `"Convert.toInt" does not exist, or cannot be used in a group rule`,
		`String.startsWith(user.city)`:    "String.startsWith has 2 parameters, and the call has 1",
		`String.startsWith(user.city, 1)`: "parameter 2 of String.startsWith must be a string, not a number",
		`String.stringContains(user.isContractor, "x")`: "parameter 1 of String.stringContains must be a string, not a boolean",
		`!user.city`:                      "! is for Booleans, not for a string",
		`user.city AND true`:              "AND is for Booleans, not for a string",
		`user.isContractor > 1`:           "> is for numbers and strings, not for a boolean",
		`user.city ? true : false`:        `unexpected '?'`,
		strings.Repeat("!", 200) + `true`: "nested more than 100 deep",
	} {
		if _, err := compileRule(expression, d.custom(ofUsers)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: got %v, want %s", expression, err, want)
		}
	}
}

// The parser ends for every text, and an expression that it accepts can be evaluated.
func FuzzCompileRule(f *testing.F) {
	for _, text := range []string{`!user.isContractor AND {1}`, `isMemberOfAnyGroup("a", 'b')`, `String.substring(user.city, 2, 1) == "é"`, `((`, `1.2.3`} {
		f.Add(text)
	}
	d := expressionOrg(f)
	f.Fuzz(func(_ *testing.T, text string) {
		if e, err := compileRule(text, d.custom(ofUsers)); err == nil {
			e.holds(subjectOfRule{d, 0})
		}
	})
}
