package oktasim

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// serveDump answers GET /-/dump and GET /-/dump?ids=all.
func (o *Org) serveDump(w http.ResponseWriter, r *http.Request) {
	o.mu.RLock()
	dump := o.state.dumpWith(r.URL.Query().Get("ids") == "all")
	o.mu.RUnlock()
	w.Header().Set("Content-Type", "application/yaml")
	w.Write(dump) // an error means that the client closed the connection
}

// dump returns the state as a seed, which Load can read. It is canonical: users by login, groups by name, members by
// login, attributes by name, and only those ids that the seed gave. Orgs in the same state have the same dump, and a
// change that was undone leaves no trace. For that purpose, it leaves out the times that every change updates
// (lastUpdated, statusChanged), the time of a password that neither the seed nor a change gives, and the members of Everyone, which are all users. For users in
// transition to another status, it has the new status.
func (d *directory) dump() []byte { return d.dumpWith(false) }

// dumpWith is dump, with the ids of all users and groups, and of objects with a name or a label, if ids is set: a thing that was deleted and made again has another one.
func (d *directory) dumpWith(ids bool) []byte {
	people := slices.DeleteFunc(ordinals(len(d.users)), func(ordinal uint32) bool { return d.users[ordinal].gone })
	slices.SortFunc(people, func(a, b uint32) int {
		return strings.Compare(fold(d.users[a].login), fold(d.users[b].login))
	})
	place := make([]uint32, len(d.users)) // the place of each user in the sorted list
	for i, ordinal := range people {
		place[ordinal] = uint32(i)
	}
	b := []byte("users:\n")
	if len(people) == 0 {
		b = []byte("users: []\n")
	}
	for _, ordinal := range people {
		b = appendUserDump(b, d.users[ordinal].at(forever), ids)
	}

	groups := ordinals(len(d.groups))
	slices.SortFunc(groups, func(a, b uint32) int {
		return strings.Compare(fold(d.groups[a].name), fold(d.groups[b].name))
	})
	b = append(b, "groups:\n"...)
	for _, ordinal := range groups {
		if d.groups[ordinal].deleted {
			continue
		}
		b = d.appendGroupDump(b, &d.groups[ordinal], place, ids)
	}
	for _, r := range d.resources {
		b = d.appendObjectDump(b, r, ids)
	}
	return escapeHidden(b)
}

// Undumped returns the keys of users in a seed that a dump does not have, or only if they have an unusual value, and the keys that show a change instead.
func Undumped() map[string]map[string]string {
	return map[string]map[string]string{"users": {"lastUpdated": "", "statusChanged": "status", "password": "passwordChanged"}}
}

// escapeHidden escapes the characters that a terminal does not show but obeys, such as those that reverse the direction of a
// text. They are only in scalars in double quotes, where YAML has the escapes \u and \U. Surrogates would be a JSON form
// that YAML does not have.
func escapeHidden(dump []byte) []byte {
	if !bytes.ContainsFunc(dump, hidden) {
		return dump
	}
	var shown []byte
	for len(dump) > 0 {
		r, size := utf8.DecodeRune(dump)
		switch {
		case !hidden(r):
			shown = append(shown, dump[:size]...)
		case r > 0xffff:
			shown = fmt.Appendf(shown, `\U%08x`, r)
		default:
			shown = fmt.Appendf(shown, `\u%04x`, r)
		}
		dump = dump[size:]
	}
	return shown
}

// hidden reports whether a character is a control or a format character, other than the joiners of Persian and of emoji.
func hidden(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return r >= 0x7f && r != nonJoiner && r != joiner && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

func appendUserDump(b []byte, u *user, ids bool) []byte {
	b = append(b, "  - "...)
	if u.listedID || ids {
		b = append(appendScalar(append(b, "id: "...), u.id), "\n    "...)
	}
	b = append(b, "login: "...)
	b = appendScalar(b, u.login)
	for _, field := range []struct{ key, text string }{{"email", u.email}, {"firstName", u.first}, {"lastName", u.last}} {
		if field.text == "" {
			continue
		}
		b = append(b, "\n    "+field.key+": "...)
		b = appendScalar(b, field.text)
	}
	b = append(b, "\n    status: "+u.status.String()...)
	b = u.appendAccountDump(b)
	for _, moment := range []struct {
		key string
		at  instant
	}{{"created", u.created}, {"activated", u.activated}, {"lastLogin", u.lastLogin}} {
		b = append(b, "\n    "+moment.key+": "...)
		if moment.at == never {
			b = append(b, "null"...)
		} else {
			b = moment.at.time().AppendFormat(b, instantLayout)
		}
	}
	if u.passwordDated {
		b = u.passwordChanged.time().AppendFormat(append(b, "\n    passwordChanged: "...), instantLayout)
	}
	b = append(b, "\n    profile:"...)
	if len(u.attributes) == 0 {
		b = append(b, " {}"...)
	}
	for _, a := range u.attributes {
		b = append(b, "\n      "...)
		b = appendScalar(b, a.name)
		b = append(b, ": "...)
		b = append(b, a.json...) // YAML includes JSON
	}
	return append(b, '\n')
}

func (d *directory) appendGroupDump(b []byte, g *group, place []uint32, ids bool) []byte {
	b = append(b, "  - "...)
	if g.listedID || ids {
		b = append(appendScalar(append(b, "id: "...), g.id), "\n    "...)
	}
	b = append(b, "name: "...)
	b = appendScalar(b, g.name)
	if g.description != "" {
		b = append(b, "\n    description: "...)
		b = appendScalar(b, g.description)
	}
	b = append(b, "\n    type: "+g.kind.String()...)
	if g.source != "" {
		b = appendScalar(append(b, "\n    source: "...), g.source)
	}
	if len(g.attributes) > 0 {
		b = append(b, "\n    profile:"...)
	}
	for _, a := range g.attributes {
		b = append(b, "\n      "...)
		b = appendScalar(b, a.name)
		b = append(b, ": "...)
		b = append(b, a.json...)
	}
	if g.name == everyoneName {
		return append(b, '\n')
	}
	b = append(b, "\n    members:"...)
	if len(g.members) == 0 {
		b = append(b, " []"...)
	}
	members := slices.Clone(g.members)
	slices.SortFunc(members, func(a, b uint32) int { return int(place[a]) - int(place[b]) })
	for _, ordinal := range members {
		b = append(b, "\n      - "...)
		b = appendScalar(b, d.users[ordinal].login)
	}
	return d.appendRuleMembers(append(b, '\n'), g, members)
}

// plainScalar matches text that is a YAML string without quotes.
var plainScalar = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.+@/&-]*( [A-Za-z0-9_.+@/&-]+)*$`)

// appendScalar appends text as a YAML scalar, with quotes where YAML would not read it as a string.
func appendScalar(b []byte, s string) []byte {
	switch fold(s) {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		return appendText(b, s)
	}
	if plainScalar.MatchString(s) {
		return append(b, s...)
	}
	return appendText(b, s)
}
