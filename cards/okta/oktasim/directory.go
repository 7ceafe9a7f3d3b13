package oktasim

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A directory is the state of an org: its users, groups and objects. It does not know HTTP, and does no locking.
//
// Users and groups are identified by their ordinals: the index at which they were added. Ordinals are never reused.
// Memberships refer to ordinals, and so do cursors: when a user is removed from a list, the others stay on the same
// pages.
type directory struct {
	users   []user
	byID    map[string]uint32
	byLogin map[string]uint32 // by folded login
	byShort map[string]uint32 // by the folded part before @; ambiguous if several users share it

	groups      []group
	groupByID   map[string]uint32
	groupByName map[string]uint32 // by folded name, without APP_GROUPs, which may share a name

	learned   map[string]schema // the custom attributes that the seed declares or uses, by the owner of the schema
	resources []*resource
	objects   map[string]*collection // by the key of their resource
}

// ambiguous is an ordinal that no user has.
const ambiguous = ^uint32(0)

func newDirectory(people int) *directory {
	all := resources()
	return &directory{
		users:       make([]user, 0, people),
		byID:        make(map[string]uint32, people),
		byLogin:     make(map[string]uint32, people),
		byShort:     make(map[string]uint32, people),
		groupByID:   map[string]uint32{},
		groupByName: map[string]uint32{},
		learned:     map[string]schema{ofUsers: {}, ofGroups: {}},
		resources:   all,
		objects:     collections(all),
	}
}

// populate creates the state that a seed describes. Listed users come first, in the order of the seed, then generated
// ones. The group Everyone comes first, then the listed groups, then the generated ones.
func populate(seed Seed, start instant) (*directory, error) {
	d := newDirectory(len(seed.users) + seed.generate.users)
	maps.Copy(d.learned[ofUsers], seed.schema)
	maps.Copy(d.learned[ofGroups], seed.groupSchema)
	for _, u := range seed.users {
		u.settle(start)
		if u.id == "" {
			u.id = mintID("00u", uint64(len(d.users)), seed.generate.seed)
		}
		if err := d.addUser(u); err != nil {
			return nil, fmt.Errorf("add listed user: %w", err)
		}
	}
	if err := seed.generate.addPeople(d, start, domainOf(seed.users)); err != nil {
		return nil, fmt.Errorf("add generated user: %w", err)
	}
	for _, g := range d.plannedGroups(seed, start) {
		if g.id == "" {
			g.id = mintID("00g", uint64(len(d.groups)), seed.generate.seed)
		}
		if err := d.addGroup(g); err != nil {
			return nil, fmt.Errorf("add group: %w", err)
		}
	}
	if err := d.addObjects(seed, start); err != nil {
		return nil, err
	}
	d.nameTypes(seed.typeSchemas)
	for _, add := range []func(instant) error{d.addSystemZones, d.addDefaultPolicies, d.addDefaultRealm, d.addDefaultAuthenticators} {
		if err := add(start); err != nil {
			return nil, fmt.Errorf("add what every org has: %w", err)
		}
	}
	d.settleRules(seed)
	return d, nil
}

// nameTypes finds the user types of the listed users, which a seed has by name or id, and adds the attributes of the users to their schemas.
func (d *directory) nameTypes(schemas map[string]schema) {
	for name, custom := range schemas {
		id, _ := d.idOf(userTypes.key, name)
		if d.learned[id] == nil {
			d.learned[id] = schema{}
		}
		maps.Copy(d.learned[id], custom)
		d.learned[id].settle()
	}
	for i := range d.users {
		u := &d.users[i]
		a := u.known()
		if a.typeName == "" {
			continue
		}
		id, _ := d.idOf(userTypes.key, a.typeName)
		a.typeID, a.typeName = id, textOf(d.collection(userTypes).byID[id].fields["name"])
		u.setAccount(a)
	}
}

// plannedGroups returns Everyone, the listed groups and the generated groups, with their members.
func (d *directory) plannedGroups(seed Seed, start instant) []group {
	everyone := group{name: everyoneName, kind: builtIn, description: "All users in your organization"}
	everyone.created, everyone.lastUpdated, everyone.lastMembershipUpdated = start, start, start
	list := []group{everyone}
	for _, s := range seed.groups {
		created := s.created.or(start)
		g := group{
			id: s.id, listedID: s.id != "", name: s.name, description: s.description, kind: s.kind, source: s.source,
			created: created, lastUpdated: s.lastUpdated.or(created), lastMembershipUpdated: s.lastMembershipUpdated.or(created),
			members: slices.Clone(s.members), attributes: s.attributes,
		}
		if fold(s.name) != fold(everyoneName) {
			list = append(list, g)
			continue
		}
		if g.description == "" {
			g.description = everyone.description
		}
		g.name = everyoneName
		list[0] = g
	}
	list = seed.generate.fillGroups(list, start, len(seed.users))
	list[0].members = ordinals(len(d.users))
	return list
}

