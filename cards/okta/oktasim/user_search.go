package oktasim

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// These are the vocabularies of expressions about users. Okta's filter supports only these attributes with eq, and
// lastUpdated also by order. It is "case-sensitive for attribute names and query values, while attribute operators
// are case-insensitive" (Users API, "List users with a filter"). Its search supports the whole profile and these
// operators, but not ne, and co only for four attributes; "property names … are case sensitive, whereas operators …
// and string values are case insensitive" (Users API, "List users with search").
var (
	userFilter = vocabulary{
		attributes: []string{"id", "status", "profile.login", "profile.email", "profile.firstName", "profile.lastName"},
		operators:  []operator{equals},
		moments:    []string{"lastUpdated"},
		exact:      true,
		cased:      true,
	}
	userSearch = vocabulary{
		attributes: []string{"id", "status", "type.id"},
		operators:  []operator{equals, greater, greaterEqual, less, lessEqual, startsWith, contains, present},
		moments:    []string{"created", "activated", "statusChanged", "lastUpdated"},
		open:       []string{"profile."},
		contained:  []string{"profile.firstName", "profile.lastName", "profile.email", "profile.login"},
		bare:       true,
		exact:      true,
	}
)

// value implements subject for a user.
func (u *user) value(attribute string) (string, bool) {
	switch attribute {
	case "id":
		return u.id, true
	case "status":
		return u.status.String(), true
	case "type.id":
		return u.typeID(), true
	case "created":
		return u.created.text(), true
	case "activated":
		return u.activated.text(), u.activated != never
	case "statusChanged":
		return u.statusChanged.text(), u.statusChanged != never
	case "lastUpdated":
		return u.lastUpdated.text(), true
	case "profile.login":
		return u.login, true
	case "profile.email":
		return u.email, u.email != ""
	case "profile.firstName":
		return u.first, u.first != ""
	case "profile.lastName":
		return u.last, u.last != ""
	}
	return spokenJSON(u.attribute(strings.TrimPrefix(attribute, "profile.")))
}

// spokenJSON returns the value of an attribute in the form that expressions use. An empty list counts as no value. An
// object is returned as JSON text; Okta has no such attributes.
func spokenJSON(text string) (string, bool) {
	switch {
	case text == "null":
		return "", false
	case text[0] == '"':
		var s string
		err := json.Unmarshal([]byte(text), &s)
		return s, err == nil
	case text[0] != '[':
		return text, true
	}
	var list []json.RawMessage
	if json.Unmarshal([]byte(text), &list) != nil || len(list) == 0 {
		return "", false
	}
	var values []string
	for _, item := range list {
		if value, ok := spokenJSON(string(item)); ok {
			values = append(values, value)
		}
	}
	return strings.Join(values, valuesApart), len(values) > 0
}

// startsWith reports whether q finds a user: whether a name or the email address starts with it.
func (u *user) startsWith(prefix string) bool {
	return prefix == "" || strings.HasPrefix(fold(u.first), prefix) || strings.HasPrefix(fold(u.last), prefix) ||
		strings.HasPrefix(fold(u.email), prefix)
}

// A sorting is the order that a search asks for: by an attribute, ignoring case, then by id (Users API, sortBy:
// "Users with the same value for the sortBy property will be ordered by id"). The place of users without a value is
// not documented; here they come first, as if the value were empty.
type sorting struct {
	attribute string
	backwards bool
}

// sorting reads sortBy and sortOrder; nil means no order. Without sortBy, sortOrder is ignored.
func (c *call) sorting(words vocabulary) *sorting {
	by, order := c.query.Get("sortBy"), c.query.Get("sortOrder")
	if by == "" {
		return nil
	}
	attribute, _, known := words.find(by)
	switch {
	case !c.query.Has("search"):
		c.reject(c.badSearch("sortBy: only valid with search"))
	case !known:
		c.reject(c.badSearch("sortBy: users have no attribute " + jsonText(by)))
	case order != "" && order != "asc" && order != "desc":
		c.reject(c.badSearch("sortOrder: expected asc or desc"))
	}
	return &sorting{attribute: attribute, backwards: order == "desc"}
}

// collect is like page.collect, in this order. The user of the cursor need not match any more: the page starts after
// the place that this user would have.
func (s *sorting) collect(p page, records records, matches func(int) bool) (items []uint32, more bool) {
	compare := func(a, b *user) int {
		left, _ := a.value(s.attribute)
		right, _ := b.value(s.attribute)
		order := strings.Compare(fold(left), fold(right))
		if s.backwards {
			order = -order
		}
		return cmp.Or(order, strings.Compare(a.id, b.id))
	}
	for i := range records.total() {
		if matches(i) {
			items = append(items, uint32(i))
		}
	}
	slices.SortFunc(items, func(a, b uint32) int { return compare(records.at(a), records.at(b)) })
	if p.after >= int64(records.total()) { // a cursor of a larger org
		return nil, false
	}
	if p.after >= 0 {
		last := records.now(uint32(p.after))
		items = slices.DeleteFunc(items, func(ordinal uint32) bool { return compare(records.at(ordinal), last) <= 0 })
	}
	return items[:min(len(items), p.limit)], len(items) > p.limit
}
