package wire

import "strings"

// BadSegment returns why an argument, before escaping, cannot be one segment of a path; "" if it can. Escaping a slash or
// a question mark does not help: servers and proxies unescape them, and Okta finds a user whose login has one only by id.
//
// Source: Okta, "Users", "Get User with Login", https://developer.okta.com/docs/reference/api/users/
func BadSegment(arg string) string {
	name, _, _ := strings.Cut(arg, ";") // servers of Java ignore the rest, before they resolve ..
	switch name = strings.TrimSpace(name); {
	case name == "":
		return "is empty"
	case name == "." || name == "..":
		return "leads to another path"
	case strings.ContainsAny(arg, `/\?`):
		return "has a slash, a backslash or a question mark, so that it leads to another path"
	case strings.ContainsFunc(arg, func(c rune) bool { return c < ' ' || c == 0x7f }):
		return "contains a control character"
	}
	return ""
}
