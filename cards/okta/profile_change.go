package okta

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/flowdeck/flowdeck/engine/card"
)

// profileOf returns the profile of a user or a group. Without one nothing can be compared; so is what that means.
func profileOf(thing string, answer map[string]any, so string) (map[string]any, error) {
	profile, _ := answer["profile"].(map[string]any)
	if profile == nil {
		return nil, &card.Error{Kind: card.Unavailable, Message: fmt.Sprintf("%s has no profile in Okta's answer; %s", thing, so)}
	}
	return profile, nil
}

// differing returns the wanted attributes that a profile does not have already, with null for those to clear.
func differing(profile, wanted map[string]any) map[string]any {
	differ := map[string]any{}
	for attribute, value := range wanted {
		if !same(profile[attribute], value) {
			differ[attribute] = value
		}
	}
	return differ
}

// What a missing profile means, by when it is missing.
const (
	untouched = "nothing was changed"
	uncertain = "it may have been changed"
)

// A change is the difference between a thing before a write and Okta's answer to it. Okta ignores values of attributes
// whose source is elsewhere, such as a directory: only the answer shows what was written.
type change struct {
	changed bool
	ignored []any // strings: what was sent and is as before, by Okta's names
}

// see compares one attribute that was sent.
func (c *change) see(attribute string, before, wanted, after card.Value) {
	switch {
	case !same(before, after):
		c.changed = true
	case wanted != "" || after != nil: // to clear what is empty changes nothing
		c.ignored = append(c.ignored, attribute)
	}
}

// changeOf compares the attributes that were sent since they differed.
func changeOf(before, sent, after map[string]any) change {
	c := change{ignored: []any{}}
	for _, attribute := range slices.Sorted(maps.Keys(sent)) {
		c.see(attribute, before[attribute], sent[attribute], after[attribute])
	}
	return c
}

// result adds the change to Okta's answer, or to what was read if nothing was sent.
func (c change) result(answer map[string]any) map[string]any {
	answer["changed"], answer["ignored"] = c.changed, c.ignored
	return answer
}

// same compares as JSON, where 1 and 1.0 are equal. Okta makes no difference between null and missing.
func same(a, b card.Value) bool {
	left, errA := card.EncodeJSON(withoutNulls(a))
	right, errB := card.EncodeJSON(withoutNulls(b))
	return errA == nil && errB == nil && bytes.Equal(left, right)
}

// withoutNulls returns a value without the null fields of its objects. The nulls of a list have a place in it.
func withoutNulls(v card.Value) card.Value {
	switch v := v.(type) {
	case map[string]any:
		kept := map[string]any{}
		for name, field := range v {
			if field != nil {
				kept[name] = withoutNulls(field)
			}
		}
		return kept
	case []any:
		kept := make([]any, len(v))
		for i, item := range v {
			kept[i] = withoutNulls(item)
		}
		return kept
	}
	return v
}
