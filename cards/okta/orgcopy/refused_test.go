package orgcopy_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards/okta/orgcopy"
)

func TestAnObjectFromWhichNoOrgStartsIsLeftOutAndNamed(t *testing.T) {
	t.Parallel()
	c := open(t, orgcopy.Options{Kinds: orgcopy.Kinds()})
	if err := c.Read(t.Context(), session(t, start(t, wholeOrg(t)), "demo-token"), once, quiet); err != nil {
		t.Fatal(err)
	}
	tried := 0
	var seed bytes.Buffer
	sum, err := c.Write(&seed, time.Time{}, func(small []byte) error {
		tried++
		start(t, small)
		for _, name := range []string{"Titles", "Payroll"} {
			if strings.Contains(string(small), name) {
				return errors.New("it is odd")
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	first := orgcopy.Refused{Key: "apps", Name: "Payroll", Why: "it is odd"}
	if len(sum.Refused) != 2 || sum.Refused[0] != first || sum.Copied["apps"] != 3 || tried != 7 || sum.Dropped != 3 {
		t.Errorf("after %d tries, %v is refused, and %v copied", tried, sum.Refused, sum.Copied)
	}
	if !strings.Contains(seed.String(), `# Left out of group_rules, because a simulated org does not accept it: "Titles": it is odd`) {
		t.Error("the seed does not say that it lacks a rule")
	}
	start(t, seed.Bytes())
}

func TestNamesOfGroupsInExpressionsStay(t *testing.T) {
	t.Parallel()
	rule := `  - name: Of groups
    conditions: {expression: {type: "urn:okta:expression:1.0", value: 'isMemberOfGroupName("Nobody") and user.costCenter == "4711" and user.city == "Ulm"'}}
    actions: {assignUserToGroups: {groupIds: [Contractors]}}
apps:
`
	text, _ := copied(t, start(t, bytes.Replace(wholeOrg(t), []byte("apps:\n"), []byte(rule), 1)), orgcopy.Options{Anonymize: true})
	if !strings.Contains(text, `isMemberOfGroupName(\"Nobody\") and user.costCenter == \"4711\" and user.city == \"`) || strings.Contains(text, "Ulm") {
		t.Error("a name of a group, or a cost center, was replaced, or a city was not")
	}
}
