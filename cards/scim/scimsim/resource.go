package scimsim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A resource is a user or a group.
type resource struct {
	id         string
	given      bool           // the seed has the id
	attributes map[string]any // without id, schemas, meta, members and groups
	members    map[string]int // of a group, by id: the order in which they joined
	joined     int            // members so far
	created    time.Time
	modified   time.Time
	visible    time.Time // when lists have it
	version    int
}

// A collection has the resources of one type.
type collection struct {
	kind, path, schema string
	label              string // the attribute that is required
	list               []*resource
	byID               map[string]*resource
	byValue            map[string]map[string][]*resource // by the label and by externalId, in the form of compared
	made               int                               // ids so far
}

func newCollection(kind, path, schema, label string) *collection {
	return &collection{kind: kind, path: path, schema: schema, label: label, byID: map[string]*resource{}, byValue: map[string]map[string][]*resource{label: {}, "externalId": {}}}
}

// name is the userName of a user, and the displayName of a group.
func (r *resource) name() string {
	for _, label := range []string{"userName", "displayName"} {
		if name, ok := get(r.attributes, label).(string); ok {
			return name
		}
	}
	return ""
}

// join adds a member, and reports whether it was none.
func (r *resource) join(id string) bool {
	if _, is := r.members[id]; is {
		return false
	}
	if r.members == nil {
		r.members = map[string]int{}
	}
	r.joined++
	r.members[id] = r.joined
	return true
}

// memberIDs returns the members in the order in which they joined.
func (r *resource) memberIDs() []string {
	ids := make([]string, 0, len(r.members))
	for id := range r.members {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int { return cmp.Compare(r.members[a], r.members[b]) })
	return ids
}

// key returns the name of the field of an object, in any case; the name itself if there is none.
//
// Source: RFC 7643, section 2.1
func key(object map[string]any, name string) string {
	if _, ok := object[name]; ok {
		return name
	}
	for field := range object {
		if strings.EqualFold(field, name) {
			return field
		}
	}
	return name
}

func get(object map[string]any, name string) any { return object[key(object, name)] }

// normal returns attributes in the form in which JSON has them, without those that a client cannot set and without nulls and empty lists.
func normal(attributes map[string]any) (map[string]any, *problem) {
	data, err := json.Marshal(attributes)
	copied := map[string]any{}
	if err == nil {
		err = json.Unmarshal(data, &copied)
	}
	if err != nil {
		return nil, invalidValue("attributes: %v", err)
	}
	clean(copied)
	return copied, nil
}

// clean removes nulls and empty lists, which are the same as no value.
//
// Source: RFC 7643, section 2.5
func clean(object map[string]any) {
	for name, v := range object {
		switch v := v.(type) {
		case nil:
			delete(object, name)
		case []any:
			if len(v) == 0 {
				delete(object, name)
			}
		case map[string]any:
			clean(v)
			if len(v) == 0 {
				delete(object, name)
			}
		}
	}
}

// readOnly are the attributes that a client cannot set; the password is never answered, and not kept.
var readOnly = []string{"id", "schemas", "meta", "groups", "password"}

// create adds a resource.
func (s *Server) create(c *collection, attributes map[string]any, now time.Time) (*resource, *problem) {
	c.made++
	r := &resource{id: fmt.Sprintf("%s-%06d", strings.ToLower(c.kind), c.made), created: now, modified: now, visible: now.Add(s.quirks.VisibleAfter)}
	if problem := s.set(c, r, attributes); problem != nil {
		return nil, problem
	}
	c.list = append(c.list, r)
	c.byID[r.id] = r
	return r, nil
}

// set replaces the attributes of a resource, if they are valid and not those of another one.
func (s *Server) set(c *collection, r *resource, attributes map[string]any) *problem {
	members, problem := s.membersIn(c, attributes)
	if problem != nil {
		return problem
	}
	for _, name := range append(readOnly, "members") {
		delete(attributes, key(attributes, name))
	}
	if s.quirks.NoExternalID {
		delete(attributes, key(attributes, "externalId"))
	}
	if problem := s.valid(c, attributes); problem != nil {
		return problem
	}
	after := s.compared((&resource{attributes: attributes}).name())
	unique := c == s.users || s.quirks.UniqueGroups
	if taken := c.byValue[c.label][after]; unique && len(taken) > 0 && !slices.Contains(taken, r) {
		return refuse(409, "uniqueness", "%s is already taken", c.label)
	}
	s.forget(c, r)
	r.attributes = attributes
	for name, index := range c.byValue {
		if value, ok := get(attributes, name).(string); ok {
			index[s.compared(value)] = append(index[s.compared(value)], r)
		}
	}
	stays := map[string]bool{}
	for _, id := range members {
		r.join(id)
		stays[id] = true
	}
	for id := range r.members {
		if !stays[id] {
			delete(r.members, id)
		}
	}
	return nil
}

