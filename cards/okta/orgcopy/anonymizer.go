package orgcopy

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// An anonymizer replaces texts that identify people. The same text is replaced in the same way everywhere, but for upper and lower case, which stay. What
// replaces it follows from a key: without the key, nobody can find the text again, other than by what stays. A nil anonymizer
// replaces nothing. It is safe for concurrent use while nothing is learned.
type anonymizer struct {
	key     []byte
	keep    []string
	enums   map[[2]string]bool // by the owner of a schema and the name of an attribute: it has one of a few values
	domains map[string]bool    // what replaces the domains of the logins and addresses of users
}

func newAnonymizer(key []byte, keep []string) *anonymizer {
	return &anonymizer{key: key, keep: keep, enums: map[[2]string]bool{}, domains: map[string]bool{}}
}

// decisive are the attributes of Okta that are not replaced: flows and group rules decide by them, and many people share a value.
var decisive = []string{
	"department", "division", "organization", "costCenter", "userType", "countryCode", "locale", "preferredLanguage", "timezone",
}

// isKept reports whether an attribute of the schema of an owner is not replaced.
func (a *anonymizer) isKept(owner, name string) bool {
	return slices.Contains(decisive, name) || slices.Contains(a.keep, name) || a.enums[[2]string{owner, name}]
}

// attribute returns a value of a profile. Numbers and booleans stay.
func (a *anonymizer) attribute(owner, name string, v any) any {
	if a == nil {
		return v
	}
	if a.isKept(owner, name) {
		return mapped(v, name, func(_, text string) string { return a.kept(text) })
	}
	return mapped(v, name, func(_, text string) string { return a.text(text) })
}

// These are the forms of texts.
var (
	address   = regexp.MustCompile(`[^\s@<>()",;:]+@[^\s@<>()",;:]+\.[^\s@<>()",;:.]+`)
	oneOf     = regexp.MustCompile(`^([^\s@]+)@([^\s@]+)$`)
	ofDomain  = regexp.MustCompile(`^@[^\s@]+$`)
	date      = regexp.MustCompile(`^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?$`)
	truth     = regexp.MustCompile(`^(?i:true|false|yes|no)$`)
	userID    = regexp.MustCompile(`^00u[0-9A-Za-z]{17}$`)
	digits    = regexp.MustCompile(`^\d+$`)
	telephone = regexp.MustCompile(`^\+?[\d\s()./-]{5,}$`)
	constant  = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
)

// text returns what replaces a text. Dates, and yes and no, stay.
func (a *anonymizer) text(text string) string {
	if a == nil || text == "" || date.MatchString(text) || truth.MatchString(text) {
		return text
	}
	if userID.MatchString(text) {
		return a.id(text)
	}
	if parts := oneOf.FindStringSubmatch(text); parts != nil {
		return a.word(parts[1]) + "@" + a.domain(parts[2])
	}
	if ofDomain.MatchString(text) {
		return "@" + a.domain(text[1:])
	}
	if domain := a.domain(text); a.domains[domain] {
		return domain
	}
	switch {
	case digits.MatchString(text):
		return a.digits(text, 15)
	case telephone.MatchString(text):
		return "+999" + a.digits(text, 12) // +999 is no country
	}
	return a.word(text)
}

// kept returns a text that stays, but for addresses in it.
func (a *anonymizer) kept(text string) string {
	if a == nil {
		return text
	}
	return address.ReplaceAllStringFunc(text, a.text)
}

// id returns what replaces the id of a user.
func (a *anonymizer) id(id string) string {
	if a == nil {
		return id
	}
	const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	b := []byte("00u")
	for _, c := range a.sum("id", id)[:17] {
		b = append(b, letters[int(c)%len(letters)])
	}
	return string(b)
}

func (a *anonymizer) ids(list []any) []any {
	out := make([]any, len(list))
	for i, item := range list {
		id, _ := item.(string)
		out[i] = a.id(id)
	}
	return out
}

func (a *anonymizer) sum(what, text string) []byte {
	h := hmac.New(sha256.New, a.key)
	h.Write([]byte(what + "\x00" + text))
	return h.Sum(nil)
}

// word returns a word that can be spoken. Texts that differ only in case have the same word, in the case of the text. Of a million texts, two have
// the same word with a probability of one percent.
func (a *anonymizer) word(text string) string {
	const consonants, vowels, syllables = "bcdfghjklmnprstvwxyz", "aeiou", 7
	number := binary.BigEndian.Uint64(a.sum("word", strings.ToLower(text)))
	var b strings.Builder
	for range syllables {
		b.WriteByte(consonants[number%20])
		b.WriteByte(vowels[number/20%5])
		number /= 100
	}
	word := b.String()
	switch {
	case text == strings.ToLower(text):
		return word
	case text == strings.ToUpper(text):
		return strings.ToUpper(word)
	case strings.IndexFunc(text, unicode.IsUpper) == 0:
		return strings.ToUpper(word[:1]) + word[1:]
	}
	return word
}

