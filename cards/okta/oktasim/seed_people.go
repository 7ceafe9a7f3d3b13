package oktasim

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// roster has the listed users while a seed is read.
type roster struct {
	users   []user
	byLogin map[string]uint32 // folded login → index in users
	byID    map[string]uint32
}

func (l *loader) people(n *yaml.Node) roster {
	r := roster{byLogin: map[string]uint32{}, byID: map[string]uint32{}}
	for i, item := range l.list(n, "users") {
		u, ok := l.user(item, fmt.Sprintf("users[%d]", i))
		if !ok {
			continue
		}
		if earlier, twice := r.byLogin[foldLogin(u.login)]; twice {
			l.problem(keyNode(item, "login"), "", "login %q is already listed, as users[%d]", u.login, earlier)
			continue
		}
		if _, twice := r.byID[u.id]; twice && u.id != "" {
			l.problem(keyNode(item, "id"), "", "user id %q is already listed", u.id)
			continue
		}
		index := uint32(len(r.users))
		r.byLogin[foldLogin(u.login)] = index
		if u.id != "" {
			r.byID[u.id] = index
		}
		r.users = append(r.users, u)
	}
	return r
}

// user reads one listed user. ok is false if the user has no login.
func (l *loader) user(n *yaml.Node, where string) (user, bool) {
	keys := l.mapping(n, where, "id", "login", "email", "firstName", "lastName", "status",
		"created", "activated", "statusChanged", "lastLogin", "lastUpdated", "passwordChanged", "password",
		"provider", "providerName", "question", "realm", "type", "profile")
	u := user{
		id:              l.id(keys["id"], where+".id"),
		login:           l.text(keys["login"], where+".login"),
		email:           l.text(keys["email"], where+".email"),
		first:           l.text(keys["firstName"], where+".firstName"),
		last:            l.text(keys["lastName"], where+".lastName"),
		created:         l.moment(keys["created"], where+".created"),
		activated:       l.moment(keys["activated"], where+".activated"),
		statusChanged:   l.moment(keys["statusChanged"], where+".statusChanged"),
		lastLogin:       l.moment(keys["lastLogin"], where+".lastLogin"),
		lastUpdated:     l.moment(keys["lastUpdated"], where+".lastUpdated"),
		passwordChanged: l.moment(keys["passwordChanged"], where+".passwordChanged"),
	}
	u.listedID = u.id != ""
	u.passwordDated = u.passwordChanged > unset && u.passwordChanged != never
	if u.created == never {
		u.created = unset // every user has a time of creation
	}
	if name := l.text(keys["status"], where+".status"); name != "" {
		at := slices.Index(statusNames[:], name)
		if at < 0 {
			l.problem(keys["status"], "statuses: "+strings.Join(statusNames[:], ", "), "unknown status %q", name)
		} else {
			u.status = status(at)
		}
	}
	u.setAccount(account{
		providerType: l.provider(keys["provider"], where+".provider"),
		providerName: l.text(keys["providerName"], where+".providerName"),
		question:     l.text(keys["question"], where+".question"),
		realm:        l.idOf(keys["realm"], where+".realm", realms),
		typeName:     l.text(keys["type"], where+".type"),
	})
	if of := u.known().typeName; of != "" {
		l.refers(keys["type"], where+".type", userTypes, of)
	}
	if at := keys["question"]; at != nil && u.known().question != "" && signsInElsewhere(u.known().providerType) {
		l.problem(at, "", "a user whose provider is %s has no recovery question", u.known().providerType)
	}
	if u.password = l.flag(keys["password"], where+".password", u.expectsPassword()); u.password && signsInElsewhere(u.known().providerType) {
		l.problem(keys["password"], "", "a user whose provider is %s has no password", u.known().providerType)
	}
	if u.login == "" {
		l.problem(n, "", "%s has no login", where)
		return user{}, false
	}
	if u.email == "" {
		u.email = u.login
	}
	// A login is not checked, because an org can replace the pattern; nor is an email that defaults to the login.
	for _, name := range requiredAttributes {
		if n := keys[name]; n != nil && *u.ownField(name) != u.login {
			l.fits(l.schema, n, name, jsonText(*u.ownField(name)))
		}
	}
	if keys["profile"] != nil {
		u.attributes = l.attributes(l.schemaOf(u.known().typeName), keys["profile"], where+".profile")
	}
	return u, true
}

// provider reads the type of the provider of a user's password; "" for OKTA.
func (l *loader) provider(n *yaml.Node, where string) string {
	name := l.text(n, where)
	if name != "" && !slices.Contains(providerTypes, name) {
		l.problem(n, "providers: "+strings.Join(providerTypes, ", "), "unknown provider %q", name)
	}
	if name == "OKTA" {
		return ""
	}
	return name
}

// id reads the id of a user or group. Paths contain it without escaping.
func (l *loader) id(n *yaml.Node, where string) string {
	id := l.text(n, where)
	if id != "" && !idLetters.MatchString(id) {
		l.problem(n, "an id has letters, digits, dots, dashes and underscores", "%s cannot be %q", where, id)
	}
	return id
}

