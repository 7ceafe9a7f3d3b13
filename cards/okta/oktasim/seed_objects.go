package oktasim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// A seedObject is a listed object. Its references are as in the seed: ids, logins or names.
type seedObject struct {
	id, status           string
	created, lastUpdated instant // unset: the start of the org, and created
	fields               map[string]any
	where                string
	at                   *yaml.Node
}

// listed reads the listed objects of all resources.
func (l *loader) listed(parts map[string]*yaml.Node) map[string][]seedObject {
	all := map[string][]seedObject{}
	for _, r := range resources() {
		ids := map[string]bool{}
		for i, item := range l.list(parts[r.key], r.key) {
			where := fmt.Sprintf("%s[%d]", r.key, i)
			o, ok := l.object(r, item, where)
			switch {
			case !ok:
			case o.id != "" && ids[o.id]:
				l.problem(item, "", "id %q is already listed in %s", o.id, r.key)
			default:
				ids[o.id] = true
				all[r.key] = append(all[r.key], o)
			}
		}
	}
	return all
}

func (l *loader) object(r *resource, n *yaml.Node, where string) (o seedObject, ok bool) {
	o.where, o.at, o.created, o.lastUpdated = where, n, unset, unset
	if n.Kind != yaml.MappingNode {
		l.problem(n, "", "%s must be a mapping (key: value), not %s", where, spoken(n))
		return o, false
	}
	before, keys := len(l.problems), slices.Clone(r.fields)
	if r.statuses != nil {
		keys = append([]string{"status"}, keys...)
	}
	if !r.pair {
		keys = append([]string{"id"}, keys...)
	}
	keys = append(keys, "created", "lastUpdated")
	l.known(n, where, keys)
	for _, name := range r.required() {
		if at, found := valueAt(n, name, ""); !found || isNull(at) || at.Kind == yaml.ScalarNode && at.Value == "" {
			l.problem(n, "", "%s has no %s", where, name)
		}
	}
	for _, e := range l.entries(n, where) {
		switch e.key {
		case "id":
			o.id = l.id(e.value, where+".id")
		case "status":
			o.status = l.text(e.value, where+".status")
			if r.statuses != nil && !slices.Contains(r.statuses, o.status) {
				l.problem(e.value, "statuses: "+strings.Join(r.statuses, ", "), "unknown status %q", o.status)
			}
		case "created":
			o.created = l.past(e.value, where+".created")
		case "lastUpdated":
			o.lastUpdated = l.past(e.value, where+".lastUpdated")
		}
	}
	for _, f := range r.refs {
		if at, found := valueAt(n, f.field, ""); r.pair && found {
			l.text(at, where+"."+f.field)
		}
	}
	if len(l.problems) > before {
		return o, false
	}
	decoder := json.NewDecoder(bytes.NewReader(l.appendJSON(nil, n, where)))
	decoder.UseNumber()
	if err := decoder.Decode(&o.fields); err != nil {
		l.problem(n, "", "%s cannot be read: %v", where, err)
		return o, false
	}
	for _, name := range []string{"id", "status", "created", "lastUpdated"} {
		delete(o.fields, name)
	}
	return o, len(l.problems) == before
}

// refers reports a name that is neither the id nor the name of a listed object. n has the name.
func (l *loader) refers(n *yaml.Node, where string, to *resource, name string) {
	var names []string
	for _, o := range l.objects[to.key] {
		if o.id == name || to.nameIn(o.fields) == name {
			return
		}
		names = append(names, to.nameIn(o.fields))
	}
	l.problem(n, to.key+": "+firstOf(names), "%s: %q is not in %s", where, name, to.key)
}

// idOf reads a reference to a listed object, by its id or name, and returns the id. An id with the prefix of the resource may be one
// that the seed does not list.
func (l *loader) idOf(n *yaml.Node, where string, to *resource) string {
	name := l.text(n, where)
	if name == "" || strings.HasPrefix(name, to.prefix) {
		return name
	}
	for _, o := range l.objects[to.key] {
		switch {
		case o.id != name && to.nameIn(o.fields) != name:
		case o.id == "":
			l.problem(n, "give it an id in "+to.key+", and write that", "%s: %q has no id", where, name)
			return ""
		default:
			return o.id
		}
	}
	l.refers(n, where, to, name)
	return ""
}

