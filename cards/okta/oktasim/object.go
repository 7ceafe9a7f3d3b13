package oktasim

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// An object is a resource that this org keeps as JSON, such as a network zone or an application. Users and groups are
// not objects: an org may have millions of them.
type object struct {
	id          string
	listedID    bool // the seed gives the id
	made        bool // the org made it, so that dumps do not have it
	gone        bool // deleted; only the ordinal is still in use
	created     instant
	lastUpdated instant
	status      string         // "" if the resource has no status
	secret      []byte         // of an OAuth client: the digest of a secret that was given; nil if the org made the secret
	send        http.Header    // of an event hook: its headers, which the fields have without their values
	fields      map[string]any // all other properties that a client or the seed set, by Okta's names; replace, never modify
}

// A resource describes its objects.
type resource struct {
	key      string   // the key in seeds and dumps, such as "zones"
	word     string   // Okta's word for it in E0000007, such as "NetworkZone"
	prefix   string   // the first letters of ids, such as "nzo"
	name     string   // the path of the field that names an object for people; "" if there is none
	unique   bool     // no two objects have the same name
	taken    string   // why a taken name is refused; "" means Okta's usual cause
	statuses []string // the possible statuses, that of a new object first; nil if objects have no status
	refs     []ref    // the fields that refer to other things
	fields   []string // what a seed and a client can set, as paths: a field without longer paths has any value, one with name.* any further keys
	needs    []string // the fields without which an object of a seed is not complete, besides name
	pair     bool     // what refs refer to identifies an object, and its id follows from them
	event    string   // the type of events up to the last dot, such as "zone"; "" if changes are not logged

	// check returns why Okta refuses the fields of an object. If it accepts them, check adds defaults and returns "". o is new, or
	// the object that is replaced. check may be nil. The caller holds the lock.
	check func(d *directory, o *object, fields map[string]any) string

	// view adds to the JSON of an object what is not in its fields, such as links. It may be nil. The caller holds the lock.
	view func(c *call, d *directory, o *object, shown map[string]any)
}

// nameIn returns the name of an object with these fields; "" if it has none.
func (r *resource) nameIn(fields map[string]any) string {
	parent, name, nested := strings.Cut(r.name, ".")
	if nested {
		return textOf(objectIn(fields[parent])[name])
	}
	return textOf(fields[r.name])
}

// resources returns all resources of objects. One follows those that its objects refer to.
func resources() []*resource {
	return []*resource{
		zones, sessions, factors, linkedObjects, links, risks, classifications, userTypes,
		apps, roles, schemaAttributes, appUsers, appGroups, appGrants, devices, deviceUsers,
		groupRules, groupOwners, policies, policyRules, appPolicies, realms, authenticators,
		eventHooks, importSessions, importedUsers,
	}
}

// A collection has the objects of one resource. Ordinals are indexes of objects, and never reused.
type collection struct {
	of      *resource
	objects []*object
	byID    map[string]*object
}

// collections returns an empty collection for each resource, by its key. All exist from the start, because requests that only read
// share the directory.
func collections(of []*resource) map[string]*collection {
	all := make(map[string]*collection, len(of))
	for _, r := range of {
		all[r.key] = &collection{of: r, byID: map[string]*object{}}
	}
	return all
}

// collection returns the objects of a resource.
func (d *directory) collection(r *resource) *collection { return d.objects[r.key] }

// find returns the first object for which holds returns true; nil if there is none.
func (d *directory) find(r *resource, holds func(*object) bool) *object {
	for _, o := range d.collection(r).objects {
		if !o.gone && holds(o) {
			return o
		}
	}
	return nil
}

// add adds an object. It mints an id if the object has none, and sets the status if it has none.
func (d *directory) add(r *resource, o *object) error {
	all := d.collection(r)
	if o.id == "" {
		o.id = mintID(r.prefix, uint64(len(all.objects)), 0)
		if r.pair {
			o.id = r.pairID(textOf(o.fields[r.refs[0].field]), textOf(o.fields[r.refs[1].field]))
		}
	}
	if all.byID[o.id] != nil {
		return fmt.Errorf("id %q of %s is taken", o.id, r.key)
	}
	if o.status == "" && r.statuses != nil {
		o.status = r.statuses[0]
	}
	all.objects = append(all.objects, o)
	all.byID[o.id] = o
	return nil
}

