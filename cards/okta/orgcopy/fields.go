package orgcopy

import (
	"errors"
	"slices"
)

// textIn returns a field as a string; "" if it is not one.
func textIn(r record, name string) string {
	text, _ := r[name].(string)
	return text
}

// objectIn returns a field as an object; nil, which can be read, if it is not one.
func objectIn(r record, name string) record {
	object, _ := r[name].(record)
	return object
}

func listIn(r record, name string) []any {
	list, _ := r[name].([]any)
	return list
}

// put sets a field, unless the value is empty: nil, "", or an object or a list without content.
func put(r record, name string, v any) {
	switch v := v.(type) {
	case nil:
		return
	case string:
		if v == "" {
			return
		}
	case record:
		if len(v) == 0 {
			return
		}
	case []any:
		if len(v) == 0 {
			return
		}
	}
	r[name] = v
}

// putTimes sets when an object was created and changed last. In a seed, a time that is left out is that of the creation.
func putTimes(out, of record) {
	put(out, "created", of["created"])
	for _, name := range []string{"lastUpdated", "lastMembershipUpdated"} {
		if of[name] != of["created"] {
			put(out, name, of[name])
		}
	}
}

// take returns the fields with these names that are not null.
func take(r record, names ...string) record {
	taken := record{}
	for _, name := range names {
		if v, has := r[name]; has && v != nil {
			taken[name] = v
		}
	}
	return taken
}

// without returns the fields but for those with these names.
func without(r record, names ...string) record {
	rest := record{}
	for name, v := range r {
		if !slices.Contains(names, name) {
			rest[name] = v
		}
	}
	return rest
}

// mapped returns a value in which change has replaced each string, at any depth. change gets the name of the field that has the string, or the list with it.
func mapped(v any, name string, change func(name, text string) string) any {
	switch v := v.(type) {
	case string:
		return change(name, v)
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = mapped(item, name, change)
		}
		return list
	case record:
		object := record{}
		for field, value := range v {
			object[field] = mapped(value, field, change)
		}
		return object
	}
	return v
}

// errNoID is the error of an answer that Okta did not give.
var errNoID = errors.New("an object has no id")

// identified returns the id of an object.
func identified(r record) (string, error) {
	id := textIn(r, "id")
	if id == "" {
		return "", errNoID
	}
	return id, nil
}
