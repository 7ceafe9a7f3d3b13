package oktasim

import (
	"errors"
	"maps"
	"slices"
	"strings"
)

// A ref is a field that has the id of a user, a group or another object, or a list of ids. A seed may have the login or the name
// instead, and a dump has it. When something is deleted, objects with its id are deleted too, and lists lose the id.
type ref struct {
	field string // its path, such as "user" or "conditions.people.users.exclude"
	to    string // "users", "groups", or the key of another resource
}

// has reports whether the field is an id, or a list that has it.
func (f ref) has(fields map[string]any, id string) (found, many bool) {
	path := strings.Split(f.field, ".")
	for _, name := range path[:len(path)-1] {
		fields = objectIn(fields[name])
	}
	value := fields[path[len(path)-1]]
	if list, ok := value.([]any); ok {
		return slices.Contains(list, any(id)), true
	}
	return value == id, false
}

// renamed returns fields in which the ids of a ref are replaced.
func (f ref) renamed(fields map[string]any, name func(string) string) map[string]any {
	return mapAt(fields, f.field, func(v any) any {
		list, many := v.([]any)
		if !many {
			list = []any{v}
		}
		list = slices.Clone(list)
		for i, item := range list {
			if id := textOf(item); id != "" {
				list[i] = name(id)
			}
		}
		if !many {
			return list[0]
		}
		return list
	})
}

// resolved returns the fields of an object of a seed with ids instead of logins and names.
func (d *directory) resolved(r *resource, s seedObject) (map[string]any, error) {
	fields, problems := maps.Clone(s.fields), []error(nil)
	for _, f := range r.refs {
		fields = f.renamed(fields, func(name string) string {
			id, ok := d.idOf(f.to, name)
			if !ok {
				problems = append(problems, s.problem(f.field, name, f.to+": "+d.some(f.to), "%s.%s: %q is not in %s", s.where, f.field, name, f.to))
			}
			return id
		})
	}
	return fields, errors.Join(problems...)
}

// some returns names of what a seed can refer to, for a hint.
func (d *directory) some(to string) string {
	var names []string
	switch to {
	case "users":
		for i := range d.users[:min(len(d.users), someNames+1)] {
			names = append(names, d.users[i].login)
		}
	case "groups":
		for i := range d.groups[:min(len(d.groups), someNames+1)] {
			names = append(names, d.groups[i].name)
		}
	default:
		for _, o := range d.objects[to].live() {
			names = append(names, d.nameOf(to, o.id))
		}
	}
	return firstOf(names)
}

// firstOf returns names for a hint: all, or the first ten.
func firstOf(names []string) string {
	switch {
	case len(names) == 0:
		return "the seed lists none"
	case len(names) > someNames:
		return strings.Join(names[:someNames], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

const someNames = 10

// named returns the fields of an object with logins and names instead of ids.
func (d *directory) named(r *resource, o *object) map[string]any {
	fields := maps.Clone(o.fields)
	if fields == nil {
		fields = map[string]any{}
	}
	for _, f := range r.refs {
		fields = f.renamed(fields, func(id string) string { return d.nameOf(f.to, id) })
	}
	return fields
}

// removeReferring deletes the objects that refer to something that was deleted, or takes its id out of their lists.
func (d *directory) removeReferring(to, id string) {
	for _, r := range d.resources {
		for _, f := range r.refs {
			if f.to != to {
				continue
			}
			for _, o := range d.collection(r).objects {
				switch found, many := f.has(o.fields, id); {
				case o.gone || !found:
				case many:
					o.fields = mapAt(o.fields, f.field, func(v any) any {
						return slices.DeleteFunc(slices.Clone(v.([]any)), func(item any) bool { return item == id })
					})
				default:
					d.remove(r, o)
				}
			}
		}
	}
}

// mapAt returns fields in which change has replaced the value of a path. Fields without the path are returned as they are. It changes
// copies of the objects on the path.
func mapAt(fields map[string]any, path string, change func(any) any) map[string]any {
	name, rest, deeper := strings.Cut(path, ".")
	value, ok := fields[name]
	inner, isObject := value.(map[string]any)
	if !ok || deeper && !isObject {
		return fields
	}
	fields = maps.Clone(fields)
	if deeper {
		fields[name] = mapAt(inner, rest, change)
	} else {
		fields[name] = change(value)
	}
	return fields
}
