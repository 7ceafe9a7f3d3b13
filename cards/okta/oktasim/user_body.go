package oktasim

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// A userBody is a user in the body of a request (management API, schemas CreateUserRequest and
// UpdateUserRequest).
type userBody struct {
	Profile     map[string]json.RawMessage `json:"profile"`
	Credentials struct {
		Password *struct {
			Value string        `json:"value"`
			Hash  *passwordHash `json:"hash"`
			Hook  *passwordHook `json:"hook"`
		} `json:"password"`
		Question *struct {
			Question string `json:"question"`
			Answer   string `json:"answer"`
		} `json:"recovery_question"`
		Provider struct {
			Type string `json:"type"`
			Name string `json:"name"`
		} `json:"provider"`
	} `json:"credentials"`
	GroupIDs []string  `json:"groupIds"`
	RealmID  string    `json:"realmId"`
	Type     *userType `json:"type"`

	whole bool // the request sets all that a user has: it creates or replaces the user
}

// setsPassword reports whether the body has a password: as text, as a hash, or in a password hook.
func (b userBody) setsPassword() bool {
	p := b.Credentials.Password
	return p != nil && (p.Value != "" || p.Hash != nil || p.Hook != nil)
}

func (b userBody) setsHash() bool {
	p := b.Credentials.Password
	return p != nil && p.Hash != nil
}

// amend returns the account after a write. Only a new user's provider can be set (schema AuthenticationProvider).
func (b userBody) amend(a account, created bool) account {
	if q := b.Credentials.Question; q != nil {
		a.question = q.Question
	}
	if b.RealmID != "" {
		a.realm = b.RealmID
	}
	if p := b.Credentials.Provider; created && p.Type != "" && p.Type != "OKTA" {
		a.providerType, a.providerName = p.Type, p.Name
	}
	return a
}

// letters returns the length of the password in the body; 0 for a hash or a hook.
func (b userBody) letters() int {
	return utf8.RuneCountInString(b.Credentials.Password.Value)
}

// assign sets the attributes of a profile that matches the schema; null removes an attribute. u is a copy whose
// attributes are shared with the original.
func (u *user) assign(profile map[string]json.RawMessage) {
	u.attributes = slices.Clone(u.attributes)
	for name, value := range profile {
		own := u.ownField(name)
		if own == nil {
			u.setAttribute(name, value)
			continue
		}
		*own = ""
		json.Unmarshal(value, own) // a string, or null, which changes nothing
	}
}

// ownField returns the field in which an attribute is stored; nil for attributes without a field of their own.
func (u *user) ownField(attribute string) *string {
	switch attribute {
	case "login":
		return &u.login
	case "email":
		return &u.email
	case "firstName":
		return &u.first
	case "lastName":
		return &u.last
	}
	return nil
}

func (u *user) setAttribute(name string, value json.RawMessage) {
	at, there := slices.BinarySearchFunc(u.attributes, name, func(a attribute, name string) int { return strings.Compare(a.name, name) })
	if string(value) == "null" {
		if there {
			u.attributes = slices.Delete(u.attributes, at, at+1)
		}
		return
	}
	a := attribute{name: name, json: ownJSON(value)}
	if there {
		u.attributes[at] = a
		return
	}
	u.attributes = slices.Insert(u.attributes, at, a)
}

// ownJSON returns a value in the form that this org sends: strings, also those in lists, with the fewest escapes, which
// dumps need; other values without spaces but otherwise unchanged, so that numbers keep their digits.
func ownJSON(value json.RawMessage) string {
	var text string
	if string(value) != "null" && json.Unmarshal(value, &text) == nil {
		return jsonText(text)
	}
	var items []json.RawMessage
	if json.Unmarshal(value, &items) == nil && items != nil {
		texts := make([]string, len(items))
		for i, item := range items {
			texts[i] = ownJSON(item)
		}
		return "[" + strings.Join(texts, ",") + "]"
	}
	var b bytes.Buffer
	if json.Compact(&b, value) != nil {
		return "null" // cannot happen, because the value is part of a JSON document
	}
	return b.String()
}
