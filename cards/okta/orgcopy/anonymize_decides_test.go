package orgcopy

import (
	"strings"
	"testing"
)

func TestRulesThatCompareWholeTextsDecideAsBefore(t *testing.T) {
	a := testAnonymizer()
	a.enums[[2]string{"user", "level"}] = true
	domain, ann, boss := a.domain("acme.example"), a.text("ann@acme.example"), a.text("Boss")
	for expression, want := range map[string]string{
		`user.department == "Sales" and user.level > 3`:                              `user.department == "Sales" and user.level > 3`,
		`user.title=="Boss"AND !("IT" == user.department)`:                           `user.title=="` + boss + `"AND !("IT" == user.department)`,
		`user.title != null and user.title != ""`:                                    `user.title != null and user.title != ""`,
		`user.firstName == user.lastName || user.email == user.login`:                `user.firstName == user.lastName || user.email == user.login`,
		`user.login == 'ann@acme.example'`:                                           `user.login == '` + ann + `'`,
		`user.id == "00u1"`:                                                          `user.id == "` + a.id("00u1") + `"`,
		`user.getInternalProperty("id") == "00u1"`:                                   `user.getInternalProperty("id") == "` + a.id("00u1") + `"`,
		`String.substringAfter(user.login, "@") == "acme.example"`:                   `String.substringAfter(user.login, "@") == "` + domain + `"`,
		`String.substringBefore(user.email, "@") == "ann"`:                           `String.substringBefore(user.email, "@") == "` + a.word("ann") + `"`,
		`String.stringContains(user.login, "@acme.example")`:                         `String.stringContains(user.login, "@` + domain + `")`,
		`String.stringContains(user.login, "@")`:                                     `String.stringContains(user.login, "@")`,
		`String.toLowerCase(user.title) == "boss"`:                                   `String.toLowerCase(user.title) == "` + strings.ToLower(boss) + `"`,
		`Arrays.contains(user.tags, "Boss") and Arrays.size(user.tags) > 2`:          `Arrays.contains(user.tags, "` + boss + `") and Arrays.size(user.tags) > 2`,
		`isMemberOfGroupName("Team ann@acme.example") and isMemberOfAnyGroup("00g")`: `isMemberOfGroupName("Team ` + ann + `") and isMemberOfAnyGroup("00g")`,
		`isMemberOfGroupNameStartsWith("Team")`:                                      `isMemberOfGroupNameStartsWith("Team")`,
		`String.startsWith(user.department, "Sal")`:                                  `String.startsWith(user.department, "Sal")`,
		`user.department + user.costCenter == "Sales4711"`:                           `user.department + user.costCenter == "Sales4711"`,
	} {
		if got, decides := a.decides(expression); got != want || !decides {
			t.Errorf("%s\nbecomes %s (%v)\nwant    %s", expression, got, decides, want)
		}
	}
}

func TestRulesThatCompareOtherwiseAreKnown(t *testing.T) {
	a := testAnonymizer()
	a.domains[a.domain("acme.com")], a.starts[a.domain("acme.com")] = true, true
	for _, expression := range []string{
		`String.len(user.title) > 3`, `user.employeeNumber > "100"`, `user.title == user.department`, `String.substringAfter(user.email, "@") == user.city`,
		`String.stringContains(user.email, "acme")`, `String.stringContains(user.email, ".example")`, `String.stringContains(user.login, "@sub.")`,
		`String.stringContains(user.login, "@acme.com")`, `String.startsWith(user.login, "ann")`, `user.firstName + user.lastName == "AnnLee"`,
		`user.title == "a\"b"`, `user.title.contains("Boss")`, `user.title matches "Bo.*"`, `user.title`, `String.replace(user.title, "Boss", "Chief") == "Chief"`,
		`user.employeeNumber == 100`, `user.title == "Boss" ? true : false`, `user.department == "IT" and String.len(user.login) < 20`, `user.title in {"Boss"}`,
		`String.startsWith(user.department, "dept of ann@acme.example")`,
	} {
		if got, decides := a.decides(expression); decides {
			t.Errorf("%s is said to decide as %s", expression, got)
		}
	}
	if got, decides := a.decides(`String.stringContains(user.department, "ada@")`); decides {
		t.Errorf("a rule about an address in a department is said to decide as %s", got)
	}
	a.keep = []string{"secondEmail"}
	if got, decides := a.decides(`user.secondEmail == "ada@acme.example" and String.substringAfter(user.secondEmail, "@") == "acme.example"`); !decides ||
		strings.Count(got, "acme.example") != 2 || a.attribute("user", "secondEmail", "ada@acme.example") != "ada@acme.example" {
		t.Errorf("a rule about an attribute that stays becomes %s (%v)", got, decides)
	}
	a.renamed = true
	if _, decides := a.decides(`isMemberOfGroupNameStartsWith("Team ann")`); decides {
		t.Error("the start of the name of a group is said to decide")
	}
	if got, _ := a.decides(`String.stringContains(user.displayName, "Lovelace")`); strings.Contains(got, "Lovelace") {
		t.Errorf("an expression becomes %s", got)
	}
}