// required returns the fields that every object of a seed has.
func (r *resource) required() []string {
	if r.name == "" || slices.Contains(r.needs, r.name) {
		return r.needs
	}
	return append([]string{r.name}, r.needs...)
}

// known reports the keys of a mapping, or of the mappings in a list, that are not among the paths.
func (l *loader) known(n *yaml.Node, where string, paths []string) {
	if n.Kind == yaml.SequenceNode {
		for i, item := range n.Content {
			l.known(item, fmt.Sprintf("%s[%d]", where, i), paths)
		}
		return
	}
	var keys []string
	below := map[string][]string{}
	for _, path := range paths {
		key, rest, deeper := strings.Cut(path, ".")
		if below[key] == nil {
			keys = append(keys, key)
			below[key] = []string{}
		}
		if deeper {
			below[key] = append(below[key], rest)
		}
	}
	allowed := slices.Clone(keys)
	if slices.Contains(keys, "*") {
		for _, e := range l.entries(n, where) {
			allowed = append(allowed, e.key)
		}
	}
	found := l.mapping(n, where, allowed...)
	for _, key := range keys {
		if value := found[key]; value != nil && len(below[key]) > 0 && !isNull(value) {
			l.known(value, where+"."+key, below[key])
		}
	}
}

// valueAt returns the value at a path of keys: the item of a list that is a text, or else the whole. If it is not found, it returns what
// lacks a key.
func valueAt(n *yaml.Node, path, item string) (at *yaml.Node, found bool) {
	key, rest, deeper := strings.Cut(path, ".")
	for i := 0; i+1 < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
		value := n.Content[i+1]
		switch {
		case n.Content[i].Value != key:
			continue
		case deeper:
			return valueAt(value, rest, item)
		}
		for _, one := range value.Content {
			if value.Kind == yaml.SequenceNode && one.Value == item {
				return one, true
			}
		}
		return value, true
	}
	return n, false
}

// problem returns a mistake in the value of a field, or in the item of a list that is a text.
func (s seedObject) problem(field, item, hint, format string, args ...any) error {
	at, _ := valueAt(s.at, field, item)
	return &SeedError{Line: at.Line, Column: at.Column, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// addObjects adds the listed objects of a seed, after users and groups. It returns all mistakes of the first resource that has some,
// because objects of the others may refer to its objects.
func (d *directory) addObjects(seed Seed, start instant) error {
	for _, r := range resources() {
		var problems []error
		for _, s := range seed.objects[r.key] {
			problems = append(problems, d.addListed(r, s, start))
		}
		if err := errors.Join(problems...); err != nil {
			return err
		}
	}
	for _, custom := range d.learned {
		custom.settle()
	}
	return nil
}

// addListed adds a listed object.
func (d *directory) addListed(r *resource, s seedObject, start instant) error {
	fields, err := d.resolved(r, s)
	if err != nil {
		return err
	}
	o := &object{id: s.id, listedID: s.id != "", status: s.status, created: s.created.or(start), fields: fields}
	o.lastUpdated = s.lastUpdated.or(o.created)
	if secret := givenSecret(o.fields); r == apps && secret != "" {
		o.setSecret(secret, false)
		o.fields = mapAt(o.fields, "credentials.oauthClient", func(v any) any {
			client := maps.Clone(objectIn(v))
			delete(client, "client_secret")
			return client
		})
	}
	if r == appUsers || r == appGroups {
		if causes := d.learnFor(textOf(o.fields["app"]), objectIn(o.fields["profile"])); len(causes) > 0 {
			name, _, _ := strings.Cut(causes[0], ":")
			return s.problem("profile."+name, "", "the type of an attribute is that of its first value", "%s.profile.%s", s.where, causes[0])
		}
	}
	if why := d.refused(r, o, o.fields); why != "" {
		field, _, _ := strings.Cut(why, ": ")
		return s.problem(field, "", "", "%s: %s", s.where, why)
	}
	if err := d.add(r, o); err != nil {
		if r.pair {
			err = fmt.Errorf("the same %s and %s are already listed", r.refs[0].field, r.refs[1].field)
		}
		return s.problem("id", "", "", "%s: %v", s.where, err)
	}
	return nil
}
