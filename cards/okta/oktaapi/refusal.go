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
	"github.com/flowdeck/flowdeck/engine/card"
)

// A refusal is the body of an answer that is not a success.
//
// Source: Okta, "Error codes", https://developer.okta.com/docs/reference/error-codes/
type refusal struct {
	Code    string  `json:"errorCode"`
	Summary string  `json:"errorSummary"`
	Causes  []cause `json:"errorCauses"`
}

type cause struct {
	Summary string `json:"errorSummary"`
}

// oktaCode is the form of Okta's codes. Another API's errorCode decides nothing.
var oktaCode = regexp.MustCompile(`^E\d{7}$`)

// Codes of Okta that more than kinds knows of.
const (
	codeValidation = "E0000001" // the request cannot be done as it is, or as things are
	codeNoToken    = "E0000005" // "Invalid session": no token was sent
	codePath       = "E0000008" // "The requested path was not found"
	codeToken      = "E0000011" // "Invalid token provided"
	codeFeature    = "E0000015" // the org does not have this feature
	codeMastered   = "E0000023" // "user profile is mastered under another system"
	codePushed     = "E0000075" // the attribute "has a field mapping and profile push is enabled"
	codeReadOnly   = "E0000077" // the attribute "is read-only"
)

// kinds are the kinds of errors whose status would mislead.
//
// Source: Okta, "Error codes", https://developer.okta.com/docs/reference/error-codes/
var kinds = map[string]card.Kind{
	codeNoToken:       card.Unauthorized, // 403
	codeFeature:       card.Forbidden,    // 401
	"E0000006":        card.Forbidden,    // "You do not have permission"; all other 403 are about the state of things
	insufficientScope: card.Forbidden,

	// 401: the name and the password in a request to authenticate a user, not the connection's token
	"E0000004": card.Invalid, "E0000064": card.Invalid, "E0000207": card.Invalid,

	// 404: the path, the media type, an endpoint that no longer exists
	codePath: card.Invalid, "E0000012": card.Invalid, "E0000026": card.Invalid,

	// 410: a device, a factor, a user
	"E0000153": card.NotFound, "E0000154": card.NotFound, "E0000156": card.NotFound,

	// 400 and 403: a label, a subdomain, a domain that is taken
	"E0000040": card.Conflict, "E0000088": card.Conflict, "E0000161": card.Conflict,
}

// insufficientScope is the code of an access token without the scope. It comes in a header; whether with a body, Okta
// does not document.
const insufficientScope = "insufficient_scope"

// invalidToken is the code of an access token that the API does not accept.
//
// Source: RFC 6750, section 3.1
const invalidToken = "invalid_token"

// oauthCode is the form of the codes of Okta's OAuth endpoints, which have bodies of their own.
//
// Source: RFC 6749, section 5.2; Okta, "OpenID Connect & OAuth 2.0 API", https://developer.okta.com/docs/reference/api/oidc/
var oauthCode = regexp.MustCompile(`^[a-z]+(_[a-z]+)+$`)

// refusal is the refusal in an answer of the org; ok is false if it has none, and so may not be the org's.
func (e *exchange) refusal() (r refusal, ok bool) {
	if json.Unmarshal(e.body, &r) == nil && oktaCode.MatchString(r.Code) {
		return r, true
	}
	if strings.Contains(e.header.Get("WWW-Authenticate"), insufficientScope) {
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
	if oauthCode.MatchString(r.Code) { // as the OpenID configuration refuses a client
		return r, true
	}
	if json.Unmarshal(e.body, &oauth) == nil && oauthCode.MatchString(oauth.Code) {
		return refusal{Code: oauth.Code, Summary: oauth.Code + ": " + oauth.Summary}, true
	}
	return refusal{}, false
}

// refused is the error of an answer that is not a success.
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
		err.Message = fmt.Sprintf("Okta answered %d %s", e.status, http.StatusText(e.status))
	}
	if id := e.header.Get("X-Okta-Request-Id"); id != "" {
		err.Details = map[string]any{"request_id": id}
	}
	err.Hint = r.hint()
	if e.status/100 == 3 {
		err.Hint = elsewhere
	}
	err.Wait = e.wait(err.Kind)
	return err
}

// doubtful reports whether an answer without a refusal of Okta's must come from something else: a 404 of a proxy must not
// be taken for the org reporting that a user does not exist. Okta's own gateway may answer so when it is in trouble or under load.
func (e *exchange) doubtful() bool {
	return e.status/100 == 4 && e.status != http.StatusTooManyRequests && e.status != http.StatusRequestTimeout
}

// message is the summary and the causes.
func (r refusal) message() string {
	var causes []string
	for _, cause := range r.Causes {
		causes = append(causes, cause.Summary)
	}
	if len(causes) == 0 {
		return r.Summary
	}
	return r.Summary + ": " + strings.Join(causes, "; ")
}

// kind is the kind of error that a refusal with a status is. Unauthorized is for the token of the connection alone, since
// it ends a run: the OAuth endpoints answer 401 also for a client that a raw request names.
func (r refusal) kind(status int) card.Kind {
	if kind, ok := kinds[r.Code]; ok {
		return kind
	}
	switch {
	case status == http.StatusUnauthorized && (oktaCode.MatchString(r.Code) || r.Code == invalidToken):
		return card.Unauthorized
	case status == http.StatusNotFound:
		return card.NotFound
	case status == http.StatusConflict || r.taken():
		return card.Conflict
	case status == http.StatusTooManyRequests:
		return card.RateLimit
	case status == http.StatusRequestTimeout:
		return card.Timeout
	case status == http.StatusNotImplemented:
		return card.Invalid // E0000060, "Unsupported operation": no other attempt will fare better
	case status >= 500:
		return card.Unavailable
	}
	return card.Invalid // other 4xx, and a redirect, which no API answers with
}

// taken reports whether a name is another's: Okta has no code for that, but uses the same words for logins, groups,
// apps and policies.
func (r refusal) taken() bool {
	return r.Code == codeValidation && slices.ContainsFunc(r.Causes, func(c cause) bool {
		return strings.Contains(c.Summary, "already exists") || strings.Contains(c.Summary, "already in use")
	})
}

// hint goes by Okta's code: a status has too many reasons. Which scope a permission needs, the card knows.
func (r refusal) hint() string {
	switch r.Code {
	case codeToken, codeNoToken:
		return "the API token is wrong, expired or revoked"
	case codePath:
		return "Okta has no such path: see its API reference"
	case codeMastered, codePushed, codeReadOnly:
		return "change it where it comes from, such as the directory, or leave it out"
	case codeFeature:
		return "the org may not have this feature, or the owner of the token no role for it"
	}
	return ""
}

// concurrencyWait is how long to wait after a refusal of concurrency, whose reset header misleads: it
// is of a window that has nothing to do with it.
const concurrencyWait = time.Second

// defaultWait is how long to wait after a 429 without such a header.
const defaultWait = 5 * time.Second

// wait is how long to wait before the next attempt; 0 leaves it to the flow. Okta itself sends no Retry-After, but
// what is between here and the org may.
func (e *exchange) wait(kind card.Kind) time.Duration {
	after, asked := pace.RetryAfter(e.header)
	reset, known := pace.UntilReset(e.header)
	switch {
	case kind == card.RateLimit && e.header.Get("X-Rate-Limit-Limit") == "0":
		return concurrencyWait
	case kind == card.RateLimit && known:
		return reset
	case asked && (kind == card.RateLimit || e.status == http.StatusServiceUnavailable):
		return after
	case kind == card.RateLimit:
		return defaultWait
	}
	return 0
}
