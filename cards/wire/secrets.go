package wire

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Names are the names of fields whose values give access, in the form that plainName returns.
type Names map[string]bool

// secretInside maps the name of an object to its field that gives access: the value of a password and of the header of a hook, and the
// link of a QR code, which contains a token.
var secretInside = map[string]string{"password": "value", "authscheme": "value", "qrcode": "href"}

// keyMembers has the members of a JSON Web Key that are private.
//
// Source: RFC 7518, sections 6.2.2, 6.3.2 and 6.4; RFC 8037, section 2
var keyMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}

// plainName returns a name in lower case without separators, because Okta's APIs use both accessToken and
// access_token.
func plainName(name string) string { return separators.Replace(strings.ToLower(name)) }

// separators removes them. It is made once, as each name in each answer passes it; it is never modified, and is safe for concurrent use.
var separators = strings.NewReplacer("_", "", "-", "")

// In returns the texts of all fields with these names, at any depth. v has no schema: it is an answer
// or the inputs of a request. Answers that were requested as text or base64 are searched too if they are JSON, JSON
// lines, or a form.
func (n Names) In(v card.Value) (texts []string) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			texts = append(texts, n.In(item)...)
		}
	case map[string]any:
		_, isKey := v["kty"].(string)
		for name, field := range v {
			if isKey && slices.Contains(keyMembers, name) {
				texts = append(texts, everyText(field)...)
			}
			texts = append(texts, n.inField(plainName(name), field)...)
		}
	case string:
		texts = n.inText(v)
	}
	return texts
}

func (n Names) inField(name string, v card.Value) []string {
	if object, ok := v.(map[string]any); ok {
		found := n.In(v)
		if text, ok := object[secretInside[name]].(string); ok {
			found = append(found, text)
		}
		return found
	}
	if list, ok := v.([]any); ok && name == "headers" {
		return append(headerValues(list), n.In(v)...)
	}
	if text, ok := v.(string); ok && name == "setcookie" {
		return cookies(text)
	}
	if text, ok := v.(string); ok && name == "location" {
		return n.inURL(text)
	}
	if !n[name] {
		return n.In(v)
	}
	return n.leaves(v)
}

// headerValues returns the values of the headers that Okta sends to a hook: one of them may be how the server knows Okta.
func headerValues(headers []any) (values []string) {
	for _, item := range headers {
		header, _ := item.(map[string]any)
		if text, ok := header["value"].(string); ok {
			values = append(values, text)
		}
	}
	return values
}

// leaves returns the strings and numbers in a value: a code may be a number, and there may be a list of codes. In
// objects, it returns only the fields with secret names.
func (n Names) leaves(v card.Value) (texts []string) {
	switch v := v.(type) {
	case nil, bool:
	case map[string]any:
		texts = n.In(v)
	case []any:
		for _, item := range v {
			texts = append(texts, n.leaves(item)...)
		}
	case string:
		texts = []string{v}
	default:
		if number, err := card.EncodeJSON(v); err == nil {
			texts = []string{string(number)}
		}
	}
	return texts
}

// aboutCookie has the names of cookie attributes, which are not secret.
var aboutCookie = []string{"expires", "path", "domain", "max-age", "samesite"}

// cookies returns the values of the cookies in a header. Several Set-Cookie headers may be joined into one.
func cookies(header string) (values []string) {
	const shortest = 8 // a shorter value is a setting, such as a language
	for part := range strings.FieldsFuncSeq(header, func(r rune) bool { return r == ';' || r == ',' }) {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if ok && len(value) >= shortest && !slices.Contains(aboutCookie, strings.ToLower(name)) {
			values = append(values, value)
		}
	}
	return values
}

// form matches a form-encoded body.
var form = regexp.MustCompile(`^[\w.-]+=[^\s]*$`)

func (n Names) inText(text string) []string {
	text = strings.TrimSpace(text)
	if data, err := base64.StdEncoding.DecodeString(text); err == nil && len(data) > 0 {
		text = strings.TrimSpace(string(data))
	}
	if form.MatchString(text) {
		fields, _ := url.ParseQuery(text) // for a malformed form, the fields that can be parsed
		return n.inForm(fields)
	}
	if !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") {
		return nil
	}
	if v, err := card.DecodeJSON([]byte(text)); err == nil {
		return n.In(v)
	}
	var texts []string
	for line := range strings.Lines(text) {
		if v, err := card.DecodeJSON([]byte(line)); err == nil {
			texts = append(texts, n.In(v)...)
		}
	}
	return texts
}

// inURL returns the secrets among the parameters of a URL, after ? or #.
func (n Names) inURL(text string) []string {
	u, err := url.Parse(text)
	if err != nil {
		return nil
	}
	fragment, _ := url.ParseQuery(u.Fragment)
	return append(n.inForm(u.Query()), n.inForm(fragment)...)
}

// everyText returns all strings in a value.
func everyText(v card.Value) (texts []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, item := range v {
			texts = append(texts, everyText(item)...)
		}
	case map[string]any:
		for _, field := range v {
			texts = append(texts, everyText(field)...)
		}
	}
	return texts
}

func (n Names) inForm(fields url.Values) (texts []string) {
	for name, values := range fields {
		if n[plainName(name)] {
			texts = append(texts, values...)
		}
	}
	return texts
}

// Has reports whether a name is one of the names, in any spelling.
func (n Names) Has(name string) bool { return n[plainName(name)] }
