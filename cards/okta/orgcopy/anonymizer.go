package orgcopy

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An anonymizer replaces texts that identify people. The same text is replaced in the same way everywhere, and different texts in different ways. What
// replaces one follows from a key: without the key, nobody can find the text again, other than by what stays. A nil anonymizer
// replaces nothing. It is safe for concurrent use while nothing is learned.
type anonymizer struct {
	key     []byte
	keep    []string
	enums   map[[2]string]bool            // by the owner of a schema and the name of an attribute: it is a code of many people, or is not a text
	listed  map[[2]string]map[string]bool // the values of an attribute that its schema lists: they stay
	limits  map[[2]string]form
	typed   map[string]bool // the names of attributes of user types that are in enums or limits
	domains map[string]bool // what replaces the domains of the logins and addresses of users, also in lower case
	starts  map[string]bool // what replaces the texts with which these domains start
	ends    map[string]bool // what replaces the texts with which they end
	met     map[string]bool // domains of users that were read
	renamed bool            // the name of a group was replaced
	blind   bool            // the domains of users are not known, since these were not read
}

func newAnonymizer(key []byte, keep []string) *anonymizer {
	return &anonymizer{
		key: key, keep: keep, enums: map[[2]string]bool{}, listed: map[[2]string]map[string]bool{}, limits: map[[2]string]form{}, typed: map[string]bool{},
		domains: map[string]bool{}, starts: map[string]bool{}, ends: map[string]bool{}, met: map[string]bool{},
	}
}

// decisive are the attributes of Okta that are not replaced: flows and group rules decide by them, and many people share a value.
var decisive = []string{
	"department", "division", "organization", "costCenter", "userType", "countryCode", "locale", "preferredLanguage", "timezone",
}

// isKept reports whether an attribute of the schema of an owner is not replaced.
func (a *anonymizer) isKept(owner, name string) bool {
	return slices.Contains(decisive, name) || slices.Contains(a.keep, name) || a.enums[[2]string{owner, name}]
}

// leftOut stands in what was read for a value that cannot be replaced.
const leftOut = "left out"

// attribute returns a value of a profile, or an object instead of one that cannot be replaced. Numbers and booleans stay.
func (a *anonymizer) attribute(owner, name string, v any) any {
	if a == nil {
		return v
	}
	can := true
	out := mapped(v, name, func(_, text string) string {
		by, ok := a.valueOf(owner, name, text)
		can = can && ok
		return by
	})
	if !can {
		return record{leftOut: true}
	}
	return out
}

// These are the forms of texts. Each but address matches a whole text.
var (
	address = regexp.MustCompile(`(?i)("[^"]+"|[^\s@<>()"',;:%/\\=&|\[\]{}][^\s@<>()",;:/\\=&|\[\]{}]*?)?(@|%40|＠|﹫)` +
		`([\p{L}\d](?:[\p{L}\d._-]*[\p{L}\d])?|\[[^\s\[\]]+\])`)
	host = regexp.MustCompile(`[\p{L}\d_-]+(?:\.[\p{L}\d_-]+)+`)
	date = regexp.MustCompile(`^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])` +
		`(?:[T ](?:[01]\d|2[0-4]):[0-5]\d(?::[0-6]\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)?$`)
	truth     = regexp.MustCompile(`^(?i:true|false|yes|no)$`)
	userID    = regexp.MustCompile(`^00u[0-9A-Za-z]*$`)
	digits    = regexp.MustCompile(`^\d+$`)
	telephone = regexp.MustCompile(`^\+?[\d\s()./-]{5,}$`)
)

// stays reports whether a text is a date, or yes or no, which identify nobody.
func stays(text string) bool { return text == "" || date.MatchString(text) || truth.MatchString(text) }

// text returns what replaces a text. Different texts are replaced by different ones.
func (a *anonymizer) text(text string) string {
	if a == nil || stays(text) {
		return text
	}
	if userID.MatchString(text) {
		return a.id(text)
	}
	if local, domain, ok := strings.Cut(text, "@"); ok && domain != "" && !strings.ContainsFunc(text, unicode.IsSpace) {
		if local != "" {
			local = a.word(local)
		}
		return local + "@" + a.domain(domain)
	}
	switch {
	case digits.MatchString(text):
		return a.digits(text, 18)
	case telephone.MatchString(text):
		return "+999" + a.digits(text, 15) // no country has +999
	}
	return a.word(text)
}

// isDomain reports whether users have a domain.
func (a *anonymizer) isDomain(text string) bool { return a.domains[strings.ToLower(a.domain(text))] }

// kept returns a text that stays, but for addresses in it.
func (a *anonymizer) kept(text string) string {
	if a == nil {
		return text
	}
	return address.ReplaceAllStringFunc(text, func(found string) string {
		parts := address.FindStringSubmatch(found)
		if parts[1] != "" {
			parts[1] = a.word(parts[1])
		}
		return parts[1] + parts[2] + a.domain(parts[3])
	})
}

// name returns a name that stays, but for addresses and domains of users in it. It has at most so many characters, if it had.
func (a *anonymizer) name(name string, most int) string {
	if a == nil {
		return name
	}
	out := []rune(host.ReplaceAllStringFunc(a.kept(name), a.domainsIn))
	if a.blind {
		out = []rune(a.title(name))
	}
	if word := []rune(" " + a.word(name)); len(out) > most && string(out) != name {
		out = append(out[:most-len(word)], word...)
	}
	return string(out)
}

