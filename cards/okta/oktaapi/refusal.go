package oktaapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// A refusal is the error that Okta reports in the body of an answer.
//
// Source: Okta, "Error codes", https://developer.okta.com/docs/reference/error-codes/
type refusal struct {
	Code    string `json:"errorCode"`
	Summary string `json:"errorSummary"`
	Causes  causes `json:"errorCauses"`
	ID      any    `json:"errorId"` // a string; with another value, the rest of the error still counts
}

type causes []cause

// UnmarshalJSON also reads a single cause that is not in a list, as in Okta's example of E0000041. It ignores other values, because
// the code is worth more than the causes.
//
// Source: Okta's OpenAPI description, example ErrorAppUserUpdateBadRequest
func (c *causes) UnmarshalJSON(text []byte) error {
	var list []cause
	if json.Unmarshal(text, &list) != nil {
		list = make([]cause, 1)
		if json.Unmarshal(text, &list[0]) != nil || list[0].Summary == "" {
			list = nil
		}
	}
	*c = list
	return nil
}

type cause struct {
	Summary string `json:"errorSummary"`
}

// oktaCode matches Okta's codes. The errorCode of another API is ignored.
var oktaCode = regexp.MustCompile(`^E\d{7}$`)

// These are the codes that other code of this package refers to.
const (
	codeValidation = "E0000001" // the request is invalid, or not possible in the current state
	codeNoToken    = "E0000005" // "Invalid session": no token was sent
	codePath       = "E0000008" // "The requested path was not found"
	codeFeature    = "E0000015" // the org does not have this feature
)

// kinds maps codes to kinds of errors where the status of the answer would be misleading.
//
// Source: Okta, "Error codes", https://developer.okta.com/docs/reference/error-codes/
var kinds = map[string]card.Kind{
	codeNoToken:       card.Unauthorized, // 403
	"E0000011":        card.Unauthorized, // 401; a refused token ends the run whatever the status is
	codeFeature:       card.Forbidden,    // 401
	"E0000006":        card.Forbidden,    // "You do not have permission"; all other 403 are about the state of the resource
	insufficientScope: card.Forbidden,
	badProof:          card.Unauthorized, // 400, of the proof for an access token: the clock may have changed since the token was issued

	// 401: the name and the password in a request that authenticates a user, not the connection's token
	"E0000004": card.Invalid, "E0000064": card.Invalid, "E0000207": card.Invalid,

	// 404: the path, the media type, an endpoint that no longer exists
	codePath: card.Invalid, "E0000012": card.Invalid, "E0000026": card.Invalid,

	// 410: a device, a factor, a user
	"E0000153": card.NotFound, "E0000154": card.NotFound, "E0000156": card.NotFound,

	// 400 and 403: a label, a subdomain or a domain that is already in use
	"E0000040": card.Conflict, "E0000088": card.Conflict, "E0000161": card.Conflict,

	// 409 in Okta's list: an assignment, a role, the name of a linked object that exists already
	"E0000062": card.Conflict, "E0000090": card.Conflict, "E0000127": card.Conflict,

	"E0000007": card.NotFound, // 404
}

// insufficientScope is the code for an access token without the scope. It is sent in a header. Okta does not document
// whether the answer has a body.
const insufficientScope = "insufficient_scope"

// shown reports whether an id of an answer is one that people can use: Okta's have less than 50 characters.
func shown(id string) bool { return id != "" && len(id) <= 200 }

// invalidToken is the code for an access token that the API does not accept, and badProof the one for the proof with it.
//
// Source: RFC 6750, section 3.1; RFC 9449, section 7.1
const (
	invalidToken = "invalid_token"
	badProof     = "invalid_dpop_proof"
)

// oauthCode matches the codes of Okta's OAuth endpoints, whose errors have a different body.
//
// Source: RFC 6749, section 5.2; Okta, "OpenID Connect & OAuth 2.0 API", https://developer.okta.com/docs/reference/api/oidc/
var oauthCode = regexp.MustCompile(`^[a-z]+(_[a-z]+)+$`)

// refusal parses Okta's error in an answer. ok is false if the answer does not have one, and so may not come from
// Okta.
func (e *exchange) refusal() (r refusal, ok bool) {
	if json.Unmarshal(e.body, &r) == nil && oktaCode.MatchString(r.Code) {
		return r, true
	}
	challenge := strings.Join(e.header.Values("WWW-Authenticate"), ", ")
	if strings.Contains(challenge, insufficientScope) {
		return refusal{Code: insufficientScope, Summary: "the access token does not have the scope that is needed"}, true
	}
	var oauth struct {
		Code    string `json:"error"`
		Summary string `json:"error_description"`
	}
	statuses := []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden}
	if !slices.Contains(statuses, e.status) {
		return refusal{}, false
	}
	if oauthCode.MatchString(r.Code) { // the form in which the OpenID configuration refuses a client
		return r, true
	}
	if json.Unmarshal(e.body, &oauth) == nil && oauthCode.MatchString(oauth.Code) {
		return refusal{Code: oauth.Code, Summary: oauth.Code + ": " + oauth.Summary}, true
	}
	if e.status == http.StatusUnauthorized && strings.Contains(challenge, invalidToken) {
		return refusal{Code: invalidToken, Summary: "the access token is not accepted"}, true
	}
	return refusal{}, false
}

