package scim

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// fieldName returns the name of the field of an object that is an attribute, whose case does not matter. It is the name itself if there is none.
//
// Source: RFC 7643, section 2.1
func fieldName(object map[string]any, attribute string) string {
	if _, ok := object[attribute]; ok {
		return attribute
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if strings.EqualFold(name, attribute) {
			return name
		}
	}
	return attribute
}

// field returns the value of an attribute; nil if it has none.
func field(object map[string]any, attribute string) any { return object[fieldName(object, attribute)] }

// core are the attributes whose names flows know, in the case of the standard.
//
// Source: RFC 7643, sections 3.1 and 4
var core = []string{
	"id", "externalId", "schemas", "meta", "userName", "name", "displayName", "nickName", "profileUrl", "title", "userType", "preferredLanguage", "locale",
	"timezone", "active", "emails", "phoneNumbers", "ims", "photos", "addresses", "groups", "entitlements", "roles", "x509Certificates", "members", enterpriseSchema,
}

// canonical gives the attributes of a resource the names of the standard, and the id the type that it has there. It changes the object.
func canonical(object map[string]any) map[string]any {
	for _, attribute := range core {
		if name := fieldName(object, attribute); name != attribute {
			if v, ok := object[name]; ok {
				delete(object, name)
				object[attribute] = v
			}
		}
	}
	switch id := object["id"].(type) {
	case int:
		object["id"] = fmt.Sprint(id)
	case json.Number:
		object["id"] = id.String()
	}
	return object
}

// attributeName matches the name of an attribute, and urn that of an extension.
//
// Source: RFC 7643, section 2.1; RFC 8141
var (
	attributeName = regexp.MustCompile(`^[A-Za-z$][A-Za-z0-9_$-]*$`)
	urn           = regexp.MustCompile(`^(?i:urn):[A-Za-z0-9][A-Za-z0-9-]*:[A-Za-z0-9:._~%/+=@!$&'*,;-]+$`)
)

// fixed are the attributes that no card sets: the target does, or they are secret. docs/scim.md.
var fixed = []string{"id", "meta", "schemas", "groups", "password"}

// isFixed reports whether an attribute must not be set.
func isFixed(attribute string) bool {
	return slices.ContainsFunc(fixed, func(name string) bool { return strings.EqualFold(name, attribute) })
}

// checkAttributes refuses attributes that cannot be set.
func checkAttributes(value any) *card.Refusal {
	given, _ := value.(map[string]any)
	seen := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		refusal := &card.Refusal{Path: []string{"attributes", name}}
		other, twice := seen[strings.ToLower(name)]
		switch {
		case isFixed(name):
			refusal.Message = fmt.Sprintf("attribute %q cannot be set", name)
		case strings.Contains(name, ".") && !urn.MatchString(name):
			refusal.Message, refusal.Hint = fmt.Sprintf("attribute %q has a dot", name), "write it as an object, such as name: {givenName: Ada}"
		case !attributeName.MatchString(name) && !urn.MatchString(name):
			refusal.Message = fmt.Sprintf("%q is not the name of an attribute or the URN of an extension", name)
		case twice:
			refusal.Message = fmt.Sprintf("attributes %q and %q are the same: the case of a name does not matter", other, name)
		default:
			seen[strings.ToLower(name)] = name
			continue
		}
		return refusal
	}
	return nil
}

// isEmpty reports whether a value is the same as none.
//
// Source: RFC 7643, section 2.5
func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		return len(v) == 0
	case map[string]any:
		for _, inner := range v {
			if !isEmpty(inner) {
				return false
			}
		}
		return true
	}
	return false
}

// anyCase are the attributes, of users or of values in lists, of which the case does not matter, so that a target may change it.
//
// Source: RFC 7643, sections 4.1.1 and 4.1.2
var anyCase = map[string]bool{"username": true, "emails.value": true}

// sameValue reports whether a target has the wanted value at a path, such as name.givenName, although it may write it in another way.
func sameValue(path string, want, have any) bool {
	w, isText := want.(string)
	h, text := have.(string)
	if isText && text {
		return w == h || anyCase[strings.ToLower(path)] && strings.EqualFold(w, h)
	}
	if b, ok := want.(bool); ok && text { // some targets send booleans as strings
		return strings.EqualFold(h, fmt.Sprint(b))
	}
	return reflect.DeepEqual(plain(want), plain(have))
}

// plain returns a value in which equal numbers are equal.
func plain(v any) any {
	switch v := v.(type) {
	case int:
		return float64(v)
	case json.Number:
		return v.String()
	case []any:
		all := make([]any, len(v))
		for i, item := range v {
			all[i] = plain(item)
		}
		return all
	case map[string]any:
		all := map[string]any{}
		for name, item := range v {
			if item != nil {
				all[name] = plain(item)
			}
		}
		return all
	}
	return v
}

// sameResource reports whether two answers have the same attributes, whatever their versions and times.
func sameResource(a, b map[string]any) bool {
	without := func(r map[string]any) map[string]any {
		r = maps.Clone(r)
		delete(r, "meta")
		delete(r, "schemas")
		return r
	}
	return reflect.DeepEqual(plain(without(a)), plain(without(b)))
}