// forget removes a resource from the indexes.
func (s *Server) forget(c *collection, r *resource) {
	for name, index := range c.byValue {
		value, _ := get(r.attributes, name).(string)
		value = s.compared(value)
		if index[value] = slices.DeleteFunc(index[value], func(other *resource) bool { return other == r }); len(index[value]) == 0 {
			delete(index, value)
		}
	}
}

// valid checks the types of the attributes that the server knows.
func (s *Server) valid(c *collection, attributes map[string]any) *problem {
	name, ok := get(attributes, c.label).(string)
	if !ok || strings.TrimSpace(name) == "" {
		return invalidValue("%s is required", c.label)
	}
	if c != s.users {
		return nil
	}
	if s.quirks.LowerCaseNames {
		attributes[key(attributes, c.label)] = strings.ToLower(name)
	}
	if active, given := attributes[key(attributes, "active")]; !given {
		attributes["active"] = true
	} else if _, ok := active.(bool); !ok {
		return invalidValue("active is not a boolean")
	}
	for _, list := range []string{"emails", "phoneNumbers", "addresses", "roles", "entitlements"} {
		if v := get(attributes, list); v != nil {
			if _, ok := v.([]any); !ok {
				return invalidValue("%s is not a list", list)
			}
		}
	}
	return nil
}

// compared is a name in the form in which the server compares it.
func (s *Server) compared(name string) string {
	if s.quirks.ExactCase {
		return name
	}
	return strings.ToLower(name)
}

// membersIn returns the ids of the members among attributes.
func (s *Server) membersIn(c *collection, attributes map[string]any) (ids []string, _ *problem) {
	v := get(attributes, "members")
	if v == nil || c != s.groups {
		return nil, nil
	}
	return s.memberIDs(v)
}

// memberIDs returns the ids of members in the form of a request: a list of objects with a value, or one of them.
func (s *Server) memberIDs(v any) (ids []string, _ *problem) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, item := range list {
		member, _ := item.(map[string]any)
		id, _ := get(member, "value").(string)
		if s.users.byID[id] == nil && s.groups.byID[id] == nil {
			return nil, invalidValue("member %q does not exist", id)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// view returns a resource as answers have it. with reports whether an attribute that takes long to make is needed.
func (s *Server) view(c *collection, r *resource, base string, with func(attribute string) bool) map[string]any {
	v := map[string]any{"id": r.id, "schemas": schemasOf(c, r)}
	for name, value := range r.attributes {
		v[name] = value
	}
	if len(r.members) > 0 && with("members") {
		members := make([]any, 0, len(r.members))
		for _, id := range r.memberIDs() {
			members = append(members, s.member(id, base))
		}
		v["members"] = members
	}
	if c == s.users && with("groups") {
		groups := []any{}
		for _, g := range s.groups.list {
			if _, is := g.members[r.id]; is {
				groups = append(groups, map[string]any{"value": g.id, "display": g.name(), "$ref": base + "/Groups/" + g.id})
			}
		}
		if len(groups) > 0 {
			v["groups"] = groups
		}
	}
	meta := map[string]any{
		"resourceType": c.kind, "location": base + c.path + "/" + r.id,
		"created": r.created.UTC().Format(time.RFC3339Nano), "lastModified": r.modified.UTC().Format(time.RFC3339Nano),
	}
	if !s.quirks.NoETag {
		meta["version"] = r.etag()
	}
	v["meta"] = meta
	return v
}

func (s *Server) member(id, base string) map[string]any {
	if u := s.users.byID[id]; u != nil {
		return map[string]any{"value": id, "display": u.name(), "type": "User", "$ref": base + "/Users/" + id}
	}
	m := map[string]any{"value": id, "type": "Group", "$ref": base + "/Groups/" + id}
	if g := s.groups.byID[id]; g != nil {
		m["display"] = g.name()
	}
	return m
}

func (r *resource) etag() string { return fmt.Sprintf(`W/"%d"`, r.version) }

func schemasOf(c *collection, r *resource) []any {
	schemas := []any{c.schema}
	for name := range r.attributes {
		if strings.HasPrefix(strings.ToLower(name), "urn:") {
			schemas = append(schemas, name)
		}
	}
	slices.SortFunc(schemas[1:], func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	return schemas
}

// remove deletes a resource, and its memberships.
func (s *Server) remove(c *collection, r *resource) {
	delete(c.byID, r.id)
	s.forget(c, r)
	c.list = slices.DeleteFunc(c.list, func(other *resource) bool { return other == r })
	for _, g := range s.groups.list {
		delete(g.members, r.id)
	}
}
