package scim

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// predict returns what operations make of the state before them, as the standard has it: a target may write values in another way.
func predict(operations []operation, before card.State) (p card.Predicted) {
	if before.IsZero() {
		operations, p.Unseen = certain(operations)
	}
	is, _ := cloned(before.Fields).(map[string]any)
	if is == nil {
		is = map[string]any{}
	}
	for _, o := range operations {
		o.apply(is)
	}
	p.Fields = changes(before.Fields, asInState(is))
	return p
}

// predictWanted is predict for wanted attributes.
func predictWanted(want map[string]any, before card.State) card.Predicted {
	return predict(difference(want, before.Fields), before)
}

// predictNew returns what a call makes that creates a resource. It predicts nothing for one that exists: the target then refuses the call.
func predictNew(k kind, want map[string]any, before card.State) card.Predicted {
	if !before.Missing && !before.IsZero() {
		return card.Predicted{}
	}
	fields := replacement(k, want, nil)
	delete(fields, "schemas")
	return card.Predicted{Fields: asInState(fields)}
}

// asInState gives the attributes of a resource the form that they have in a state: names as in the standard, and of members only their ids,
// sorted, because a target adds names and links to them. It changes the object.
func asInState(r map[string]any) map[string]any {
	canonical(r)
	list, isList := r["members"].([]any)
	if !isList {
		return r
	}
	var ids []string
	for _, m := range objects(list) {
		ids = append(ids, text(m, "value"))
	}
	slices.Sort(ids)
	r["members"] = references(slices.Compact(ids))
	return r
}

// certain returns the operations whose result does not depend on the state before them, and the names of the attributes that the others are
// about: what is added to a list, or done to some of its values, depends on the others.
func certain(operations []operation) (sure []operation, unsure []string) {
	for _, o := range operations {
		_, isList := o.Value.([]any)
		if o.Path != "" && !isList && !strings.Contains(o.Path, "[") {
			sure = append(sure, o)
			continue
		}
		unsure = append(unsure, touched([]operation{o})...)
	}
	slices.Sort(unsure)
	return sure, slices.Compact(unsure)
}

// changes returns the prediction that makes an object another one.
func changes(old, now map[string]any) map[string]any {
	set := map[string]any{}
	for name, was := range old {
		inner, isObject := was.(map[string]any)
		after, stays := now[name].(map[string]any)
		switch {
		case isEmpty(now[name]):
			if !isEmpty(was) {
				set[name] = nil
			}
		case isObject && stays:
			if inside := changes(inner, after); len(inside) > 0 {
				set[name] = inside
			}
		case !card.Same(was, now[name]):
			set[name] = now[name]
		}
	}
	for name, value := range now {
		if old[name] == nil && !isEmpty(value) {
			set[name] = value
		}
	}
	return set
}

// apply does the operation to attributes.
//
// Source: RFC 7644, section 3.5.2
func (o operation) apply(attributes map[string]any) {
	if o.Path == "" {
		values, _ := o.Value.(map[string]any)
		for _, name := range sortedNames(values) {
			names := []string{name}
			if path, ok := attributePath(name); ok && !urn.MatchString(name) {
				names = path
			}
			o.with(values[name]).applyAt(attributes, names, nil, "")
		}
		return
	}
	before, rest, filtered := strings.Cut(o.Path, "[")
	names, _ := attributePath(before)
	if _, whole := attributes[fieldName(attributes, before)]; whole || len(names) == 0 { // such as the URN of an extension
		names = []string{before}
	}
	if !filtered {
		o.applyAt(attributes, names, nil, "")
		return
	}
	end := max(strings.LastIndex(rest, "]"), 0)
	fits, _ := parseFilter(rest[:end]) // a wrong one was refused
	o.applyAt(attributes, names, fits, strings.TrimPrefix(rest[end:], "]."))
}

// with returns the operation with another value.
func (o operation) with(value any) operation {
	o.Value = value
	return o
}

// applyAt does the operation to the attribute with the names, the outermost first; with a filter, to the values of its list that fit, or to
// their sub-attribute.
func (o operation) applyAt(in map[string]any, names []string, fits filter, sub string) {
	for _, name := range names[:len(names)-1] {
		at := fieldName(in, name)
		inner, _ := in[at].(map[string]any)
		if inner == nil {
			inner = map[string]any{}
		}
		in[at], in = inner, inner
	}
	at := fieldName(in, names[len(names)-1])
	if fits == nil {
		o.change(in, at)
		return
	}
	list, _ := in[at].([]any)
	rest := []any{}
	for _, item := range list {
		object, _ := item.(map[string]any)
		switch {
		case object == nil || !fits(object):
			rest = append(rest, item)
		case sub != "" && sub != "]":
			o.change(object, fieldName(object, sub))
			rest = append(rest, object)
		case o.Op != "remove":
			rest = append(rest, o.Value)
		}
	}
	in[at] = rest
}

// change changes the field of an object.
func (o operation) change(in map[string]any, name string) {
	list, isList := in[name].([]any)
	object, isObject := in[name].(map[string]any)
	given, gave := o.Value.(map[string]any)
	switch {
	case o.Op == "remove":
		delete(in, name)
	case o.Op == "add" && isList:
		in[name] = united(list, o.Value)
	case isObject && gave: // the given sub-attributes only
		for sub, value := range given {
			object[fieldName(object, sub)] = value
		}
	default:
		in[name] = o.Value
	}
}

// united adds values to a list that does not have them.
func united(list []any, more any) []any {
	added, isList := more.([]any)
	if !isList {
		added = []any{more}
	}
	for _, value := range added {
		object, _ := value.(map[string]any)
		has := func(have any) bool {
			other, _ := have.(map[string]any)
			return reflect.DeepEqual(have, value) || other != nil && len(object) == 1 && object["value"] != nil && other["value"] == object["value"]
		}
		if !slices.ContainsFunc(list, has) {
			list = append(list, value)
		}
	}
	return list
}

// cloned returns a copy of a value that shares no object and no list with it.
func cloned(v any) any {
	switch v := v.(type) {
	case map[string]any:
		object := maps.Clone(v)
		for name, value := range object {
			object[name] = cloned(value)
		}
		return object
	case []any:
		list := slices.Clone(v)
		for i, item := range list {
			list[i] = cloned(item)
		}
		return list
	}
	return v
}
