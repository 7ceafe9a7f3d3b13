package oktasim

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
)

// maxBody is the maximum size of a body in bytes. No body of the management API needs more.
const maxBody = 1 << 20

// decode reads the body of a request. Numbers of a value without a type keep their digits. The refusal does not quote the mistake, because the body may hold a password.
// A body of another type than JSON is E0000021, with the two spaces (okta-sdk-python, issue 309; zaproxy, issue 5004).
// That a body without a type is accepted is our guess.
func (c *call) decode(into any) {
	if header := c.r.Header.Get("Content-Type"); header != "" {
		if of, _, err := mime.ParseMediaType(header); err != nil || of != "application/json" {
			c.reject(c.refuse(http.StatusBadRequest, "E0000021", "Bad request.  Accept and/or Content-Type headers likely do not match supported values."))
		}
	}
	decoder := json.NewDecoder(io.LimitReader(c.r.Body, maxBody))
	decoder.UseNumber()
	if decoder.Decode(into) != nil || decoder.Decode(new(any)) != io.EOF {
		c.reject(c.refuse(http.StatusBadRequest, "E0000003", "The request body was not well-formed."))
	}
}

// flag reads a boolean query parameter. usual is the default.
func (c *call) flag(name string, usual bool) bool {
	switch text := c.query.Get(name); text {
	case "":
		return usual
	case "true", "false":
		return text == "true"
	}
	c.reject(c.invalid(name, name+": must be true or false"))
	return usual
}

// notSimulated refuses parameters that Okta supports and this org does not support yet. If they were ignored, the
// answer would be wrong.
func (c *call) notSimulated(parameters ...string) {
	for _, name := range parameters {
		if c.query.Has(name) {
			c.reject(c.badSearch(name + ": this simulated org does not support this parameter yet"))
		}
	}
}