var idLetters = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// attributes reads the attributes of a profile that have no key of their own, sorted by name.
func (l *loader) attributes(of schema, n *yaml.Node, where string) []attribute {
	var list []attribute
	for _, e := range l.entries(n, where) {
		switch e.key {
		case "login", "email", "firstName", "lastName":
			l.problem(e.at, "", "%s is a key of the user itself: move it out of profile", e.key)
			continue
		}
		a := attribute{name: e.key, json: string(l.appendJSON(nil, e.value, where+"."+e.key))}
		l.fits(of, e.value, a.name, a.json)
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b attribute) int { return strings.Compare(a.name, b.name) })
	return list
}

func (l *loader) groups(n *yaml.Node, people roster) []seedGroup {
	var list []seedGroup
	names, ids := map[string]bool{}, map[string]bool{}
	for i, item := range l.list(n, "groups") {
		where := fmt.Sprintf("groups[%d]", i)
		keys := l.mapping(item, where, "id", "name", "description", "type", "source", "created", "lastUpdated", "lastMembershipUpdated",
			"members", "rule_members", "profile")
		g := seedGroup{
			id:          l.id(keys["id"], where+".id"),
			name:        l.text(keys["name"], where+".name"),
			description: l.text(keys["description"], where+".description"),
			created:     l.past(keys["created"], where+".created"), lastUpdated: l.past(keys["lastUpdated"], where+".lastUpdated"),
			lastMembershipUpdated: l.past(keys["lastMembershipUpdated"], where+".lastMembershipUpdated"),
		}
		g.kind = l.groupType(keys["type"], g.name)
		switch {
		case g.name == "":
			l.problem(item, "", "%s has no name", where)
			continue
		case names[fold(g.name)] && g.kind != appGroup:
			l.problem(keys["name"], "", "group %q is already listed", g.name)
			continue
		case g.id != "" && ids[g.id]:
			l.problem(keys["id"], "", "group id %q is already listed", g.id)
			continue
		}
		if ids[g.id] = true; g.kind != appGroup { // groups of applications may share a name, as at Okta
			names[fold(g.name)] = true
		}
		g.attributes = l.groupAttributes(keys["profile"], where+".profile")
		if g.source = l.idOf(keys["source"], where+".source", apps); g.source != "" && g.kind != appGroup {
			l.problem(keys["source"], "", "only an %s has a source", appGroup)
		}
		g.members = l.members(keys["members"], where+".members", people)
		if n := keys["rule_members"]; n != nil && n.Kind == yaml.ScalarNode && n.Value == "matching" {
			g.matching = true
		} else {
			g.ruleMembers = l.ruleMembers(n, where+".rule_members", people, g)
		}
		if fold(g.name) == fold(everyoneName) && keys["members"] != nil {
			l.problem(keys["members"], "leave members out", "every user is in %s", everyoneName)
		}
		list = append(list, g)
	}
	return list
}

// groupAttributes reads the custom attributes of a group, sorted by name.
func (l *loader) groupAttributes(n *yaml.Node, where string) []attribute {
	if n == nil {
		return nil
	}
	var list []attribute
	for _, e := range l.entries(n, where) {
		if e.key == "name" || e.key == "description" {
			l.problem(e.at, "", "%s is a key of the group itself: move it out of profile", e.key)
			continue
		}
		a := attribute{name: e.key, json: string(l.appendJSON(nil, e.value, where+"."+e.key))}
		for _, cause := range l.groupSchema.learn(a.name, a.json) {
			l.problem(e.value, "the type of an attribute is that of its first value", "%s", cause)
		}
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b attribute) int { return strings.Compare(a.name, b.name) })
	return list
}

func (l *loader) groupType(n *yaml.Node, group string) groupType {
	name := l.text(n, "type")
	everyone := fold(group) == fold(everyoneName)
	switch at := slices.Index(groupTypeNames[:], name); {
	case name == "" && everyone:
		return builtIn
	case name == "":
		return oktaGroup
	case at < 0:
		l.problem(n, "types: "+strings.Join(groupTypeNames[:], ", "), "unknown group type %q", name)
		return oktaGroup
	case everyone && groupType(at) != builtIn:
		l.problem(n, "", "%s is of type %s", everyoneName, builtIn)
		return builtIn
	default:
		return groupType(at)
	}
}

// members reads logins or ids of listed users.
func (l *loader) members(n *yaml.Node, where string, people roster) []uint32 {
	var list []uint32
	seen := map[uint32]bool{}
	for _, item := range l.list(n, where) {
		name := l.text(item, where)
		index, ok := people.byLogin[foldLogin(name)]
		if !ok {
			index, ok = people.byID[name]
		}
		if !ok {
			l.problem(item, "members are logins or ids of people under users", "unknown member %q", name)
			continue
		}
		if seen[index] {
			l.problem(item, "", "member %q is already listed", name)
			continue
		}
		seen[index] = true
		list = append(list, index)
	}
	slices.Sort(list)
	return list
}
