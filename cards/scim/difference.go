package scim

import (
	"maps"
	"slices"
	"strings"
)

// An operation is one of a PATCH.
//
// Source: RFC 7644, section 3.5.2
type operation struct {
	Op    string `json:"op" jsonschema:"what to do" enum:"add,replace,remove"`
	Path  string `json:"path,omitempty" jsonschema:"the attribute, such as name.familyName, emails[type eq \"work\"].value or the URN of an extension, a colon and its attribute; without it, value has the attributes"`
	Value any    `json:"value,omitempty" jsonschema:"the value; not for remove"`
}

// body returns the operation as a target reads it.
func (o operation) body() map[string]any {
	b := map[string]any{"op": o.Op}
	if o.Path != "" {
		b["path"] = o.Path
	}
	if o.Op != "remove" {
		b["value"] = o.Value
	}
	return b
}

// mainEmail is a wanted value of emails of which only the address is given: that of the primary email, or else that for work, or the only one.
type mainEmail string

// difference returns the fewest operations after which a resource has the wanted attributes: a null, or an empty list, is for none. The others
// stay. It has one operation for each attribute, or sub-attribute of an object, that differs. So the order of operations does not matter, and
// the operations are understood by targets that know only some of the forms of the standard.
func difference(want, have map[string]any) []operation { return differences("", want, have) }

// differences is difference for the attributes below a path, which ends in what separates it from them.
func differences(prefix string, want, have map[string]any) (all []operation) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		path, wanted, is := prefix+name, want[name], field(have, name)
		object, isObject := wanted.(map[string]any)
		inner, innerIs := is.(map[string]any)
		list, isList := wanted.([]any)
		address, isMain := wanted.(mainEmail)
		extension := prefix == "" && urn.MatchString(name)
		switch {
		case isEmpty(wanted) && !isMain && !(isObject && len(object) > 0):
			if !isEmpty(is) {
				all = append(all, operation{Op: "remove", Path: path})
			}
		case isMain:
			all = append(all, address.difference(path, is)...)
		case isList:
			all = append(all, listDifference(path, list, is)...)
		case isObject && extension:
			all = append(all, differences(path+":", object, inner)...)
		case isObject && innerIs && !isEmpty(inner):
			all = append(all, differences(path+".", object, inner)...)
		case isObject && isEmpty(object): // none of the sub-attributes is there
		case isObject:
			all = append(all, operation{"add", path, withoutEmpty(object)})
		case sameValue(path, wanted, is):
		case is == nil:
			all = append(all, operation{"add", path, wanted})
		default:
			all = append(all, operation{"replace", path, wanted})
		}
	}
	return all
}

// withoutEmpty returns an object without the fields that are the same as none.
func withoutEmpty(object map[string]any) map[string]any {
	kept := map[string]any{}
	for name, v := range object {
		if !isEmpty(v) {
			kept[name] = v
		}
	}
	return kept
}

// listDifference returns the operations after which a multi-valued attribute has the wanted values: none, one about a single value, or one
// that replaces all values. A single value is selected by its `value`, or by its `type` if that is what stays the same.
func listDifference(path string, want []any, is any) []operation {
	have, _ := is.([]any)
	if len(have) == 0 {
		return []operation{{"add", path, want}}
	}
	fresh, gone, changed := compareLists(path, want, have)
	switch {
	case len(fresh)+len(gone)+len(changed) == 0:
		return nil
	case len(fresh) == 1 && len(gone)+len(changed) == 0:
		return []operation{{"add", path, fresh}}
	case len(gone) == 1 && len(fresh)+len(changed) == 0:
		if at, ok := selected(path, have, gone[0], "value"); ok {
			return []operation{{Op: "remove", Path: at}}
		}
	case len(changed) == 1 && len(fresh)+len(gone) == 0:
		if at, ok := selected(path, have, changed[0].have, "value"); ok {
			if one := differences(at+".", changed[0].want, changed[0].have); len(one) == 1 {
				return one
			}
		}
	case len(fresh) == 1 && len(gone) == 1 && len(changed) == 0:
		if one, ok := moved(path, have, fresh[0], gone[0]); ok {
			return []operation{one}
		}
	}
	return []operation{{"replace", path, want}}
}

