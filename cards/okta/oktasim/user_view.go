package oktasim

import (
	"net/http"
	"strings"
)

// A userView describes how users are shown. The zero value is for a user in a list: with only a self link.
type userView struct {
	base  string // scheme and host of links
	alone bool   // with links for all operations on the user

	omitCredentials, omitCredentialsLinks, omitTransition bool

	classified *directory // has the classifications in _embedded; nil leaves them out
	fields     *selection // nil means all
}

// userView reads the requested form of users. The Content-Type of a read may leave out parts, as in
// "application/json; okta-response=omitCredentials,omitCredentialsLinks" (management API, "List all users" and
// "Retrieve a user", header Content-Type). That unknown parts are ignored is our guess.
func (c *call) userView(alone bool) userView {
	v := userView{base: c.base, alone: alone}
	if c.r.Method != http.MethodGet {
		return v
	}
	if c.query.Get("expand") == "classification" {
		v.classified = c.org.state
	}
	for parameter := range strings.SplitSeq(c.r.Header.Get("Content-Type"), ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
		if name != "okta-response" {
			continue
		}
		for part := range strings.SplitSeq(strings.Trim(value, `"`), ",") {
			switch strings.TrimSpace(part) {
			case "omitCredentials":
				v.omitCredentials = true
			case "omitCredentialsLinks":
				v.omitCredentialsLinks = true
			case "omitTransitioningToStatus":
				v.omitTransition = true
			}
		}
	}
	return v
}

// credentialsLinks are the links that omitCredentialsLinks leaves out: "Update password, Change recovery question,
// Start forgot password flow, Reset password, Reset factors, Unlock".
var credentialsLinks = []string{"changePassword", "changeRecoveryQuestion", "forgotPassword", "resetPassword", "resetFactors", "unlock"}

// append appends a user.
func (v userView) append(b []byte, u *user) []byte {
	start := len(b)
	b = appendUser(b, u, v)
	if v.classified != nil {
		// The place in _embedded is our guess.
		b = append(b[:len(b)-1], `,"_embedded":{"classification":`...)
		b = append(b, encoded(v.classified.classification(u))...)
		b = append(b, `}}`...)
	}
	if v.fields != nil {
		chosen := v.fields.of(b[start:])
		b = append(b[:start], chosen...)
	}
	return b
}

// userAnswer returns the answer with a single user.
func (c *call) userAnswer(u *user) answer {
	a := c.ok(c.userView(true).append(nil, u))
	a.etag = u.etag()
	return a
}
