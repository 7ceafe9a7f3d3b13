package orgcopy_test

import (
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/cards/okta/orgcopy"
)

// A word that is in all texts that identify people, or their org, and in no replacement.
const canary = "canarry"

func TestNoNameOrSchemaHasADomainOrAnAddressOfPeople(t *testing.T) {
	t.Parallel()
	const org = `
users:
  - {login: canarry1@canarrydom.example, firstName: F, lastName: L, profile: {tier: canarry1@canarrydom.example, badge: canarry1@canarrydom.example}}
user_types:
  - {name: contractor, displayName: "ask canarry1@canarrydom.example, ext.canarry@other.example or canarrydom.example", description: of canarry}
groups:
  - {name: sg-canarrydom.example-users}
  - {name: eu.canarrydom.example staff}
  - {name: canarrydom.example staff}
  - {name: ask_a@canarrydom.example}
  - {name: canarry＠other.example}
  - {name: '"canarry q"@other.example'}
  - {name: "canarry@[192.0.2.1]"}
  - {name: version 1.2-of a.b-team.x}
schema_attributes:
  - {of: user, name: badge, attribute: {title: Badge (ask canarry1@canarrydom.example) at canarrydom.example, type: string, description: of canarry}}
  - of: user
    name: tier
    attribute:
      title: T
      type: string
      enum: [gold, canarry1@canarrydom.example]
      oneOf: [{const: gold, title: gold canarry1@canarrydom.example}, {const: canarry1@canarrydom.example, title: x}]
  - of: user
    name: more
    attribute:
      title: T
      type: string
      default: of canarry1@canarrydom.example
      examples: [canarry1@canarrydom.example]
      comment: canarry1@canarrydom.example
      externalName: canarry
      externalNamespace: urn:canarry
      master: {type: OVERRIDE, priority: [{type: APP, value: canarry}]}
      pattern: ^.*@canarrydom\.example$
  - {of: user, name: code, attribute: {title: Code, type: string, pattern: '^[A-Z]\d{4}\.\d$', mutability: READ_ONLY}}
`
	seed, sum := copied(t, start(t, []byte(org)), orgcopy.Options{Anonymize: true})
	for _, line := range strings.Split(seed, "\n") {
		if strings.Contains(line, canary) {
			t.Errorf("the copy has %s", line)
		}
	}
	for _, kept := range []string{
		`version 1.2-of a.b-team.x`, `"pattern": "^[A-Z]\\d{4}\\.\\d$"`, `"mutability": "READ_ONLY"`, `"type": "OVERRIDE"`, `"enum": ["gold", "`,
		"name: sg-", "name: eu.",
	} {
		if !strings.Contains(seed, kept) {
			t.Errorf("the copy lacks %s", kept)
		}
	}
	if len(sum.Lacking) != 1 || strings.Join(sum.Lacking[0].Fields, " ") != "attribute.comment attribute.default attribute.examples attribute.pattern" {
		t.Errorf("left out are %v", sum.Lacking)
	}
	start(t, []byte(seed))
}

func TestDomainsAreReplacedInNamesAlsoIfTheUsersAreNotRead(t *testing.T) {
	t.Parallel()
	kinds, err := orgcopy.Select([]string{"groups", "rules", "apps", "policies", "hooks"})
	if err != nil {
		t.Fatal(err)
	}
	const org = `
users: [{login: ada@canarrydom.example}]
groups: [{name: canarrydom.example staff 1.2}]
apps: [{label: canarrydom.example portal, signOnMode: BOOKMARK, settings: {app: {url: "https://wiki.example/"}}}]
policies: [{name: canarrydom.example policy, type: OKTA_SIGN_ON}]
`
	seed, _ := copied(t, start(t, []byte(org)), orgcopy.Options{Anonymize: true, Kinds: kinds})
	if strings.Contains(seed, canary) || !strings.Contains(seed, "staff 1.2") || !strings.Contains(seed, " portal") {
		t.Errorf("the copy is\n%s", seed)
	}
}
