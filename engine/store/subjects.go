package store

import (
	"net/url"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Subjects are the texts by which people find a write. A pair is one that has a login or address and the id that it leads to at
// the time of the write.

const (
	longest = 256    // bytes of a subject
	most    = 10_000 // subjects that the inputs or the answer of a write have
)

// named are the fields of inputs and answers that identify something, in lower case without underscores. Fields that end in
// one of namedEnds do too.
var named = []string{
	"id", "ids", "user", "users", "group", "groups", "app", "apps", "member", "members", "owner", "owners", "name", "label", "key", "to", "cc", "bcc",
}

var namedEnds = []string{"login", "email", "username"}

// identifies reports whether a field identifies something, such as user_id, externalIds or next_login.
func identifies(name string) bool {
	plain := strings.ToLower(strings.ReplaceAll(name, "_", ""))
	return slices.Contains(named, plain) || slices.ContainsFunc(namedEnds, func(end string) bool { return strings.HasSuffix(plain, end) }) ||
		strings.HasSuffix(name, "_id") || strings.HasSuffix(name, "_ids") || strings.HasSuffix(name, "Id") || strings.HasSuffix(name, "Ids")
}

// subjects returns the texts by which people find a write.
func (l *Log) subjects(i engine.Intent) []string {
	all := append([]string{i.Target, i.Place.InnerRecord().Key()}, strings.Split(i.Target, targetMark)...)
	return l.searchable(append(all, textsIn(i.In)...))
}

// textsIn returns the texts in a value that identify something. The content of a file is not included.
func textsIn(v engine.Value) (all []string) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			if all = append(all, textsIn(item)...); len(all) >= most {
				break
			}
		}
	case map[string]any:
		for name, field := range v {
			switch {
			case name == "content" || name == "headers" || strings.HasPrefix(name, "_"):
				continue
			case name == "path" || name == "url":
				all = append(all, inPath(field)...)
			case identifies(name):
				all = append(all, textsOf(field)...)
			}
			all = append(all, textsIn(field)...)
		}
	}
	return all[:min(len(all), most)]
}

// textsInAnswer returns those of an answer: of a thing, in the answer or one of its fields, and of the people that a call added or
// removed. What else an answer has is not what was written.
func textsInAnswer(v engine.Value) (all []string) {
	object, _ := v.(map[string]any)
	for name, field := range object {
		switch {
		case name == "profile" || name == "user" || name == "body":
			all = append(all, textsInAnswer(field)...)
		case name == "added" || name == "removed" || name == "in_doubt" || slices.Contains(named, name) || slices.Contains(namedEnds, name):
			all = append(all, textsOf(field)...)
		}
	}
	return all[:min(len(all), most)]
}

// textsOf returns a text, or the texts in a list.
func textsOf(v engine.Value) (all []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, item := range v {
			if text, ok := item.(string); ok {
				all = append(all, text)
			}
		}
	}
	return all
}

// inPath returns the parts of the path of a request that identify something: what follows a plural, such as 00u1 in /users/00u1/roles,
// logins, and the fields of the query.
func inPath(v engine.Value) (all []string) {
	text, _ := v.(string)
	path, query, _ := strings.Cut(text, "?")
	before := ""
	for part := range strings.SplitSeq(path, "/") {
		plain, err := url.PathUnescape(part)
		if err == nil && (strings.HasSuffix(before, "s") || isAddress(plain)) {
			all = append(all, plain)
		}
		before = part
	}
	fields, _ := url.ParseQuery(query) // what is malformed is left out
	for name, values := range fields {
		if identifies(name) {
			all = append(all, values...)
		}
	}
	return all
}

// searchable returns texts as they are searched, without those that are too long or secret.
func (l *Log) searchable(texts []string) (all []string) {
	seen := make(map[string]bool, len(texts))
	for _, text := range texts {
		text = Subject(text)
		if text != "" && len(text) <= longest && !strings.Contains(text, pairMark) && !seen[text] && l.hidden(text) == text {
			seen[text] = true
			all = append(all, text)
		}
	}
	return all
}

// person returns the texts by which the record around the write is known, if that is a person and the write is about it.
func (w *write) person() []string {
	for at := w.scope; at != ""; at = innerRecord(at[:strings.LastIndexByte(at, '/')]) {
		for _, text := range w.log.people[at] {
			if slices.Contains(w.about, text) {
				return withPairs(w.log.people[at], w.about)
			}
		}
		if !strings.Contains(at, "/") {
			break
		}
	}
	return nil
}

// person returns the texts by which a record is known, if it is a person: its id, login and address; nil for other records.
func person(record engine.Value) []string {
	if logins := identity(record, "login", "email"); len(logins) > 0 {
		return append(identity(record, "id"), logins...)
	}
	return nil
}

// withPairs returns the texts of a person and, if a write is about the id, its pairs. A record can also have an id of another
// system, which a write to its login does not have.
func withPairs(person, about []string) []string {
	if isAddress(person[0]) || !slices.Contains(about, person[0]) {
		return person
	}
	return append(pairsOf(person[0], person[1:]), person...)
}

// pairMark separates the login and the id of a pair.
const pairMark = "\x1f"

// pairsOf returns the pairs of an id and its logins.
func pairsOf(id string, logins []string) (all []string) {
	for _, login := range logins {
		if login != id {
			all = append(all, login+pairMark+id)
		}
	}
	return all
}

// pairs returns the pairs of a write that was done: of a user in the answer, or of a user whose login it sets.
func (l *Log) pairs(in, out engine.Value) []string {
	asked := identity(in, "user_id", "user")
	user, _ := out.(map[string]any)
	for _, name := range []string{"user", "body"} {
		if inner, ok := user[name].(map[string]any); ok {
			user = inner
		}
	}
	logins, ids := identity(user, "login"), identity(user, "id")
	switch {
	case len(logins) > 0 && len(ids) > 0:
		logins = append(logins, identity(user, "email")...)
		logins = append(logins, asked...)
	case len(asked) == 1 && !isAddress(asked[0]):
		ids, logins = asked, identity(in, "login", "email")
	case len(asked) == 0 && len(ids) > 0: // it was created
		logins = identity(in, "login", "email")
	default:
		return nil
	}
	id := l.searchable(ids[:1])
	if len(id) == 0 {
		return nil
	}
	return pairsOf(id[0], l.searchable(logins))
}

func isAddress(text string) bool { return strings.Contains(text, "@") }

// identity returns the texts of fields of an object and of its profile.
func identity(v engine.Value, fields ...string) (all []string) {
	object, _ := v.(map[string]any)
	for _, name := range fields {
		if text, ok := object[name].(string); ok && text != "" && len(text) <= longest && text != card.Hidden {
			all = append(all, Subject(text))
		}
	}
	if profile, ok := object["profile"].(map[string]any); ok {
		for _, name := range []string{"login", "email"} {
			if slices.Contains(fields, name) {
				all = append(all, identity(profile, name)...)
			}
		}
	}
	return all
}
