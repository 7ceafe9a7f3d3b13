package oktasim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// A seedObject is a listed object. Its references are as in the seed: ids, logins or names.
type seedObject struct {
	id, status string
	fields     map[string]any
	where      string
}

// objects reads the listed objects of all resources.
func (l *loader) objects(parts map[string]*yaml.Node) map[string][]seedObject {
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
	o.where = where
	if n.Kind != yaml.MappingNode {
		l.problem(n, "", "%s must be a mapping (key: value), not %s", where, spoken(n))
		return o, false
	}
	decoder := json.NewDecoder(bytes.NewReader(l.appendJSON(nil, n, where)))
	decoder.UseNumber()
	if err := decoder.Decode(&o.fields); err != nil {
		l.problem(n, "", "%s cannot be read: %v", where, err)
		return o, false
	}
	for _, e := range l.entries(n, where) {
		switch e.key {
		case "id":
			o.id = l.id(e.value, where+".id")
		case "status":
			o.status = l.text(e.value, where+".status")
			if !slices.Contains(r.statuses, o.status) {
				l.problem(e.value, "statuses: "+strings.Join(r.statuses, ", "), "unknown status %q", o.status)
			}
		case "created", "lastUpdated", "_links", "_embedded":
			l.problem(e.at, "", "%s of %s cannot be set: the org makes it", e.key, r.key)
		}
	}
	if r.name != "" && r.nameIn(o.fields) == "" {
		l.problem(n, "", "%s has no %s", where, r.name)
		return o, false
	}
	delete(o.fields, "id")
	delete(o.fields, "status")
	return o, true
}

// addObjects adds the listed objects of a seed, after users and groups.
func (d *directory) addObjects(seed Seed, start instant) error {
	for _, r := range resources() {
		for _, s := range seed.objects[r.key] {
			fields, err := d.resolved(r, s)
			if err != nil {
				return err
			}
			o := &object{id: s.id, listedID: s.id != "", status: s.status, created: start, lastUpdated: start, fields: fields}
			if why := d.refused(r, o, o.fields); why != "" {
				return fmt.Errorf("%s: %s", s.where, why)
			}
			if err := d.add(r, o); err != nil {
				return fmt.Errorf("%s: %w", s.where, err)
			}
			if r == appUsers || r == appGroups {
				d.learnFor(textOf(o.fields["app"]), objectIn(o.fields["profile"]))
			}
		}
	}
	return nil
}
