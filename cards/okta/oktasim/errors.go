package oktasim

import "net/http"

// refuse returns an answer with Okta's error body (management API, schema Error). Okta sends errorCauses even if
// there are none, and repeats the code as errorLink.
func (c *call) refuse(status int, code, summary string, causes ...string) answer {
	b := append([]byte(`{"errorCode":`), jsonText(code)...)
	b = append(b, `,"errorSummary":`...)
	b = appendText(b, summary)
	b = append(b, `,"errorLink":`...)
	b = appendText(b, code)
	b = append(b, `,"errorId":`...)
	b = appendText(b, mintID("oae", c.org.serial.Add(1), 0))
	b = append(b, `,"errorCauses":[`...)
	for i, cause := range causes {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"errorSummary":`...)
		b = append(appendText(b, cause), '}')
	}
	return answer{status: status, body: append(b, "]}"...)}
}

// invalid returns 400 E0000001, Okta's answer to most invalid requests: "Api validation failed" and the property or
// operation, with the reasons as causes.
func (c *call) invalid(what string, causes ...string) answer {
	return c.refuse(http.StatusBadRequest, "E0000001", "Api validation failed: "+what, causes...)
}

// badSearch returns 400 E0000031, Okta's answer to an invalid search or filter.
func (c *call) badSearch(cause string) answer {
	return c.refuse(http.StatusBadRequest, "E0000031", "Invalid search criteria.", cause)
}

// missing returns 404 E0000007. Okta names the kind of resource by its internal word: User, UserGroup.
func (c *call) missing(id, kind string) answer {
	return c.refuse(http.StatusNotFound, "E0000007", "Not found: Resource not found: "+id+" ("+kind+")")
}

// forbid returns 403 E0000006. For an access token, the header that okta-sdk-golang, issue 145, shows also has the
// missing scope. The answer in that report, from 2020, had no body. Whether Okta sends one now is not documented, so
// clients must not rely on it.
func (c *call) forbid(scope string) answer {
	a := c.refuse(http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action")
	if c.token.app != nil {
		a.challenge = c.challenge(scope, &oauthProblem{code: "insufficient_scope", description: "The access token provided does not contain the required scopes."})
	}
	return a
}
