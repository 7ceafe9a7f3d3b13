package orgcopy

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// Summary is what a seed has.
type Summary struct {
	Org              string         `json:"org"`
	Anonymized       bool           `json:"anonymized"`
	From             time.Time      `json:"read_from"`         // when the first list was read
	To               time.Time      `json:"read_to"`           // when the last list was read
	Kept             []string       `json:"kept"`              // the names of attributes that Anonymize did not replace, although it usually does
	Users            int            `json:"users_of_org"`      // as read; the copy has fewer if it is a sample
	Copied           map[string]int `json:"copied"`            // by the key of the seed; members counts those of all groups
	Missing          []Missing      `json:"missing"`           // what could not be read
	Dropped          int            `json:"dropped"`           // references to what the copy does not have
	InactivePolicies int            `json:"inactive_policies"` // policies and rules that would apply to everybody, since the copy lacks whom they include
	OtherStates      int            `json:"other_states"`      // assignments whose status or state of synchronization a simulated org shows in another way
	Renamed          int            `json:"renamed"`           // groups and applications that had the name of another one
	Refused          []Refused      `json:"refused"`           // objects that a simulated org does not accept
	Lacking          []Lacking      `json:"lacking"`           // objects that were copied without some of their settings
	Unreplaced       map[string]int `json:"unreplaced"`        // by attribute: values left out, since no replacement has the form that the schema asks for
	Undecided        []Undecided    `json:"undecided"`         // active objects that would decide in another way about replaced texts
}

// Lacking is an object that was copied without some of its settings, since they may be secrets.
type Lacking struct {
	Key    string   `json:"key"` // of the seed
	Name   string   `json:"name"`
	Fields []string `json:"fields"`
}

// Undecided is a group rule, a policy, a rule of a policy or an event hook that was active and would decide in another way in the copy, since it compares parts
// or sizes of texts that were replaced.
type Undecided struct {
	Key    string `json:"key"` // of the seed
	Name   string `json:"name"`
	Active bool   `json:"active"` // it is in the copy, too, since Okta made it, and it cannot be inactive
}

// Refused is an object that a simulated org does not accept, although Okta does.
type Refused struct {
	Key  string `json:"key"` // of the seed
	Name string `json:"name"`
	Why  string `json:"why"`
}

// Note says in a seed that an object is left out.
func (r Refused) Note() string {
	return fmt.Sprintf("Left out of %s, because a simulated org does not accept it: %q: %s", r.Key, r.Name, strings.Join(strings.Fields(r.Why), " "))
}

// Heading is how each copy begins.
const Heading = "# A copy of "

// A person is what other parts of a seed say of a user.
type person struct{ login, email, first, last string }

// A writer writes a seed.
type writer struct {
	*Copy
	to       *seedWriter
	sum      Summary
	people   map[string]person // the users of the seed, by id
	groups   map[string]bool   // the ids of those of the seed
	apps     map[string]record // the stored applications, by id, with features and the template of names
	policies map[string]bool
	try      func(seed []byte) error
	schema   []byte             // the custom attributes of users, as a part of a seed
	seen     map[[2]string]bool // by the owner of a schema and the name of an attribute: the seed has a value of it
}

// Write writes what Read has read as a seed, and returns what the seed has. at is the time of the copy. try starts an org from a small seed, and
// returns why it does not start: a group rule, an application or an event hook with which it does not is left out. Nil writes all.
func (c *Copy) Write(to io.Writer, at time.Time, try func(seed []byte) error) (Summary, error) {
	w := &writer{
		Copy: c, to: newSeedWriter(to), people: map[string]person{}, groups: map[string]bool{}, apps: map[string]record{}, policies: map[string]bool{},
		seen: map[[2]string]bool{}, try: try,
		sum: Summary{
			Org: c.options.Org, Anonymized: c.hide != nil, Copied: map[string]int{}, Missing: c.Missing, Users: c.spools["users"].count(),
			Refused: []Refused{}, Lacking: []Lacking{}, Kept: append([]string{}, c.options.Keep...), Undecided: []Undecided{}, Unreplaced: map[string]int{},
		},
	}
	if w.sum.Missing == nil {
		w.sum.Missing = []Missing{}
	}
	w.sum.From, w.sum.To = c.Span()
	w.head(at)
	for _, part := range []func() error{
		w.writeUsers, w.writeGroups, w.writeTypes, w.writeApps, w.writeAssignments, w.writeSchemas, w.writeRules, w.writePolicies, w.writeHooks,
		w.writeUnreplaced, w.keeps, w.to.flush,
	} {
		if err := part(); err != nil {
			return w.sum, err
		}
	}
	return w.sum, nil
}

