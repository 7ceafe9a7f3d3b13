package oktasim

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A property is the rule of a schema for an attribute's values. The kind of an attribute of a seed, and that of its items, are anyKind until a value shows them.
type property struct {
	kind        kind
	least, most int            // length of a string in characters; most 0 means no maximum
	pattern     *regexp.Regexp // of a string; nil accepts any
	form        *regexp.Regexp // the format of a string, besides the pattern; nil accepts any
	item        kind           // of the items of an array
	values      []string       // the possible values, or items of an array, in JSON; nil accepts any
	required    bool           // a new profile must have the attribute
	stated      map[string]any // the attribute as a client wrote it; nil for those of Okta and of seeds
}

// A kind is the type of an attribute's values, with its name in a schema (management API, schema
// UserSchemaAttributeType).
type kind string

const (
	anyKind     kind = ""
	stringKind  kind = "string"
	numberKind  kind = "number"
	integerKind kind = "integer"
	booleanKind kind = "boolean"
	arrayKind   kind = "array"
)

var kinds = []kind{stringKind, numberKind, integerKind, booleanKind, arrayKind}

// article returns the kind with its article, for messages.
func (k kind) article() string {
	if k == integerKind || k == arrayKind {
		return "an " + string(k)
	}
	return "a " + string(k)
}

// holds reports whether a JSON value is of the kind. A number with a fraction is not an integer, even 1.0; Okta does
// not document this.
func (k kind) holds(value string) bool {
	switch of := kindOf(value); k {
	case anyKind:
		return true
	case numberKind:
		return of == numberKind || of == integerKind
	default:
		return of == k
	}
}

// misfits are the causes for values that are of a kind, but do not fit it. The texts are ours.
var misfits = map[kind]string{
	integerKind: "must be an integer of 64 bits",
	arrayKind:   "must be an array of strings, of numbers or of integers",
}

// fits reports whether a value of the kind is one that the org can store. An array has strings, numbers or integers
// (management API, schema UserSchemaAttribute, items). That an integer has 64 bits is our guess.
func (k kind) fits(value string) bool {
	switch k {
	case integerKind:
		_, err := strconv.ParseInt(value, 10, 64)
		return err == nil
	case arrayKind:
		var list []json.RawMessage
		var items []kind
		if json.Unmarshal([]byte(value), &list) != nil {
			return false
		}
		for _, item := range list {
			items = append(items, kindOf(string(item)))
		}
		texts := !slices.ContainsFunc(items, func(of kind) bool { return of != stringKind })
		return texts || !slices.ContainsFunc(items, func(of kind) bool { return of != numberKind && of != integerKind })
	}
	return true
}

// kindOf returns the kind of a JSON value; anyKind for null and for an object.
func kindOf(value string) kind {
	switch value[0] {
	case '"':
		return stringKind
	case '[':
		return arrayKind
	case 't', 'f':
		return booleanKind
	case 'n', '{':
		return anyKind
	}
	if strings.ContainsAny(value, ".eE") {
		return numberKind
	}
	return integerKind
}

// These patterns describe strings. An address is a dot-atom of RFC 5322, sections 3.2.3 and 3.4.1, to which the
// description of UserProfile.email refers. A login may also have letters of other scripts: "isáàc.bröck@example.com"
// is an example of Okta's (Users API, "Okta login").
var (
	addressForm = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+$")
	loginForm   = regexp.MustCompile(`^[^@\s]+@[^@\s]+$`)
	countryForm = regexp.MustCompile(`^[A-Za-z]{2}$`) // ISO 3166-1 alpha-2: the description only has maxLength 2

	// The description has the form en_US. That a language alone and the form of BCP 47 are accepted is our guess.
	localeForm = regexp.MustCompile(`^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*$`)

	// The characters of a URL of RFC 1808, which may be relative, or those of other scripts.
	urlForm = regexp.MustCompile("^[^\\s\\x00-\\x20\\x7f\"<>\\\\^`{|}\\[\\]]+$")
)

// A schema maps the names of a profile's attributes to their properties.
type schema map[string]property

// baseSchema has the attributes that users have in every org (management API, schema UserProfile).
var baseSchema = schema{
	"login":     {kind: stringKind, least: 5, most: 100, pattern: loginForm}, // the default pattern; an org can replace it
	"email":     {kind: stringKind, least: 5, most: 100, pattern: addressForm},
	"firstName": {kind: stringKind, least: 1, most: 50}, "lastName": {kind: stringKind, least: 1, most: 50},
	"secondEmail": {kind: stringKind, least: 5, most: 100, pattern: addressForm},
	"mobilePhone": {kind: stringKind, most: 100}, "primaryPhone": {kind: stringKind, most: 100},
	"city": {kind: stringKind, most: 128}, "state": {kind: stringKind, most: 128}, "zipCode": {kind: stringKind, most: 50},
	"streetAddress": {kind: stringKind, most: 1024}, "postalAddress": {kind: stringKind, most: 4096},
	"countryCode": {kind: stringKind, pattern: countryForm},
	"middleName":  {kind: stringKind}, "honorificPrefix": {kind: stringKind}, "honorificSuffix": {kind: stringKind},
	"title": {kind: stringKind}, "displayName": {kind: stringKind}, "nickName": {kind: stringKind}, "profileUrl": {kind: stringKind, pattern: urlForm},
	"preferredLanguage": {kind: stringKind}, "locale": {kind: stringKind, pattern: localeForm}, "timezone": {kind: stringKind},
	"userType": {kind: stringKind}, "employeeNumber": {kind: stringKind}, "costCenter": {kind: stringKind},
	"organization": {kind: stringKind}, "division": {kind: stringKind}, "department": {kind: stringKind},
	"managerId": {kind: stringKind}, "manager": {kind: stringKind},
}

