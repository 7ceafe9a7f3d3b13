package oktasim

import (
	"hash/fnv"
	"slices"
	"strconv"
)

// everyoneName is the name of the group of all users. Okta creates it with the org, and "all users within an Okta org
// are automatically added" to it (Workflows connector reference, "Create User").
const everyoneName = "Everyone"

// A groupType is the origin of a group (management API, schema GroupType).
type groupType uint8

const (
	oktaGroup groupType = iota
	appGroup
	builtIn
)

var groupTypeNames = [...]string{oktaGroup: "OKTA_GROUP", appGroup: "APP_GROUP", builtIn: "BUILT_IN"}

func (t groupType) String() string { return groupTypeNames[t] }

// objectClass returns the class of a group's profile. For a group of an application it depends on the application;
// this one is that of Active Directory.
func (t groupType) objectClass() string {
	if t == appGroup {
		return "okta:windows_security_principal"
	}
	return "okta:user_group"
}

// A group is a group with its members.
type group struct {
	id                    string
	name, description     string      // an empty description is shown as null
	attributes            []attribute // other attributes, sorted by name; several orgs may share them: replace, never modify
	kind                  groupType
	source                string // id of the application of an APP_GROUP, as in the seed; "" means a generated id
	deleted               bool   // only the ordinal is still in use
	listedID              bool   // the seed gives the id
	created               instant
	lastUpdated           instant
	lastMembershipUpdated instant
	members               []uint32            // ordinals of users, ascending
	byRule                map[uint32][]string // by the ordinal of a member: the ids of the group rules that added them
}

// has reports whether the user with this ordinal is a member.
func (g *group) has(ordinal uint32) bool {
	_, found := slices.BinarySearch(g.members, ordinal)
	return found
}

// add adds a user, and reports whether that changed anything.
func (g *group) add(ordinal uint32) bool {
	at, found := slices.BinarySearch(g.members, ordinal)
	if !found {
		g.members = slices.Insert(g.members, at, ordinal)
	}
	return !found
}

// remove removes a user, and reports whether that changed anything.
func (g *group) remove(ordinal uint32) bool {
	at, found := slices.BinarySearch(g.members, ordinal)
	if found {
		g.members = slices.Delete(g.members, at, at+1)
	}
	return found
}

// membersAfter returns the members whose ordinal is above after; -1 returns all. The cost hardly depends on the size
// of the group.
func (g *group) membersAfter(after int64) []uint32 {
	first, _ := slices.BinarySearchFunc(g.members, after, func(ordinal uint32, after int64) int {
		if int64(ordinal) <= after {
			return -1
		}
		return 1
	})
	return g.members[first:]
}

// groupStats has the counts that expand=stats adds to a group (management API, "List all groups", expand).
type groupStats struct{ users, apps int }

// sourceID returns the id of the application of an APP_GROUP; "" for other groups.
func (g *group) sourceID() string {
	if g.kind != appGroup || g.source != "" {
		return g.source
	}
	h := fnv.New32a()
	h.Write([]byte(g.id))
	return mintID("0oa", uint64(h.Sum32()>>8), 0)
}

// groupExtra has the optional parts of _embedded, which expand adds.
type groupExtra struct {
	stats *groupStats
	app   bool   // the application of an APP_GROUP
	known []byte // its JSON; nil if this org knows only its id
}

// appendGroup appends a group as Okta's Group object (management API, schema Group and its examples), with the
// optional parts in with.
func appendGroup(b []byte, g *group, base string, with groupExtra) []byte {
	b = append(b, `{"id":`...)
	b = appendText(b, g.id)
	b = append(b, `,"created":`...)
	b = g.created.appendJSON(b)
	b = append(b, `,"lastUpdated":`...)
	b = g.lastUpdated.appendJSON(b)
	b = append(b, `,"lastMembershipUpdated":`...)
	b = g.lastMembershipUpdated.appendJSON(b)
	b = append(b, `,"objectClass":["`+g.kind.objectClass()+`"],"type":"`+g.kind.String()+`","profile":{"name":`...)
	b = appendText(b, g.name)
	b = append(b, `,"description":`...)
	b = appendTextOrNull(b, g.description)
	for _, a := range g.attributes {
		b = append(b, ',')
		b = appendText(b, a.name)
		b = append(b, ':')
		b = append(b, a.json...)
	}
	b = append(b, '}')
	if id := g.sourceID(); id != "" {
		b = append(b, `,"source":{"id":`...)
		b = append(appendText(b, id), '}')
	}
	b = append(b, `,"_links":{"logo":[`...)
	for i, size := range [...]string{"medium", "large"} {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"name":"`+size+`","href":"`+base+`/assets/img/logos/groups/odyssey/okta-`+size+`.png","type":"image/png"}`...)
	}
	b = append(b, `],"users":{"href":"`+base+`/api/v1/groups/`+g.id+`/users"},"apps":{"href":"`+base+`/api/v1/groups/`+g.id+`/apps"}}`...)
	return append(with.append(b, g, base), '}')
}

// append appends _embedded unless it is empty.
func (e groupExtra) append(b []byte, g *group, base string) []byte {
	app := e.app && g.kind == appGroup
	if !app && e.stats == nil {
		return b
	}
	b = append(b, `,"_embedded":{`...)
	if e.stats != nil {
		b = append(b, `"stats":{"usersCount":`...)
		b = strconv.AppendInt(b, int64(e.stats.users), 10)
		b = append(b, `,"appsCount":`...)
		b = strconv.AppendInt(b, int64(e.stats.apps), 10)
		b = append(b, `,"groupPushMappingsCount":0,"hasAdminPrivilege":false,"_links":{"users":{"href":"`+base+`/api/v1/groups/`+g.id+
			`/users"},"apps":{"href":"`+base+`/api/v1/groups/`+g.id+`/apps"}}}`...)
	}
	if app { // Okta does not document the properties of the application
		if e.stats != nil {
			b = append(b, ',')
		}
		b = append(b, `"app":`...)
		if e.known != nil {
			b = append(b, e.known...)
		} else {
			b = append(appendText(append(b, `{"id":`...), g.sourceID()), `,"status":"ACTIVE"}`...)
		}
	}
	return append(b, '}')
}