// A pair is a wanted value of a list, and the one that is there for it.
type pair struct{ want, have map[string]any }

// compareLists compares the values of a list: those that are missing, those that are not wanted, and those with another sub-attribute.
func compareLists(path string, want, have []any) (fresh, gone []any, changed []pair) {
	left := slices.Clone(have)
	for _, w := range want {
		i := slices.IndexFunc(left, func(h any) bool { return sameItem(path, w, h) })
		if i < 0 {
			fresh = append(fresh, w)
			continue
		}
		wanted, isObject := w.(map[string]any)
		if h, ok := left[i].(map[string]any); ok && isObject && len(differences(path+".", wanted, h)) > 0 {
			changed = append(changed, pair{wanted, h})
		}
		left = slices.Delete(left, i, i+1)
	}
	return fresh, left, changed
}

// sameItem reports whether two values of a list are about the same thing: objects with the same `value`, or the same values.
func sameItem(path string, want, have any) bool {
	w, isObject := want.(map[string]any)
	h, object := have.(map[string]any)
	if !isObject || !object {
		return sameValue(path, want, have)
	}
	if v := field(w, "value"); v != nil {
		return sameValue(path+".value", v, field(h, "value"))
	}
	return len(differences(path+".", w, h)) == 0
}

// moved returns the operation that gives a value of a list another `value`, if only that differs.
func moved(path string, have []any, fresh, gone any) (operation, bool) {
	w, _ := fresh.(map[string]any)
	h, _ := gone.(map[string]any)
	at, ok := selected(path, have, gone, "type")
	if w == nil || h == nil || !ok {
		return operation{}, false
	}
	one := differences(at+".", w, h)
	if len(one) != 1 || !strings.HasSuffix(strings.ToLower(one[0].Path), "].value") {
		return operation{}, false
	}
	return one[0], true
}

// selected returns the path of a value of a list, by a sub-attribute that no other value has; false if there is none.
func selected(path string, have []any, item any, by string) (string, bool) {
	object, _ := item.(map[string]any)
	key, ok := field(object, by).(string)
	if !ok || key == "" {
		return "", false
	}
	same := 0
	for _, other := range have {
		o, _ := other.(map[string]any)
		if text, _ := field(o, by).(string); strings.EqualFold(text, key) {
			same++
		}
	}
	return path + "[" + by + " eq " + quoted(key) + "]", same == 1
}

// difference returns the operation after which a user has the address.
func (address mainEmail) difference(path string, is any) []operation {
	list, _ := is.([]any)
	item := address.among(list)
	if item == nil {
		return []operation{{"add", path, address.alone()}}
	}
	if sameValue("emails.value", string(address), field(item, "value")) {
		return nil
	}
	for _, by := range []string{"type", "value"} {
		if at, ok := selected(path, list, item, by); ok {
			return []operation{{"replace", at + ".value", string(address)}}
		}
	}
	return []operation{{"replace", path, address.alone()}}
}

// alone returns the emails of a user who has none.
func (address mainEmail) alone() []any {
	return []any{map[string]any{"value": string(address), "type": "work", "primary": true}}
}

// among returns the email of a list that the address is for; nil if there is none.
func (address mainEmail) among(list []any) map[string]any {
	var objects []map[string]any
	for _, item := range list {
		if object, ok := item.(map[string]any); ok {
			objects = append(objects, object)
		}
	}
	for _, fits := range []func(map[string]any) bool{
		func(o map[string]any) bool { return sameValue("", true, field(o, "primary")) },
		func(o map[string]any) bool {
			kind, _ := field(o, "type").(string)
			return strings.EqualFold(kind, "work")
		},
		func(map[string]any) bool { return len(objects) == 1 },
	} {
		if i := slices.IndexFunc(objects, fits); i >= 0 {
			return objects[i]
		}
	}
	return nil
}