func (a *anonymizer) digits(text string, n int) string {
	number := binary.BigEndian.Uint64(a.sum("digits", text))
	b := []byte{byte('1' + number%9)}
	for number /= 9; len(b) < n; number /= 10 {
		b = append(b, byte('0'+number%10))
	}
	return string(b)
}

// domain returns what replaces a domain: one that nobody can have.
func (a *anonymizer) domain(domain string) string {
	return a.word(strings.ToLower(domain)) + ".example"
}

// url returns what replaces a URL, unless it is of the machine on which the org is looked at.
func (a *anonymizer) url(text string) string {
	u, err := url.Parse(text)
	switch {
	case a == nil:
		return text
	case err != nil || u.Host == "":
		return a.text(text)
	case u.Hostname() == "localhost" || strings.HasPrefix(u.Hostname(), "127."):
		return text
	}
	out := url.URL{Scheme: u.Scheme, Host: a.domain(u.Hostname())}
	if path := strings.Trim(u.Path, "/"); path != "" {
		out.Path = "/" + a.word(strings.ToLower(path))
	}
	return out.String()
}

// operand matches an attribute in an expression, and token also a string.
var operand = regexp.MustCompile(`(?:user|source|appuser)\.(?:profile\.)?(\w+)`)

var token = regexp.MustCompile(operand.String() + `|isMemberOf\w*|"(?:[^"\\]|\\.)*"|'[^']*'`)

// isName reports whether the strings after an attribute or function of an expression are not values of a profile, but a status, or names or ids of groups.
func isName(attribute string) bool {
	return attribute == "status" || attribute == "getInternalProperty" || strings.HasPrefix(attribute, "isMemberOf") || strings.HasPrefix(attribute, "getGroups")
}

// expression returns an expression whose strings are replaced as the values of the attribute to which they belong: the last one before them or, if none is, the
// first one after them.
func (a *anonymizer) expression(text string) string {
	if a == nil {
		return text
	}
	attribute := ""
	if first := operand.FindStringSubmatch(text); first != nil {
		attribute = first[1]
	}
	return token.ReplaceAllStringFunc(text, func(part string) string {
		if part[0] != '"' && part[0] != '\'' {
			attribute = part[strings.LastIndexByte(part, '.')+1:]
			return part
		}
		inner := part[1 : len(part)-1]
		if isName(attribute) || a.isKept("user", attribute) || len(inner) < 2 { // a separator, such as "@"
			return part[:1] + a.kept(inner) + part[:1]
		}
		return part[:1] + a.text(inner) + part[:1]
	})
}

// settings returns the settings of an application: notes and what the application itself defines are replaced as texts, the rest as URLs and addresses.
func (a *anonymizer) settings(v any) any {
	fields, ok := v.(record)
	if a == nil || !ok {
		return v
	}
	out := record{}
	for name, field := range fields {
		free := slices.Contains([]string{"app", "notes", "notifications"}, name)
		out[name] = mapped(field, name, func(_, text string) string {
			switch {
			case strings.Contains(text, "://"):
				return a.url(text)
			case free && !constant.MatchString(text):
				return a.text(text)
			}
			return a.kept(text)
		})
	}
	return out
}

// policy returns the settings and conditions of a policy, and the filters of a hook: expressions, domains, addresses, URLs and ids of users are replaced. The
// rest are names that Okta defines.
func (a *anonymizer) policy(v any) any {
	if a == nil {
		return v
	}
	return mapped(v, "", func(_, text string) string {
		switch {
		case userID.MatchString(text):
			return a.id(text)
		case strings.Contains(text, "user."):
			return a.expression(text)
		case strings.Contains(text, "://"):
			return a.url(text)
		case a.domains[a.domain(text)]:
			return a.domain(text)
		}
		return a.kept(text)
	})
}

// enums makes the anonymizer keep the attributes whose schema lists their values.
func (r *reader) enums() error {
	if r.hide == nil {
		return nil
	}
	owners := map[string]bool{}
	for name := range r.spools["schemas"].lists {
		owners[name] = true
	}
	for name := range owners {
		if err := each(r.spools["schemas"], name, func(s record) error {
			attribute := objectIn(s, "attribute")
			for _, part := range []record{attribute, objectIn(attribute, "items")} {
				if part["enum"] != nil || part["oneOf"] != nil {
					_, owner, _ := strings.Cut(name, " ")
					r.hide.enums[[2]string{owner, textIn(s, "name")}] = true
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// learnDomains makes the anonymizer know the domains of the users that were read.
func (r *reader) learnDomains() error {
	if r.hide == nil {
		return nil
	}
	for _, list := range userLists {
		if err := each(r.spools["users"], list, func(u record) error {
			for _, name := range []string{"login", "email"} {
				if _, domain, ok := strings.Cut(textIn(u, name), "@"); ok {
					r.hide.domains[domain] = true
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}