// domainsIn replaces the domains of users in a word, also those with other words before and after a dot, a dash or an underscore.
func (a *anonymizer) domainsIn(word string) string {
	const marks = ".-_"
	var b strings.Builder
	for rest := word; rest != ""; {
		end := len(rest)
		for end > 0 && !(strings.Contains(rest[:end], ".") && a.isDomain(rest[:end])) {
			end = strings.LastIndexAny(rest[:end], marks)
		}
		if end > 0 {
			b.WriteString(a.domain(rest[:end]))
		} else {
			end = strings.IndexAny(rest, marks) + 1
			if end == 0 {
				end = len(rest)
			}
			b.WriteString(rest[:end])
		}
		rest = rest[end:]
	}
	return b.String()
}

// addressOrDomain matches addresses, and all that looks like a domain.
var addressOrDomain = regexp.MustCompile(address.String() + `|[\p{L}\d_-]+(?:\.[\p{L}\d_-]+)*\.\p{L}{2,}`)

// title is name for texts that are read before the users, whose domains are not known by then: all that looks like a domain is replaced.
func (a *anonymizer) title(text string) string {
	if a == nil {
		return text
	}
	return addressOrDomain.ReplaceAllStringFunc(text, func(found string) string {
		if by := a.kept(found); by != found {
			return by
		}
		return a.domain(found)
	})
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

// word returns a word that can be spoken. Texts that differ only in case have words that differ only in case, and those in lower case, in capitals,
// or with one capital at the start have such words. Of a million texts, two have the same word with a probability of one in 20,000.
func (a *anonymizer) word(text string) string {
	const consonants, vowels, syllables = "bcdfghjklmnprstvwxyz", "aeiou", 8
	lower := strings.ToLower(text)
	number := binary.BigEndian.Uint64(a.sum("word", lower))
	var word []byte
	for range syllables {
		word = append(word, consonants[number%20], vowels[number/20%5])
		number /= 100
	}
	switch text {
	case lower:
		return string(word)
	case strings.ToUpper(lower):
		return strings.ToUpper(string(word))
	case capitalized(lower):
		return capitalized(string(word))
	}
	last := len(word) - 1
	for i, c := range a.sum("case", text)[:last] { // the first letter is small, and the last one a capital, as in none of the other cases
		if i > 0 && c&1 == 1 {
			word[i] -= 'a' - 'A'
		}
	}
	word[last] -= 'a' - 'A'
	return string(word)
}

// capitalized returns a text with a capital at the start.
func capitalized(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

func (a *anonymizer) digits(text string, n int) string {
	number := binary.BigEndian.Uint64(a.sum("digits", text))
	b := []byte{byte('1' + number%9)}
	for number /= 9; len(b) < n; number /= 10 {
		b = append(b, byte('0'+number%10))
	}
	return string(b)
}

// domain returns what replaces a domain: one that nobody can have. A name without a dot stays one.
func (a *anonymizer) domain(domain string) string {
	word := a.word(domain)
	switch {
	case !strings.Contains(domain, "."):
		return word
	case strings.ToUpper(word) == word:
		return word + ".EXAMPLE"
	}
	return word + ".example"
}

// publicSchemes are schemes of URLs that name nobody.
var publicSchemes = []string{"http", "https", "ldap", "ldaps", "ftp", "sftp", "ws", "wss"}

// url returns what replaces a URL, unless it is of the machine on which the org is looked at.
func (a *anonymizer) url(text string) string {
	u, err := url.Parse(text)
	switch {
	case a == nil:
		return text
	case err != nil || u.Scheme == "" || u.Host == "" && !strings.HasPrefix(u.Path, "/"):
		return a.text(text)
	case u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback():
		return text
	}
	out := url.URL{Scheme: u.Scheme, Path: "/"}
	if !slices.Contains(publicSchemes, u.Scheme) {
		out.Scheme = a.word(u.Scheme)
	}
	if u.Host != "" {
		out.Host = a.domain(strings.ToLower(u.Hostname()))
	}
	rest := text[strings.Index(text, ":")+1:]
	rest = strings.TrimPrefix(strings.TrimPrefix(rest, "//"), u.Host)
	if rest = strings.Trim(rest, "/"); rest != "" || u.Port() != "" {
		out.Path += a.word(u.Port() + "/" + rest)
	}
	return out.String()
}

// These are the fields of a stored user with what replaces the starts and the ends of the domains of the login and the address, if another user has not got it.
const (
	domainStarts = "domainStarts"
	domainEnds   = "domainEnds"
)

// learnDomains makes the anonymizer know the domains of the users that were read.
func (r *reader) learnDomains() error {
	if r.hide == nil {
		return nil
	}
	for _, list := range userLists {
		if err := each(r.spools["users"], list, func(u record) error {
			for _, name := range []string{"login", "email"} {
				if _, domain, ok := strings.Cut(textIn(u, name), "@"); ok {
					r.hide.domains[domain], r.hide.domains[strings.ToLower(domain)] = true, true
				}
			}
			for _, start := range listIn(u, domainStarts) {
				r.hide.starts[fmt.Sprint(start)] = true
			}
			for _, end := range listIn(u, domainEnds) {
				r.hide.ends[fmt.Sprint(end)] = true
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}