// refused returns the error for an answer that is not a success.
func (e *exchange) refused() *card.Error {
	r, ok := e.refusal()
	if !ok && e.doubtful() {
		return &card.Error{
			Kind: card.Unavailable, Status: e.status, Hint: elsewhere,
			Message: fmt.Sprintf("%s: the answer is not Okta's: %d %s, %s", e.op.Name, e.status, http.StatusText(e.status), contentType(e.header)),
		}
	}
	err := &card.Error{Kind: r.kind(e.status), Code: r.Code, Status: e.status, Message: r.message()}
	if !ok {
		err.Message = strings.TrimSpace(fmt.Sprintf("Okta answered %d %s", e.status, http.StatusText(e.status)))
	}
	details := map[string]any{}
	if id := e.header.Get("X-Okta-Request-Id"); shown(id) {
		details["request_id"] = id
	}
	if id, ok := r.ID.(string); ok && shown(id) {
		details["error_id"] = id
	}
	if len(details) > 0 {
		err.Details = details
	}
	err.Hint = hints[r.Code]
	if e.twice && err.Kind == card.Unauthorized {
		err.Hint = badTokens
	}
	if class := e.status / 100; class != 4 && class != 5 { // a redirect, or a status that HTTP does not have
		err.Hint = elsewhere
	}
	err.Wait = e.wait(err.Kind)
	return err
}

// doubtful reports whether an answer without an error of Okta must come from another server. For example, the 404 of
// a proxy must not be reported as a missing user. A 429, a 408 and any 5xx may come from Okta's own gateway.
func (e *exchange) doubtful() bool {
	return e.status/100 == 4 && e.status != http.StatusTooManyRequests && e.status != http.StatusRequestTimeout
}

// message returns the summary and the causes. The summary of an invalid field ends with its name, with which its cause starts, too.
func (r refusal) message() string {
	var causes []string
	for _, cause := range r.Causes {
		if strings.TrimSuffix(cause.Summary, ".") != strings.TrimSuffix(r.Summary, ".") {
			causes = append(causes, cause.Summary)
		}
	}
	if len(causes) == 0 {
		return r.Summary
	}
	summary := strings.TrimSuffix(r.Summary, ".")
	if what, field, ok := strings.Cut(summary, ": "); ok && strings.HasPrefix(causes[0], field+":") {
		summary = what
	}
	return summary + ": " + strings.Join(causes, "; ")
}

// kind returns the kind of error for a refusal with a status. Unauthorized is only for the token of the connection,
// because it ends a run. The OAuth endpoints also answer 401 if a raw request names a wrong client.
func (r refusal) kind(status int) card.Kind {
	if kind, ok := kinds[r.Code]; ok {
		return kind
	}
	switch {
	case status == http.StatusUnauthorized && (oktaCode.MatchString(r.Code) || r.Code == invalidToken):
		return card.Unauthorized
	case status == http.StatusNotFound:
		return card.NotFound
	case status == http.StatusConflict, status == http.StatusPreconditionFailed, r.taken():
		return card.Conflict
	case status == http.StatusTooManyRequests:
		return card.RateLimit
	case status == http.StatusRequestTimeout:
		return card.Timeout
	case status == http.StatusNotImplemented:
		return card.Invalid // E0000060, "Unsupported operation": repeating the request does not help
	case status >= 500:
		return card.Unavailable
	}
	return card.Invalid // other 4xx; or a redirect, which Okta's API never sends
}

// taken reports whether a name is already in use. Okta has no code for that, but uses the same words for logins,
// groups, apps and policies.
func (r refusal) taken() bool {
	return r.Code == codeValidation && slices.ContainsFunc(r.Causes, func(c cause) bool {
		return strings.Contains(c.Summary, "already exists") || strings.Contains(c.Summary, "already in use") || strings.Contains(c.Summary, "already granted")
	})
}

// concurrencyWait is the time to wait after a refusal for too many concurrent requests. The reset header of such an
// answer describes an unrelated window.
const concurrencyWait = time.Second

// defaultWait is the time to wait after a 429 that names no time, or one that cannot be right.
const defaultWait = 5 * time.Second

// wait returns the time to wait before the next attempt; 0 leaves the time to the flow. Okta itself sends no
// Retry-After, but a proxy may.
func (e *exchange) wait(kind card.Kind) time.Duration {
	after, asked := pace.RetryAfter(e.header, e.came)
	reset, known := pace.UntilReset(e.header, e.came)
	switch {
	case kind == card.RateLimit && e.header.Get("X-Rate-Limit-Limit") == "0":
		return concurrencyWait
	case kind == card.RateLimit && known:
		return reset
	case asked && (kind == card.RateLimit || wire.AsksToWait(e.status)):
		return after
	case kind == card.RateLimit:
		return defaultWait
	}
	return 0
}