// head writes what people should know of the seed.
func (w *writer) head(at time.Time) {
	of := "the org " + w.options.Org
	if w.hide != nil {
		of = "an org"
	}
	w.to.comment(strings.TrimPrefix(Heading, "# ")+"%s, made by flowdeck org copy at %s.", of, at.UTC().Format(time.RFC3339))
	if w.Resumed {
		w.to.comment("It was interrupted: its parts were read from %s to %s.", w.sum.From.Format(time.RFC3339), w.sum.To.Format(time.RFC3339))
	}
	if w.hide != nil {
		w.to.comment("Names, logins, addresses, phone numbers, ids of users and free text were replaced.")
		if len(w.options.Keep) > 0 {
			w.to.comment("Attributes that were not replaced: %s.", strings.Join(w.options.Keep, ", "))
		}
	} else {
		w.to.comment("It has the personal data of the org: keep it as you keep that.")
	}
	if w.options.Sample > 0 {
		w.to.comment("It has a sample of at most %d users.", w.options.Sample)
	}
	if absent := slices.DeleteFunc(Kinds(), w.has); len(absent) > 0 {
		var names []string
		for _, k := range absent {
			names = append(names, string(k))
		}
		w.to.comment("Left out by --only: %s.", strings.Join(names, ", "))
	}
	for _, m := range w.Missing {
		w.to.comment("Not read: %s.", m)
	}
	w.to.comment("Never copied: %s.", NotCopied)
}

// writeUnreplaced names the attributes with values that are left out.
func (w *writer) writeUnreplaced() error {
	for _, name := range sortedKeys(w.sum.Unreplaced) {
		w.to.comment("Left out, because no replacement has the form that the schema asks for: %d values of %s.", w.sum.Unreplaced[name], name)
	}
	return w.to.err
}

// add writes an item, and counts it.
func (w *writer) add(key string, fields record, first ...string) error {
	w.to.item(key, fields, first...)
	w.sum.Copied[key]++
	return w.to.err
}

// saw stores that the seed has values of attributes, and removes those that cannot be replaced.
func (w *writer) saw(owner string, profile record) {
	for name, v := range profile {
		if object, is := v.(record); is && object[leftOut] == true {
			delete(profile, name)
			w.sum.Unreplaced[name]++
		} else if v != nil {
			w.seen[[2]string{owner, name}] = true
		}
	}
}

// writeUsers writes the users: all, or a sample whose members are at even distances in the list.
func (w *writer) writeUsers() error {
	users := w.spools["users"]
	total, at, most := users.count(), 0, w.options.Sample
	owner, first := "", true
	types := map[string]string{}
	if err := each(w.spools["types"], "", func(t record) error { types[textIn(t, "name")] = textIn(t, "id"); return nil }); err != nil {
		return err
	}
	for _, list := range userLists {
		if err := each(users, list, func(u record) error {
			chosen := most == 0 || most > total || at == 0 || at*most/total != (at-1)*most/total
			at++
			id := textIn(u, "id")
			if _, twice := w.people[id]; twice || !chosen { // the list changed while it was read
				return nil
			}
			w.people[id] = person{textIn(u, "login"), cmp.Or(textIn(u, "email"), textIn(u, "login")), textIn(u, "firstName"), textIn(u, "lastName")}
			if owner == "" && u["status"] == "ACTIVE" {
				owner = textIn(u, "login")
				if first {
					owner = "-" // the first user of a seed owns its token
				}
			}
			first = false
			of := "user"
			if id := types[textIn(u, "type")]; id != "" {
				of = id
			}
			w.saw(of, objectIn(u, "profile"))
			delete(u, domainStarts)
			delete(u, domainEnds)
			return w.add("users", u, "id", "login", "email", "firstName", "lastName", "status", "type")
		}); err != nil {
			return err
		}
	}
	if owner != "" && owner != "-" {
		w.to.print("\ntokens:\n  demo-token: {owner: " + flow.Quoted(owner) + "}\n")
	}
	return nil
}

// gone reports whether an object was deleted while the org was read.
func (w *writer) gone(of, id string) bool { return w.spools[goneList].has(pathOf(of, id)) }

// unique returns a name that no other object has, which a seed needs.
func (w *writer) unique(taken map[string]bool, name string) string {
	out := name
	for n := 2; taken[strings.ToLower(out)]; n++ {
		out = fmt.Sprintf("%s (%d)", name, n)
	}
	taken[strings.ToLower(out)] = true
	if out != name {
		w.sum.Renamed++
	}
	return out
}

// writeGroups writes each group with its members.
func (w *writer) writeGroups() error {
	names, ruled, apps := map[string]bool{}, map[string]bool{}, map[string]bool{}
	if err := each(w.spools["apps"], "", func(app record) error { apps[textIn(app, "id")] = true; return nil }); err != nil {
		return err
	}
	if err := each(w.spools["rules"], "", func(r record) error {
		for _, id := range listIn(objectIn(objectIn(r, "actions"), "assignUserToGroups"), "groupIds") {
			if group, ok := id.(string); ok && r["status"] == "ACTIVE" {
				ruled[group] = true
			}
		}
		return nil
	}); err != nil {
		return err
	}
	return each(w.spools["groups"], "", func(g record) error {
		id := textIn(g, "id")
		if w.groups[id] || w.gone("groups", id) {
			return nil
		}
		w.groups[id] = true
		if g["type"] != "APP_GROUP" { // those may share a name
			g["name"] = w.unique(names, textIn(g, "name"))
		}
		if source := textIn(g, "source"); source != "" && !apps[source] {
			delete(g, "source")
			w.drop()
		}
		if ruled[id] {
			g["rule_members"] = "matching" // Okta does not show which rule added a member
		}
		w.saw("group", objectIn(g, "profile"))
		delete(g, renamed)
		if err := w.add("groups", g, "id", "name", "description", "type", "source"); err != nil || isEveryone(g) {
			return err
		}
		return w.writeMembers(id)
	})
}