// pairID returns the id of the object that refers to two things, such as the assignment of an application to a user.
func (r *resource) pairID(a, b string) string {
	h := fnv.New64a()
	h.Write([]byte(a + "\x00" + b))
	sum := h.Sum64()
	return mintID(r.prefix, sum&0xffffff, sum>>24)
}

// remove deletes an object, and the objects that refer to it.
func (d *directory) remove(r *resource, o *object) {
	o.gone = true
	delete(d.collection(r).byID, o.id)
	d.removeReferring(r.key, o.id)
}

// nameOf returns what a dump has for the id of something: the login of a user, or a name. It returns the id if there is
// no name.
func (d *directory) nameOf(to, id string) string {
	switch to {
	case "users":
		if u, ok := d.user(id); ok {
			return u.login
		}
	case "groups":
		if g, ok := d.group(id); ok {
			return g.name
		}
	default:
		for _, r := range d.resources {
			if o := d.collection(r).byID[id]; r.key == to && o != nil && r.name != "" {
				return r.nameIn(o.fields)
			}
		}
	}
	return id
}

// idOf returns the id of something that a seed refers to by its id, login or name.
func (d *directory) idOf(to, name string) (id string, ok bool) {
	switch to {
	case "users":
		u, ok := d.user(name)
		if !ok {
			return "", false
		}
		return u.id, true
	case "groups":
		if g, ok := d.group(name); ok {
			return g.id, true
		}
		ordinal, ok := d.groupByName[fold(name)]
		if !ok {
			return "", false
		}
		return d.groups[ordinal].id, true
	}
	for _, r := range d.resources {
		if r.key != to {
			continue
		}
		if o := d.collection(r).byID[name]; o != nil {
			return o.id, true
		}
		if o := d.find(r, func(o *object) bool { return r.name != "" && r.nameIn(o.fields) == name }); o != nil {
			return o.id, true
		}
	}
	return "", false
}

// textOf returns a value as a string; "" if it is not a string.
func textOf(v any) string {
	text, _ := v.(string)
	return text
}

// shown returns the JSON of an object as Okta shows it. The caller holds the lock.
func (c *call) shown(r *resource, o *object) map[string]any {
	shown := maps.Clone(o.fields)
	if shown == nil {
		shown = map[string]any{}
	}
	shown["id"] = o.id
	shown["created"], shown["lastUpdated"] = o.created.text(), o.lastUpdated.text()
	if o.status != "" {
		shown["status"] = o.status
	}
	if r.view != nil {
		r.view(c, c.org.state, o, shown)
	}
	return shown
}

// link returns an item of _links, with the methods that it allows.
func link(href string, methods ...string) map[string]any {
	return map[string]any{"href": href, "hints": map[string]any{"allow": methods}}
}

// encoded returns a value as JSON, with sorted keys.
func encoded(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // the value was made from JSON
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// appendObjectDump appends the objects of a resource as a part of a seed, one on each line, sorted.
func (d *directory) appendObjectDump(b []byte, r *resource, ids bool) []byte {
	var lines []string
	more := map[string]string{} // by line: the line with its id
	ids = ids && slices.Contains([]string{"name", "label"}, r.name)
	for _, o := range d.collection(r).objects {
		if o.gone || o.made {
			continue
		}
		fields := d.named(r, o)
		if o.listedID {
			fields["id"] = o.id
		}
		if o.status != "" {
			fields["status"] = o.status
		}
		line := string(encoded(fields))
		lines = append(lines, line)
		if ids {
			fields["id"] = o.id
			more[line] = string(encoded(fields))
		}
	}
	if len(lines) == 0 {
		return b
	}
	slices.Sort(lines)
	for i, line := range lines {
		lines[i] = cmp.Or(more[line], line)
	}
	return append(b, r.key+":\n  - "+strings.Join(lines, "\n  - ")+"\n"...)
}

// objectIn returns a value as an object; an empty one if it is not an object.
func objectIn(v any) map[string]any {
	object, ok := v.(map[string]any)
	if !ok {
		return map[string]any{}
	}
	return object
}

// setDefault sets a field that has no value.
func setDefault(fields map[string]any, name string, value any) {
	if fields[name] == nil {
		fields[name] = value
	}
}
