package orgcopy_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/flowdeck/flowdeck/cards/okta/orgcopy"
)

// personal are texts of testdata/whole.yaml that identify people.
var personal = []string{
	"lovelace", "bob@", "acme.example", "partner.example", "901820", "head of identity", "where did you", "0815", "ask ada", "f.fox", "adecco",
	"north 3", "somebody else", "to the hr system", "longer ones", "from an agency", "cargo", "00ubob",
}

// unkept returns the parts of a whole dump that a copy with other names has, too: all but texts.
func shapeOf(t *testing.T, dump string) (shape []string) {
	t.Helper()
	var org map[string]any
	if err := yaml.Unmarshal([]byte(dump), &org); err != nil {
		t.Fatal(err)
	}
	for key, list := range org {
		items, _ := list.([]any)
		shape = append(shape, fmt.Sprint(key, len(items)))
		for _, item := range items {
			object := item.(map[string]any)
			profile, _ := object["profile"].(map[string]any)
			switch key {
			case "users":
				shape = append(shape, fmt.Sprint("user ", object["status"], object["created"], object["lastLogin"], profile["department"], profile["costCenter"],
					profile["level"], profile["hired"], profile["badgeNumber"], profile["remote"], object["type"]))
			case "groups":
				members, _ := object["members"].([]any)
				rules, _ := object["rule_members"].(map[string]any)
				shape = append(shape, fmt.Sprint("group ", object["name"], object["type"], len(members), len(rules)))
			case "apps", "group_rules", "policies", "policy_rules", "event_hooks":
				shape = append(shape, fmt.Sprint(key, object["name"], object["label"], object["status"]))
			}
		}
	}
	slices.Sort(shape)
	return shape
}

func TestAnAnonymizedCopyHasNoTextThatIdentifiesPeopleAndTheSameShape(t *testing.T) {
	t.Parallel()
	org := start(t, wholeOrg(t))
	plain, _ := copied(t, org, orgcopy.Options{})
	seed, sum := copied(t, org, orgcopy.Options{Anonymize: true})
	for _, text := range personal {
		if !strings.Contains(strings.ToLower(plain), text) {
			t.Errorf("the copy with names has no %q: this test proves nothing about it", text)
		}
		if strings.Contains(strings.ToLower(seed), text) {
			t.Errorf("the copy has %q", text)
		}
	}
	if !sum.Anonymized || sum.Dropped > 0 {
		t.Errorf("the summary is %v", sum)
	}
	if head := "# A copy of an org, made by "; !strings.HasPrefix(seed, head) {
		t.Errorf("the copy does not begin with %q", head)
	}
	want, got := shapeOf(t, dumpOf(t, start(t, []byte(plain)))), shapeOf(t, dumpOf(t, start(t, []byte(seed))))
	if !slices.Equal(want, got) {
		t.Errorf("the shape is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestTheSameTextIsReplacedInTheSameWay(t *testing.T) {
	t.Parallel()
	org := session(t, start(t, wholeOrg(t)), "demo-token")
	c := open(t, orgcopy.Options{Kinds: orgcopy.Kinds(), Anonymize: true})
	if err := c.Read(t.Context(), org, once, quiet); err != nil {
		t.Fatal(err)
	}
	var first, second bytes.Buffer
	for _, to := range []*bytes.Buffer{&first, &second} {
		if _, err := c.Write(to, time.Time{}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if first.String() != second.String() {
		t.Error("the second seed differs")
	}
	var seed struct {
		Users []struct {
			ID, Login, Email, FirstName string
			Profile                     map[string]any
		}
		Groups     []struct{ Profile map[string]any }
		GroupRules []struct {
			Conditions struct {
				Expression struct{ Value string }
				People     struct{ Users struct{ Exclude []string } }
			}
		} `yaml:"group_rules"`
	}
	if err := yaml.Unmarshal(first.Bytes(), &seed); err != nil {
		t.Fatal(err)
	}
	ada, bob := seed.Users[0], seed.Users[1]
	form := regexp.MustCompile(`^[a-z]{16}@[a-z]{16}\.example$`)
	if !form.MatchString(ada.Login) || ada.Email != "" || bob.Email == bob.Login || !strings.EqualFold(bob.Email, bob.Login) {
		t.Errorf("logins and addresses are %s, %s, %s, %s", ada.Login, ada.Email, bob.Login, bob.Email)
	}
	if bob.Profile["manager"] != ada.Login || seed.Groups[1].Profile["owner"] != ada.Login {
		t.Errorf("%s is %v as a manager, and %v as an owner", ada.Login, bob.Profile["manager"], seed.Groups[1].Profile["owner"])
	}
	if phone := fmt.Sprint(ada.Profile["mobilePhone"]); !regexp.MustCompile(`^\+999\d{15}$`).MatchString(phone) {
		t.Errorf("a phone is %s", phone)
	}
	_, domain, _ := strings.Cut(ada.Login, "@")
	rules := seed.GroupRules
	want := fmt.Sprintf(`String.stringContains(user.login, "@%s") or user.title == "%s"`, domain, ada.Profile["title"])
	if got := rules[1].Conditions.Expression.Value; got != want {
		t.Errorf("a rule is\n%s\nwant\n%s", got, want)
	}
	if got := rules[0].Conditions.Expression.Value; !strings.Contains(got, `user.department == "IT"`) || strings.Contains(got, "Boss") {
		t.Errorf("a rule is %s", got)
	}
	if got := rules[0].Conditions.People.Users.Exclude; len(got) != 1 || got[0] != bob.ID {
		t.Errorf("a rule excludes %v, want %s", got, bob.ID)
	}
	other, _ := copied(t, start(t, wholeOrg(t)), orgcopy.Options{Anonymize: true})
	if strings.Contains(other, ada.Login) || strings.Contains(other, bob.ID) {
		t.Error("another copy replaces texts in the same way")
	}
}

func TestKeptAttributesStayAndAreNamed(t *testing.T) {
	t.Parallel()
	org := start(t, wholeOrg(t))
	seed, sum := copied(t, org, orgcopy.Options{Org: "acme", Anonymize: true, Keep: []string{"title"}})
	if strings.Count(seed, "Head of Identity") != 2 { // of a user, and in a rule
		t.Error("a title does not stay")
	}
	head, _, _ := strings.Cut(seed, "\n\n")
	if !strings.Contains(head, "not replaced: title.") || strings.Contains(head, "acme") || !slices.Equal(sum.Kept, []string{"title"}) {
		t.Errorf("the head is\n%s\nand kept is %v", head, sum.Kept)
	}
	c := open(t, orgcopy.Options{Kinds: orgcopy.Kinds(), Anonymize: true, Keep: []string{"titel"}})
	if err := c.Read(t.Context(), session(t, org, "demo-token"), once, quiet); err != nil {
		t.Fatal(err)
	}
	wrong := (*orgcopy.KeepError)(nil)
	if _, err := c.Write(io.Discard, time.Time{}, nil); !errors.As(err, &wrong) || wrong.Name != "titel" {
		t.Errorf("a name that no attribute has gives %v", err)
	}
	if err := orgcopy.CanKeep([]string{"title", "login"}); !errors.As(err, &wrong) || wrong.Name != "login" {
		t.Errorf("keeping logins gives %v", err)
	}
}
