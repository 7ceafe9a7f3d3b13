package orgcopy

import (
	"context"
	"net/http"
	"slices"

	"github.com/flowdeck/flowdeck/engine/card"
)

// policyTypes are the types of policies.
//
// Source: Okta, Policies API, schema PolicyType
var policyTypes = []string{
	"ACCESS_POLICY", "CLIENT_UPDATE", "CONTINUOUS_ACCESS", "DEVICE_SIGNAL_COLLECTION", "ENTITY_RISK", "IDENTITY_CLAIM_SOURCING", "IDP_DISCOVERY",
	"MFA_ENROLL", "OKTA_SIGN_ON", "PASSWORD", "POST_AUTH_SESSION", "PROFILE_ENROLLMENT", "SELF_SERVICE_REGISTRATION", "SESSION_VIOLATION_DETECTION",
}

// policies reads the policies of each type, and the rules of each policy. Their names stay.
func (r *reader) policies(ctx context.Context) error {
	var all []list
	for _, of := range policyTypes {
		all = append(all, list{name: of, path: "/policies", query: limit(200, "type", of), into: r.spools["policies"], shape: r.policy})
	}
	if err := r.lists(ctx, Policies, false, all); err != nil {
		return err
	}
	all = nil
	for _, of := range policyTypes {
		if err := each(r.spools["policies"], of, func(p record) error {
			id := textIn(p, "id")
			path := pathOf("policies", id)
			all = append(all, list{name: id, path: path + "/rules", owner: path, into: r.spools["policy_rules"], shape: func(rule record) (any, error) {
				out, err := r.policyPart(rule, "actions")
				out["policy"] = id
				return out, err
			}})
			return nil
		}); err != nil {
			return err
		}
	}
	if len(all) == 0 {
		return nil
	}
	return r.lists(ctx, Policies, false, all)
}

func (r *reader) policy(p record) (any, error) {
	return r.policyPart(p, "type", "settings")
}

// policyPart returns what policies and their rules share, and the fields with these names.
func (r *reader) policyPart(p record, own ...string) (record, error) {
	id, err := identified(p)
	out := take(p, append(own, "status", "priority", "conditions")...)
	var left []string
	for _, name := range []string{"settings", "actions", "conditions"} {
		if v, has := out[name]; has {
			out[name] = knownOfPolicy(v, name, &left)
		}
	}
	slices.Sort(left)
	if left = slices.Compact(left); len(left) > 0 {
		out[lackingField] = left
	}
	conditions := out["conditions"]
	out["id"], out["name"] = id, r.hide.name(textIn(p, "name"), 50)
	putTimes(out, p)
	if about, has := p["description"].(string); has {
		out["description"] = r.hide.text(about)
	}
	if p["system"] == true {
		out["system"] = true
	}
	for _, name := range []string{"settings", "actions", "conditions"} {
		if v, has := out[name]; has {
			out[name] = r.hide.settings(v)
		}
	}
	if r.hide != nil && !r.hide.decidesAlike(conditions, out["conditions"]) {
		deactivate(out)
	}
	if users := objectIn(objectIn(objectIn(p, "conditions"), "people"), "users"); users != nil {
		hidden := record{}
		for name := range users {
			hidden[name] = r.hide.ids(listIn(users, name))
		}
		objectIn(objectIn(out, "conditions"), "people")["users"] = hidden
	}
	return out, err
}

// unavailable reports whether an error means that an org does not have a type of policies: which one that is depends on its features.
func unavailable(failure *card.Error) bool {
	return failure.Code == "E0000015" || failure.Status == http.StatusBadRequest
}
