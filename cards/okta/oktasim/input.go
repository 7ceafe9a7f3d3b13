package oktasim

import (
	"encoding/json"
	"io"
	"net/http"
)

// maxBody is more than any body of the management API needs.
const maxBody = 1 << 20

// decode reads the body of a request. The refusal does not describe the mistake, which may quote a password.
func (c *call) decode(into any) {
	text, err := io.ReadAll(io.LimitReader(c.r.Body, maxBody))
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		c.reject(c.refuse(http.StatusBadRequest, "E0000003", "The request body was not well-formed."))
	}
}

// flag reads a query parameter that is true or false.
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

// notSimulated refuses parameters that Okta knows and this org does not yet: to ignore them would answer another
// question than the one that was asked.
func (c *call) notSimulated(parameters ...string) {
	for _, name := range parameters {
		if c.query.Has(name) {
			c.reject(c.badSearch(name + ": this simulated org does not support this parameter yet"))
		}
	}
}
