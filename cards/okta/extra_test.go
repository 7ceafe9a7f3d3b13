package okta_test

import (
	"testing"

	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/engine/card"
)

func TestExtraRefusesFieldsThatItCannotSet(t *testing.T) {
	t.Parallel()
	s := simulate(t, appOrg+"zones:\n  - {id: nzo1, name: Office, type: IP, status: ACTIVE, usage: POLICY, gateways: [{type: CIDR, value: 192.0.2.0/24}]}\n")
	for name, in := range map[string]map[string]any{
		"okta.app.update":  {"app_id": "0oa1", "label": "Wiki"},
		"okta.zone.update": {"zone_id": "nzo1", "name": "Office"},
		"okta.app.create":  {"label": "New", "sign_on_mode": "BOOKMARK"},
		"okta.zone.create": {"name": "New"},
	} {
		s.forget()
		for _, field := range []string{"status", "id", "created", "lastUpdated", "_links"} {
			_, err := s.try(name, with(in, "extra", map[string]any{field: "INACTIVE"}))
			refused(t, err, card.Invalid, `"`+field+`" cannot be set in extra`)
		}
		for _, field := range []string{"label", "name"} {
			if in[field] != nil {
				_, err := s.try(name, with(in, "extra", map[string]any{field: "Other"}))
				refused(t, err, card.Invalid, `"`+field+`" is given twice`)
			}
		}
		if asked := s.forget(); len(asked) > 0 {
			t.Errorf("%s sent %v", name, asked)
		}
	}
}

func TestMoreAttributesRefuseThoseThatAreInputs(t *testing.T) {
	t.Parallel()
	s := simulate(t, appOrg)
	for name, in := range map[string]map[string]any{
		"okta.group.create": {"name": "New"}, "okta.group.ensure": {"name": "New"}, "okta.group.update": {"group_id": "00g1", "name": "New"},
		"okta.realm.create": {"name": "New"}, "okta.realm.update": {"realm_id": "guo1", "name": "New"},
	} {
		_, err := s.try(name, with(in, "profile_extra", map[string]any{"name": "Other"}))
		refused(t, err, card.Invalid, `"name" is given twice, as an input and in profile_extra`)
	}
	if asked := s.forget(); len(asked) > 0 {
		t.Errorf("it sent %v", asked)
	}
}

// The answer to a PUT shows whether anything changed: Okta ignores what it does not know.
func TestAnUpdateThatChangesNothingReportsNoChange(t *testing.T) {
	t.Parallel()
	s := simulate(t, appOrg)
	in := map[string]any{"app_id": "0oa1", "extra": map[string]any{"signOnMode": "SAML_2_0"}, "visibility": map[string]any{"hide": map[string]any{"web": false}}}
	if out := s.run("okta.app.update", in); out["changed"] != false {
		t.Errorf("got %v", out)
	}
	if out := s.run("okta.app.update", map[string]any{"app_id": "0oa2", "client_secret": secretWord}); out["changed"] != true {
		t.Errorf("a new secret: got %v", out)
	}
}

func TestAnEmptyListOfAZoneIsSent(t *testing.T) {
	t.Parallel()
	s := simulate(t, appOrg+"zones:\n  - {id: nzo1, name: Office, type: IP, status: ACTIVE, usage: POLICY, gateways: [{type: CIDR, value: 192.0.2.0/24}]}\n")
	out := s.run("okta.zone.update", map[string]any{"zone_id": "nzo1", "gateways": []any{}})
	if list, _ := out["gateways"].([]any); len(list) > 0 || out["changed"] != true {
		t.Errorf("got %v", out)
	}
}

// A card takes an optional string that is empty for one that is not given, unless it may be null.
func TestAWriteRefusesAnEmptyStringThatItWouldDrop(t *testing.T) {
	t.Parallel()
	found := 0
	for _, c := range okta.Cards() {
		for name, input := range c.In.Properties {
			if c.Effect == card.Reads || input.Type != "string" || input.Enum != nil || len(input.Types) > 0 {
				continue
			}
			required := false
			for _, other := range c.In.Required {
				required = required || other == name
			}
			if found++; !required && (input.MinLength == nil || *input.MinLength < 1) {
				t.Errorf("%s: %s may be empty", c.Name, name)
			}
		}
	}
	if found < 20 {
		t.Errorf("%d inputs are strings, want at least 20", found)
	}
}
