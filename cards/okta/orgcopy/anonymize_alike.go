package orgcopy

import (
	"regexp"
	"strings"
)

// decidesAlike reports whether conditions or a filter decide in the copy as in the org: by texts that stay, by ids, and by replaced texts that are compared as
// wholes, or the domains of logins. from is what the org has, and to what the copy has. Any other replaced text may decide otherwise.
func (a *anonymizer) decidesAlike(from, to any) bool {
	switch from := from.(type) {
	case record:
		to, _ := to.(record)
		if _, is := from["matchType"].(string); is {
			return a.matchesAlike(from, to)
		}
		for name, v := range from {
			text, is := v.(string)
			switch {
			case is && (name == "condition" || name == "expression"):
				if !a.comparesAlike(text, textIn(to, name)) {
					return false
				}
			case !a.decidesAlike(v, to[name]):
				return false
			}
		}
	case []any:
		to, _ := to.([]any)
		for i, v := range from {
			if !a.decidesAlike(v, to[i]) {
				return false
			}
		}
	case string:
		return from == to || userID.MatchString(from)
	}
	return true
}

// matchesAlike is decidesAlike for a pattern with a kind of comparison and a text.
func (a *anonymizer) matchesAlike(from, to record) bool {
	text := textIn(from, "value")
	switch textIn(from, "matchType") {
	case "EQUALS":
		return true
	case "SUFFIX":
		domain, after := strings.CutPrefix(text, "@")
		return text == to["value"] || a.isDomain(domain) && (after || !a.ends[a.domain(domain)])
	case "EXPRESSION":
		return a.comparesAlike(text, textIn(to, "value"))
	}
	return text == to["value"]
}

// equality matches the end of an expression before a string with which a whole value is compared, and equalityAfter the start after it.
var (
	equality      = regexp.MustCompile(`(?:^|[\s(\[&|!])[A-Za-z_][\w.]*\s*(?:==|!=|\beq\b|\bne\b)\s*$`)
	equalityAfter = regexp.MustCompile(`^\s*(?:==|!=|eq\b|ne\b)\s*[A-Za-z_][\w.]*\s*(?:$|[)\]&|])`)
	sizes         = regexp.MustCompile(`(?i)\b(?:len|length)\b|\bcompareTo\b`)
)

// comparesAlike is decidesAlike for an expression of a policy or of the filter of a hook.
func (a *anonymizer) comparesAlike(from, to string) bool {
	if strings.Contains(from, "event.") && sizes.MatchString(from) {
		return false
	}
	if out, decides := a.decides(from); decides && out == to {
		return true
	}
	before, after := literal.FindAllStringIndex(from, -1), literal.FindAllString(to, -1)
	if len(before) != len(after) {
		return false
	}
	for i, at := range before {
		if from[at[0]:at[1]] != after[i] && !equality.MatchString(from[:at[0]]) && !equalityAfter.MatchString(from[at[1]:]) {
			return false
		}
	}
	return true
}