// writeMembers writes the members of a group, by login.
func (w *writer) writeMembers(group string) error {
	var logins []string
	if err := each(w.spools["members"], group, func(user string) error {
		if p, ok := w.people[user]; ok {
			logins = append(logins, p.login)
		} else {
			w.drop()
		}
		return nil
	}); err != nil || len(logins) == 0 {
		return err
	}
	slices.Sort(logins)
	w.to.print("    members:\n")
	for _, login := range slices.Compact(logins) { // the list changed while it was read
		w.sum.Copied["members"]++
		w.to.print("      - " + scalar(login) + "\n")
	}
	return w.to.err
}

// drop counts a reference to what the seed does not have. In a sample, that is as it should be.
func (w *writer) drop() {
	if w.options.Sample == 0 {
		w.sum.Dropped++
	}
}

func (w *writer) writeTypes() error {
	return each(w.spools["types"], "", func(t record) error {
		return w.add("user_types", without(t, "schema"), "id", "name", "displayName")
	})
}

// known returns the ids that the seed has.
func (w *writer) known(list []any, has func(id string) bool) []any {
	out := []any{}
	for _, item := range list {
		id, _ := item.(string)
		if has(id) {
			out = append(out, id)
		} else {
			w.drop()
		}
	}
	return out
}

func (w *writer) isUser(id string) bool { _, ok := w.people[id]; return ok }

func (w *writer) isGroup(id string) bool { return w.groups[id] }

func (w *writer) writeRules() error {
	return each(w.spools["rules"], "", func(r record) error {
		w.undecided("group_rules", r)
		assign := objectIn(objectIn(r, "actions"), "assignUserToGroups")
		groups := w.known(listIn(assign, "groupIds"), w.isGroup)
		assign["groupIds"] = groups
		if len(groups) == 0 {
			r["status"] = "INVALID"
		}
		if users := objectIn(objectIn(objectIn(r, "conditions"), "people"), "users"); users != nil {
			users["exclude"] = w.known(listIn(users, "exclude"), w.isUser)
		}
		if !w.spools["schemas"].has("of user") { // so which attributes its expression can use is not known here
			return w.add("group_rules", r, "id", "name", "status")
		}
		return w.addTried("group_rules", r, func(s *seedWriter) {
			for _, id := range groups {
				s.item("groups", record{"id": id, "name": id})
			}
			if users := objectIn(objectIn(objectIn(r, "conditions"), "people"), "users"); users != nil {
				for _, id := range listIn(users, "exclude") {
					s.item("users", record{"id": id, "login": id})
				}
			}
			s.print(string(w.schema))
		}, "id", "name", "status")
	})
}

// addTried is add for an object that is left out if no org starts from a seed with it, and with what around writes.
func (w *writer) addTried(key string, fields record, around func(*seedWriter), first ...string) error {
	if w.try != nil {
		var small bytes.Buffer
		s := newSeedWriter(&small)
		around(s)
		s.item(key, fields)
		if err := s.flush(); err != nil {
			return err
		}
		if err := w.try(small.Bytes()); err != nil {
			refused := Refused{Key: key, Name: cmp.Or(textIn(fields, "label"), textIn(fields, "name")), Why: err.Error()}
			w.sum.Refused = append(w.sum.Refused, refused)
			w.to.comment("%s", refused.Note())
			return nil
		}
	}
	return w.add(key, fields, first...)
}

// undecided stores that an object would decide in another way about replaced texts.
func (w *writer) undecided(key string, fields record) {
	if fields[undecided] != true {
		return
	}
	delete(fields, undecided)
	u := Undecided{Key: key, Name: textIn(fields, "name"), Active: fields["status"] == "ACTIVE"}
	what := "Inactive"
	if u.Active {
		what = "Decides in another way"
	}
	w.sum.Undecided = append(w.sum.Undecided, u)
	w.to.comment("%s, because it compares parts or sizes of texts that were replaced: %s %q", what, key, u.Name)
}

// lacks stores that an object was copied without some fields.
func (w *writer) lacks(key, name string, fields []any) {
	if len(fields) == 0 {
		return
	}
	l := Lacking{Key: key, Name: name}
	for _, f := range fields {
		text, _ := f.(string)
		l.Fields = append(l.Fields, text)
	}
	w.sum.Lacking = append(w.sum.Lacking, l)
	w.to.comment("Copied without what may be private: %s %q: %s", key, name, strings.Join(l.Fields, ", "))
}

// alone is around for an object that refers to no other.
func alone(*seedWriter) {}