// requiredAttributes are the required attributes of the default schema, in the order of Okta's error causes
// (rapid7/insightconnect-plugins, pull request 315, shows such an answer).
var requiredAttributes = []string{"login", "firstName", "lastName", "email"}

// find returns a property of the base schema or of the org's own schema.
func (s schema) find(name string) (property, bool) {
	if p, ok := baseSchema[name]; ok {
		return p, true
	}
	p, ok := s[name]
	return p, ok
}

// learn adds a value that a seed has. It gives an attribute whose type, or type of items, is not known that of the value, where integers
// count as numbers. It returns the mistakes of the value.
func (s schema) learn(name, value string) (causes []string) {
	p := s[name]
	if p.kind == anyKind && value != "null" {
		if p.kind = countedAs(kindOf(value)); p.kind == anyKind {
			return []string{name + ": must be a string, a number, a boolean or an array"}
		}
	}
	causes = p.faults(name, value)
	if p.kind == arrayKind && p.item == anyKind && len(causes) == 0 {
		var items []json.RawMessage
		if json.Unmarshal([]byte(value), &items) == nil && len(items) > 0 {
			p.item = countedAs(kindOf(string(items[0])))
		}
	}
	s[name] = p
	return causes
}

func countedAs(k kind) kind {
	if k == integerKind {
		return numberKind
	}
	return k
}

// settle makes the attributes, and the items of arrays, of which no value has shown the type strings: "string" is the default of Okta's
// console, which is our guess.
func (s schema) settle() {
	for name, p := range s {
		if p.kind == anyKind {
			p.kind = stringKind
		}
		if p.kind == arrayKind && p.item == anyKind {
			p.item = stringKind
		}
		s[name] = p
	}
}

// faults returns the mistakes of a JSON value. Null and the empty string count as no value. "Does not match required
// pattern" is Okta's text for an address; the other texts are not documented.
func (p property) faults(name, value string) (causes []string) {
	if value == "null" {
		return nil
	}
	if !p.kind.holds(value) {
		return []string{name + ": must be " + p.kind.article()}
	}
	if !p.kind.fits(value) {
		return []string{name + ": " + misfits[p.kind]}
	}
	items := []json.RawMessage{json.RawMessage(value)}
	if p.kind == arrayKind {
		items = nil
		json.Unmarshal([]byte(value), &items) // it fits
	}
	for _, item := range items {
		switch {
		case p.kind == arrayKind && !p.item.holds(string(item)):
			return []string{name + ": an item must be " + p.item.article()}
		case p.values != nil && !slices.Contains(p.values, ownJSON(item)):
			return []string{name + ": must be one of " + strings.Join(p.values, ", ")}
		}
	}
	var text string
	if p.kind != stringKind || json.Unmarshal([]byte(value), &text) != nil || text == "" {
		return nil
	}
	if n := utf8.RuneCountInString(text); n < p.least || p.most > 0 && n > p.most {
		causes = append(causes, fmt.Sprintf("%s: The field must have %d to %d characters", name, p.least, p.most))
	}
	if p.pattern != nil && !p.pattern.MatchString(text) || p.form != nil && !p.form.MatchString(text) {
		cause := name + ": Does not match required pattern"
		if name == "login" {
			cause = "login: Username must be in the form of an email address"
		}
		causes = append(causes, cause)
	}
	return causes
}

// faults returns the mistakes in a profile whose attributes all exist, required attributes first.
func (s schema) faults(profile map[string]json.RawMessage) (causes []string) {
	others := slices.DeleteFunc(slices.Sorted(maps.Keys(profile)), func(name string) bool { return slices.Contains(requiredAttributes, name) })
	for _, name := range slices.Concat(requiredAttributes, others) {
		if value, named := profile[name]; named {
			p, _ := s.find(name)
			causes = append(causes, p.faults(name, string(value))...)
		}
	}
	return causes
}

// missing returns the error causes for the attributes that are required and without a value.
func (s schema) missing(attributes []attribute) (causes []string) {
	for _, name := range slices.Sorted(maps.Keys(s)) {
		has := slices.ContainsFunc(attributes, func(a attribute) bool { return a.name == name && a.json != `""` })
		if s[name].required && !has {
			causes = append(causes, name+": The field cannot be left blank")
		}
	}
	return causes
}

// unknown returns the error cause for the first attribute that is not in the schema. The text is Okta's for a group
// (okta-sdk-java, issue 1609); the one for users is not documented.
func (s schema) unknown(profile map[string]json.RawMessage) (cause string, found bool) {
	for _, name := range slices.Sorted(maps.Keys(profile)) {
		if _, ok := s.find(name); !ok {
			return "Property name '" + name + "' is not defined in profile", true
		}
	}
	return "", false
}
