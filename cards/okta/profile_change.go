package okta

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// profileOf returns the profile of a user or a group, which thing names. If the answer has no profile, nothing can be
// compared, and the error message ends with consequence.
func profileOf(thing string, answer map[string]any, consequence string) (map[string]any, error) {
	profile, _ := answer["profile"].(map[string]any)
	if profile == nil {
		return nil, &card.Error{Kind: card.Unavailable, Message: fmt.Sprintf("%s has no profile in Okta's answer; %s", thing, consequence)}
	}
	return profile, nil
}

// differing returns the wanted attributes whose values differ from the profile. A null clears an attribute.
func differing(profile, wanted map[string]any) map[string]any {
	differ := map[string]any{}
	for attribute, value := range wanted {
		if !card.Same(profile[attribute], value) {
			differ[attribute] = value
		}
	}
	return differ
}

// checkCleared refuses names of attributes to clear that differ from the name of an attribute only in case. Whether another attribute
// exists is not visible: a profile has only the attributes with a value.
func checkCleared(before, wanted map[string]any) error {
	known := slices.Concat(slices.Sorted(maps.Keys(before)), baseAttributes)
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if wanted[name] != nil || slices.Contains(known, name) {
			continue
		}
		if strings.TrimSpace(name) == "" {
			return badInput("", "the name of an attribute to clear is empty")
		}
		for _, other := range known {
			if strings.EqualFold(name, other) {
				return badInput(fmt.Sprintf("did you mean %q?", other), "a user has no attribute %q", name)
			}
		}
	}
	return nil
}

// baseAttributes are the attributes that the profile of every user can have.
//
// Source: Okta, "Users", "Default profile properties", https://developer.okta.com/docs/reference/api/users/
var baseAttributes = []string{
	"login", "email", "secondEmail", "firstName", "lastName", "middleName", "honorificPrefix", "honorificSuffix", "title", "displayName",
	"nickName", "profileUrl", "primaryPhone", "mobilePhone", "streetAddress", "city", "state", "zipCode", "countryCode", "postalAddress",
	"preferredLanguage", "locale", "timezone", "userType", "employeeNumber", "costCenter", "organization", "division", "department",
	"managerId", "manager",
}

// These are the consequences of a missing profile, before and after a write.
const (
	untouched = "nothing was changed"
	uncertain = "it may have been changed"
)

// A change compares a user or group before a write with Okta's answer to the write. Okta ignores attributes whose
// source is elsewhere, such as a directory, so that only the answer shows which values were written.
type change struct {
	changed bool
	ignored []any // strings: Okta's names of the attributes that were sent and did not change
}

// see records whether one attribute that was sent has changed.
func (c *change) see(attribute string, before, wanted, after card.Value) {
	switch {
	case !card.Same(before, after):
		c.changed = true
	case wanted != "" || after != nil: // clearing an empty attribute changes nothing
		c.ignored = append(c.ignored, attribute)
	}
}

// changeOf compares the sent attributes before and after a write.
func changeOf(before, sent, after map[string]any) change {
	c := change{ignored: []any{}}
	for _, attribute := range slices.Sorted(maps.Keys(sent)) {
		c.see(attribute, before[attribute], sent[attribute], after[attribute])
	}
	return c
}

// took reports whether a write changed a field that it sent, by Okta's answer: an object is compared by the fields that were sent.
func took(before, sent, answer map[string]any) bool {
	for name, wanted := range sent {
		fields, nested := wanted.(map[string]any)
		now, shown := answer[name].(map[string]any)
		if nested && shown {
			was, _ := before[name].(map[string]any)
			if took(was, fields, now) {
				return true
			}
		} else if !card.Same(before[name], answer[name]) {
			return true
		}
	}
	return false
}

// result adds the change to Okta's answer, or to the record that was read if nothing was sent.
func (c change) result(answer map[string]any) map[string]any {
	answer["changed"], answer["ignored"] = c.changed, c.ignored
	return answer
}
