package scim

import (
	"maps"
	"slices"
)

// replacement returns the body of a PUT after which a resource has the wanted attributes, and all others that it has.
//
// Source: RFC 7644, section 3.5.1
func replacement(k kind, want, have map[string]any) map[string]any {
	body := merged(want, have)
	for _, name := range []string{"meta", "groups", "password"} {
		delete(body, fieldName(body, name))
	}
	schemas := []any{k.schema}
	for _, name := range slices.Sorted(maps.Keys(body)) {
		if urn.MatchString(name) {
			schemas = append(schemas, name)
		}
	}
	body["schemas"] = schemas
	return body
}

// merged returns an object with the wanted fields, and the others that it has.
func merged(want, have map[string]any) map[string]any {
	all := map[string]any{}
	maps.Copy(all, have)
	for name, wanted := range want {
		at := fieldName(all, name)
		switch w := wanted.(type) {
		case mainEmail:
			list, _ := all[at].([]any)
			all[at] = w.merged(list)
		case map[string]any:
			inner, _ := all[at].(map[string]any)
			all[at] = merged(w, inner)
		default:
			all[at] = wanted
		}
		if isEmpty(all[at]) {
			delete(all, at)
		}
	}
	return all
}

// merged returns the emails with the address.
func (address mainEmail) merged(list []any) []any {
	item := address.among(list)
	if item == nil {
		return append(slices.Clone(list), address.alone()...)
	}
	all := make([]any, len(list))
	for i, one := range list {
		all[i] = one
		if object, ok := one.(map[string]any); ok && len(object) == len(item) && sameItem("emails", item, object) {
			changed := maps.Clone(object)
			changed[fieldName(changed, "value")] = string(address)
			all[i] = changed
		}
	}
	return all
}
