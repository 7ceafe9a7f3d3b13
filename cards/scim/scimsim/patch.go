package scimsim

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// An operation is one of a PATCH.
//
// Source: RFC 7644, section 3.5.2
type operation struct {
	op, path string
	value    any
}

// operationsIn returns the operations of the body of a PATCH.
func operationsIn(body map[string]any) (all []operation, _ *problem) {
	schemas, _ := get(body, "schemas").([]any)
	if !slices.Contains(schemas, any(patchMessage)) {
		return nil, refuse(400, "invalidSyntax", "schemas is not %s", patchMessage)
	}
	list, _ := get(body, "Operations").([]any)
	if len(list) == 0 {
		return nil, refuse(400, "invalidSyntax", "Operations is not a list with operations")
	}
	for _, item := range list {
		o, _ := item.(map[string]any)
		op, _ := get(o, "op").(string)
		path, _ := get(o, "path").(string)
		value, given := o[key(o, "value")]
		op = strings.ToLower(op)
		switch {
		case op != "add" && op != "replace" && op != "remove":
			return nil, refuse(400, "invalidSyntax", "op %q is not add, replace or remove", op)
		case op != "remove" && !given:
			return nil, invalidValue("value is missing")
		case op == "remove" && path == "":
			return nil, refuse(400, "noTarget", "remove has no path")
		}
		all = append(all, operation{op, path, value})
	}
	return all, nil
}

// patch applies operations to a resource: all or none.
func (s *Server) patch(c *collection, r *resource, operations []operation) *problem {
	if problem, done := s.patchMembers(r, operations); done || problem != nil {
		return problem
	}
	data, _ := json.Marshal(r.attributes) // it was JSON
	changed := map[string]any{}
	_ = json.Unmarshal(data, &changed)
	if len(r.members) > 0 {
		members := []any{}
		for _, id := range r.memberIDs() {
			members = append(members, map[string]any{"value": id})
		}
		changed["members"] = members
	}
	for _, o := range operations {
		if problem := o.apply(changed); problem != nil {
			return problem
		}
	}
	clean(changed)
	return s.set(c, r, changed)
}

// patchMembers applies operations that only add and remove single members, without a copy of the others. done is false if there are other
// operations.
func (s *Server) patchMembers(r *resource, operations []operation) (_ *problem, done bool) {
	var joining, leaving []string
	for _, o := range operations {
		id, one := memberPath(o.path)
		switch {
		case o.op == "add" && strings.EqualFold(o.path, "members"):
			ids, problem := s.memberIDs(o.value)
			if problem != nil {
				return problem, true
			}
			joining = append(joining, ids...)
		case o.op == "remove" && one:
			leaving = append(leaving, id)
		default:
			return nil, false
		}
	}
	if len(joining) > 0 && len(leaving) > 0 { // their order may matter
		return nil, false
	}
	for _, id := range joining {
		r.join(id)
	}
	for _, id := range leaving {
		delete(r.members, id)
	}
	return nil, true
}

// memberPath returns the id in members[value eq "id"].
func memberPath(path string) (id string, ok bool) {
	quoted, found := strings.CutPrefix(path, `members[value eq `)
	quoted, closed := strings.CutSuffix(quoted, "]")
	return id, found && closed && json.Unmarshal([]byte(quoted), &id) == nil
}

// apply applies the operation to attributes.
func (o operation) apply(attributes map[string]any) *problem {
	if o.path == "" {
		values, ok := o.value.(map[string]any)
		if !ok {
			return invalidValue("without a path, value is not an object")
		}
		for _, name := range slices.Sorted(maps.Keys(values)) {
			if problem := (operation{o.op, name, values[name]}).apply(attributes); problem != nil {
				return problem
			}
		}
		return nil
	}
	path, filter, sub, problem := cutPath(o.path)
	if problem != nil {
		return problem
	}
	names := namesOf(path)
	for _, fixed := range readOnly {
		if strings.EqualFold(names[0], fixed) {
			return refuse(400, "mutability", "%s is read-only", fixed)
		}
	}
	in := attributes
	for _, name := range names[:len(names)-1] {
		inner, ok := get(in, name).(map[string]any)
		if !ok && o.op == "remove" {
			return nil
		}
		if !ok {
			inner = map[string]any{}
			in[key(in, name)] = inner
		}
		in = inner
	}
	last := key(in, names[len(names)-1])
	if filter != nil {
		return o.applyWhere(in, last, filter, sub)
	}
	o.change(in, last)
	return nil
}

// change changes the field of an object.
func (o operation) change(in map[string]any, name string) {
	have, isList := in[name].([]any)
	object, isObject := in[name].(map[string]any)
	given, gave := o.value.(map[string]any)
	switch {
	case o.op == "remove":
		delete(in, name)
	case o.op == "add" && isList:
		in[name] = union(have, o.value)
	case isObject && gave: // the given sub-attributes only
		for sub, v := range given {
			object[key(object, sub)] = v
		}
	default:
		in[name] = o.value
	}
}

// union adds values to a list that does not have them.
func union(list []any, more any) []any {
	added, ok := more.([]any)
	if !ok {
		added = []any{more}
	}
	for _, v := range added {
		if !slices.ContainsFunc(list, func(have any) bool { return same(have, v) }) {
			list = append(list, v)
		}
	}
	return list
}

// same reports whether two values of a list are the same: members by their id.
func same(a, b any) bool {
	x, ok := a.(map[string]any)
	y, also := b.(map[string]any)
	if ok && also && len(y) == 1 && y["value"] != nil {
		return x["value"] == y["value"]
	}
	return reflect.DeepEqual(a, b)
}

// applyWhere changes the values of a list that a filter selects.
func (o operation) applyWhere(in map[string]any, name string, filter condition, sub string) *problem {
	list, _ := in[name].([]any)
	var rest []any
	found := false
	for _, v := range list {
		object, _ := v.(map[string]any)
		if object == nil || !filter(object) {
			rest = append(rest, v)
			continue
		}
		found = true
		switch {
		case sub != "":
			o.change(object, key(object, sub))
			rest = append(rest, object)
		case o.op == "remove":
		default:
			rest = append(rest, o.value)
		}
	}
	if !found && o.op != "remove" {
		return refuse(400, "noTarget", "no value of %s fits the filter", name)
	}
	in[name] = rest
	return nil
}

// cutPath reads the path of an operation: attribute, attribute[filter] or attribute[filter].sub.
//
// Source: RFC 7644, section 3.5.2, figure 7
func cutPath(path string) (attribute string, filter condition, sub string, _ *problem) {
	open := strings.Index(path, "[")
	if open < 0 {
		if path == "" || strings.ContainsAny(path, " \"]()") {
			return "", nil, "", invalidPath("path %q is not valid", path)
		}
		return path, nil, "", nil
	}
	end := strings.LastIndex(path, "]")
	if open == 0 || end < open {
		return "", nil, "", invalidPath("path %q is not valid", path)
	}
	f, problem := parseFilter(path[open+1:end], false)
	if problem != nil {
		return "", nil, "", invalidPath("path %q: %s", path, problem.detail)
	}
	sub, dotted := strings.CutPrefix(path[end+1:], ".")
	if !dotted && path[end+1:] != "" || dotted && sub == "" {
		return "", nil, "", invalidPath("path %q is not valid", path)
	}
	return path[:open], f.holds, sub, nil
}
