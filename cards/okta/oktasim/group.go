package oktasim

import (
	"hash/fnv"
	"slices"
	"strconv"
)

// everyoneName is the group that every user is in. Okta makes it with the org, and "all users
// within an Okta org are automatically added" to it (Workflows connector reference, "Create User").
const everyoneName = "Everyone"

// A groupType is the kind of owner of a group (management API, schema GroupType).
type groupType uint8

const (
	oktaGroup groupType = iota
	appGroup
	builtIn
)

var groupTypeNames = [...]string{oktaGroup: "OKTA_GROUP", appGroup: "APP_GROUP", builtIn: "BUILT_IN"}

func (t groupType) String() string { return groupTypeNames[t] }

// objectClass is the class of a group's profile. For groups that an application brought it depends
// on the application; this is Active Directory's.
func (t groupType) objectClass() string {
	if t == appGroup {
		return "okta:windows_security_principal"
	}
	return "okta:user_group"
}

// A group and who is in it.
type group struct {
	id                    string
	name, description     string      // description "" is null
	attributes            []attribute // beyond those two, sorted by name; shared between orgs: replaced, never changed in place
	kind                  groupType
	source                string // id of the application of an APP_GROUP, as the seed has it; "" is one that the org makes up
	deleted               bool   // what is left is its place among the ordinals
	listedID              bool   // the id is the seed's own, not a made-up one
	created               instant
	lastUpdated           instant
	lastMembershipUpdated instant
	members               []uint32 // ordinals of people, ascending
}

// has reports whether the person of this ordinal is a member.
func (g *group) has(ordinal uint32) bool {
	_, found := slices.BinarySearch(g.members, ordinal)
	return found
}

// add takes a person in and reports whether that changes anything.
func (g *group) add(ordinal uint32) bool {
	at, found := slices.BinarySearch(g.members, ordinal)
	if !found {
		g.members = slices.Insert(g.members, at, ordinal)
	}
	return !found
}

// remove takes a person out and reports whether that changes anything.
func (g *group) remove(ordinal uint32) bool {
	at, found := slices.BinarySearch(g.members, ordinal)
	if found {
		g.members = slices.Delete(g.members, at, at+1)
	}
	return found
}

// membersAfter is the members whose ordinal is above after, which is -1 for all of them. It costs
// the same in a group of a million as in one of ten.
func (g *group) membersAfter(after int64) []uint32 {
	first, _ := slices.BinarySearchFunc(g.members, after, func(ordinal uint32, after int64) int {
		if int64(ordinal) <= after {
			return -1
		}
		return 1
	})
	return g.members[first:]
}

// groupStats are what expand=stats adds to a group (management API, "List all groups", expand).
type groupStats struct{ users, apps int }

// sourceID is the id of the application that an APP_GROUP comes from, "" for other groups.
func (g *group) sourceID() string {
	if g.kind != appGroup || g.source != "" {
		return g.source
	}
	h := fnv.New32a()
	h.Write([]byte(g.id))
	return mintID("0oa", uint64(h.Sum32()>>8), 0)
}

// groupExtra is what expand adds to a group in _embedded.
type groupExtra struct {
	stats *groupStats
	app   bool // the application of an APP_GROUP
}

// appendGroup appends a group as Okta's Group object (management API, schema Group and its examples);
// with is what was asked for on top.
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

// append appends _embedded, if there is anything in it.
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
	if app { // which properties the application has here is not documented; this org knows no more of it than its id
		if e.stats != nil {
			b = append(b, ',')
		}
		b = append(b, `"app":{"id":`...)
		b = append(appendText(b, g.sourceID()), `,"status":"ACTIVE"}`...)
	}
	return append(b, '}')
}