// ordinals returns the numbers from 0 to n-1.
func ordinals(n int) []uint32 {
	list := make([]uint32, n)
	for i := range list {
		list[i] = uint32(i)
	}
	return list
}

// addUser adds a user. It is an error if another user has the id or the login.
func (d *directory) addUser(u user) error {
	login := foldLogin(u.login)
	if _, taken := d.byLogin[login]; taken {
		return fmt.Errorf("login %q is taken", u.login)
	}
	if _, taken := d.byID[u.id]; taken {
		return fmt.Errorf("user id %q is taken", u.id)
	}
	ordinal := uint32(len(d.users))
	d.users = append(d.users, u)
	d.byID[u.id] = ordinal
	d.learn(u.login, ordinal)
	return nil
}

// learn registers a user under a login and its short form.
func (d *directory) learn(login string, ordinal uint32) {
	login = foldLogin(login)
	d.byLogin[login] = ordinal
	short, _, _ := strings.Cut(login, "@")
	if _, shared := d.byShort[short]; shared {
		ordinal = ambiguous
	}
	d.byShort[short] = ordinal
}

// forget undoes learn. The user's record must already have another login.
func (d *directory) forget(login string) {
	login = foldLogin(login)
	delete(d.byLogin, login)
	short, _, _ := strings.Cut(login, "@")
	shared := d.byShort[short] == ambiguous
	delete(d.byShort, short)
	if !shared {
		return
	}
	for ordinal := range d.users {
		u := &d.users[ordinal]
		if other, _, _ := strings.Cut(foldLogin(u.login), "@"); other != short || u.gone {
			continue
		}
		if _, again := d.byShort[short]; again {
			d.byShort[short] = ambiguous
			return
		}
		d.byShort[short] = uint32(ordinal)
	}
}

// removeUser deletes a user and all their memberships. The record stays in the list, because ordinals are never
// reused.
func (d *directory) removeUser(ordinal uint32, now instant) {
	u := &d.users[ordinal]
	u.gone = true
	delete(d.byID, u.id)
	d.forget(u.login)
	for i := range d.groups {
		g := &d.groups[i]
		if at, member := slices.BinarySearch(g.members, ordinal); member {
			g.members = slices.Delete(g.members, at, at+1)
			delete(g.byRule, ordinal)
			g.lastMembershipUpdated = now
		}
	}
	d.removeReferring("users", u.id)
}

// addGroup adds a group. It is an error if another group has the id.
func (d *directory) addGroup(g group) error {
	if _, taken := d.groupByID[g.id]; taken {
		return fmt.Errorf("group id %q is taken", g.id)
	}
	d.groupByID[g.id] = uint32(len(d.groups))
	if g.kind != appGroup {
		d.groupByName[fold(g.name)] = uint32(len(d.groups))
	}
	d.groups = append(d.groups, g)
	return nil
}

// user finds a user by id, login, or a short login that only one user has (Users API, path parameter id: "an ID,
// login, or login shortname (as long as the shortname is unambiguous)"). A user whose login has a slash "can only be
// fetched by id" (Users API, "Get User with login").
func (d *directory) user(name string) (*user, bool) {
	if ordinal, ok := d.byID[name]; ok {
		return &d.users[ordinal], true
	}
	if strings.Contains(name, "/") {
		return nil, false
	}
	name = foldLogin(name)
	ordinal, ok := d.byLogin[name]
	if !ok {
		ordinal, ok = d.byShort[name]
	}
	if !ok || ordinal == ambiguous {
		return nil, false
	}
	return &d.users[ordinal], true
}

// group finds a group by id, the only name of a group in a path.
func (d *directory) group(id string) (*group, bool) {
	ordinal, ok := d.groupByID[id]
	if !ok {
		return nil, false
	}
	return &d.groups[ordinal], true
}

// rename changes the name of a group. No other group may have the new name.
func (d *directory) rename(g *group, name string) {
	ordinal := d.groupByID[g.id]
	delete(d.groupByName, fold(g.name))
	g.name = name
	d.groupByName[fold(name)] = ordinal
}

// deleteGroup deletes a group. Its ordinal is not reused.
func (d *directory) deleteGroup(g *group) {
	delete(d.groupByID, g.id)
	if g.kind != appGroup {
		delete(d.groupByName, fold(g.name))
	}
	g.members, g.deleted = nil, true
	d.removeReferring("groups", g.id)
}
