package oktasim

import (
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"
)

// etag returns the entity tag of a user's record. Its form is not documented.
func (u *user) etag() string {
	h := fnv.New64a()
	h.Write(appendUser(nil, u, userView{}))
	return `W/"` + strconv.FormatUint(h.Sum64(), 16) + `"`
}

// conditional refuses a write if If-Match does not name the current record of the user: 412 E0000231; or 400 E0000242
// if the header is not an entity tag (management API 2026.06, "Update a user" and "Replace a user"; error codes). The
// tag * matches any record (RFC 9110, section 13.1.1).
func (c *call) conditional(u *user) *answer {
	header := c.r.Header.Values("If-Match")
	if len(header) == 0 {
		return nil
	}
	var a answer
	matches := false
	for tag := range strings.SplitSeq(strings.Join(header, ","), ",") {
		tag = strings.TrimSpace(tag)
		opaque := strings.TrimPrefix(tag, "W/")
		if tag != "*" && (len(opaque) < 2 || opaque[0] != '"' || opaque[len(opaque)-1] != '"') {
			a = c.refuse(http.StatusBadRequest, "E0000242", "Invalid ETag syntax.") // the text is our guess
			return &a
		}
		matches = matches || tag == "*" || opaque == strings.TrimPrefix(u.etag(), "W/")
	}
	if matches {
		return nil
	}
	a = c.refuse(http.StatusPreconditionFailed, "E0000231", "ETag value doesn't match.")
	return &a
}
