package oktasim

import (
	"encoding/json"
	"io"
	"net/http"
)

// maxBody is the maximum size of a body in bytes. No body of the management API needs more.
const maxBody = 1 << 20

// decode reads the body of a request. The refusal does not quote the mistake, because the body may hold a password.
func (c *call) decode(into any) {
	text, err := io.ReadAll(io.LimitReader(c.r.Body, maxBody))
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
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
