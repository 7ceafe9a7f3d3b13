package web

import (
	"cmp"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/words"
)

// secretNames has the names of fields that give access in the answers of most services.
var secretNames = wire.Names{
	"accesstoken": true, "apikey": true, "apisecret": true, "apitoken": true, "assertion": true, "authorization": true, "authtoken": true,
	"bearertoken": true, "clientassertion": true, "clientsecret": true, "cookie": true, "devicecode": true, "idtoken": true, "jwt": true,
	"newpassword": true, "oldpassword": true, "passcode": true, "passphrase": true, "password": true, "privatekey": true,
	"recoverycodes": true, "refreshtoken": true, "secret": true, "secretaccesskey": true, "secretkey": true, "sessiontoken": true,
	"sharedsecret": true, "signingkey": true, "temppassword": true, "token": true, "webhooksecret": true, "xapikey": true, "xauthtoken": true,
}

// refused returns the error for an answer that is not a success. The kind depends on the status alone, except for a web page in place of
// JSON: docs/decisions/030.
func (s *Session) refused(e *exchange) *card.Error {
	refusal := &card.Error{
		Kind: e.kind(), Status: e.status, Details: map[string]any{"status": e.status},
		Message: fmt.Sprintf("%s: %s", e.request.line(), strings.TrimSpace(fmt.Sprint(e.status, " ", http.StatusText(e.status)))),
	}
	if len(e.body) > 0 {
		body := secretNames.Refusal(e.body, s.excerpt)
		refusal.Details = map[string]any{"status": e.status, "body": body}
		why := reasonIn(body)
		if _, plain := body.(string); plain {
			why, _, _ = strings.Cut(why, "\n")
		}
		if why != "" {
			refusal.Message += ": " + card.Cut(words.Folded(why), longestReason)
		}
	}
	refusal.Wait = e.wait(refusal.Kind)
	switch {
	case e.status/100 == 1 && !e.request.reads(): // 101: the service changed the protocol, and may have done the request before
		refusal.Code = card.CodeUnread
	case e.status/100 == 3:
		s.redirected(e, refusal)
	case refusal.Kind == card.Unauthorized && len(s.headers) == 0 && s.tokens == nil:
		refusal.Hint = fmt.Sprintf("connection %q has no `auth`", s.name)
	case refusal.Kind == card.Unauthorized:
		refusal.Hint = fmt.Sprintf("the service refuses the credentials of connection %q: are they right, and not expired or revoked?", s.name)
	case refusal.Kind == card.Forbidden:
		refusal.Hint = fmt.Sprintf("the account of connection %q may lack a permission for this request", s.name)
	case e.status == http.StatusNotFound && refusal.Kind == card.Invalid:
		refusal.Hint = "the answer is a web page, and not the service's: are base_url and the path right?"
	case e.status == http.StatusMethodNotAllowed:
		refusal.Hint = "the path does not have this method"
	}
	return refusal
}

// redirected explains a redirect, which is never followed: it would take the credentials elsewhere. Most redirects of a write are an
// answer to it, so that it may have been done.
func (s *Session) redirected(e *exchange, refusal *card.Error) {
	again := e.status == http.StatusTemporaryRedirect || e.status == http.StatusPermanentRedirect // asks for the same request elsewhere
	if !e.request.reads() && !again {
		refusal.Code = card.CodeUnread
	}
	target, err := e.request.target.Parse(e.header.Get("Location"))
	if e.header.Get("Location") == "" || err != nil || target.Host == "" {
		return
	}
	refusal.Message += ": the service redirects to " + target.Host
	refusal.Hint = fmt.Sprintf("flowdeck follows no redirects. If the API is at %s, change base_url of connection %q", target.Host, s.name)
	if wire.HostOf(target) == s.base.host {
		refusal.Message += ", the same host"
		refusal.Hint = "flowdeck follows no redirects: use the path that the API's reference has, with or without a final /"
		if signIn(target) {
			refusal.Hint = fmt.Sprintf("it seems to be a page to sign in: are the credentials of connection %q right?", s.name)
		}
	}
}

func signIn(u *url.URL) bool {
	path := strings.ToLower(u.Path)
	return strings.Contains(path, "login") || strings.Contains(path, "signin") || strings.Contains(path, "sign-in")
}

// kind returns the kind of error for a status.
func (e *exchange) kind() card.Kind {
	switch e.status {
	case http.StatusUnauthorized:
		return card.Unauthorized
	case http.StatusForbidden:
		if q, known := pace.ReadQuota(e.header, e.came); known && q.Remaining == 0 { // as GitHub refuses
			return card.RateLimit
		}
		return card.Forbidden
	case http.StatusNotFound:
		if e.page() {
			return card.Invalid
		}
		return card.NotFound
	case http.StatusGone:
		return card.NotFound
	case http.StatusConflict, http.StatusPreconditionFailed:
		return card.Conflict
	case http.StatusTooManyRequests:
		return card.RateLimit
	case http.StatusRequestTimeout:
		return card.Timeout
	case http.StatusNotImplemented:
		return card.Invalid // repeating the request does not help
	}
	if e.status >= 500 {
		return card.Unavailable
	}
	return card.Invalid // other 4xx, and redirects
}

// page reports whether the answer is a web page although the request asked for something else.
func (e *exchange) page() bool {
	return isPage(e.body) && strings.Contains(e.request.header.Get("Accept"), "json")
}

// isPage reports whether the body of an answer is a web page. The media type alone does not show it: some services send a short text
// as text/html.
func isPage(body []byte) bool { return strings.HasPrefix(http.DetectContentType(body), "text/html") }

func mediaType(h http.Header) string {
	kind, _, _ := mime.ParseMediaType(h.Get("Content-Type")) // "" if it is missing or not valid
	return kind
}

// isJSON reports whether an answer is JSON by its media type, such as application/problem+json.
func isJSON(h http.Header) bool {
	kind := mediaType(h)
	return kind == "application/json" || kind == "text/json" || strings.HasSuffix(kind, "+json")
}

// longestReason is the maximum length of the part of a message that comes from the body of a refusal, in bytes.
const longestReason = 300

// reasonIn returns the text for people in the body of a refusal: a text, or a field; "" if there is none. The fields are those of RFC 9457, OAuth and most services:
// {"message": …}, {"error": {"message": …}}, {"errors": [{"detail": …}]}. It is whole: to cut or join lines before secrets are hidden would split a secret.
func reasonIn(body card.Value) string {
	text := ""
	switch body := body.(type) {
	case string:
		if !isPage([]byte(body)) {
			text = body
		}
	case []any:
		if len(body) > 0 {
			text = reasonIn(body[0])
		}
	case map[string]any:
		for _, name := range []string{"error_description", "message", "detail", "errorSummary", "description", "error", "errors", "title", "reason"} {
			switch field := body[name].(type) {
			case string:
				text = field
			case map[string]any, []any:
				text = reasonIn(field)
			}
			if text != "" {
				break
			}
		}
	}
	return strings.TrimSpace(text)
}

// accepted returns an error if a success in JSON is none: if it is a web page, such as one to sign in, or if its body is a refusal.
func (e *exchange) accepted() error {
	if e.page() {
		return &card.Error{
			Kind: card.Invalid, Code: card.CodeUnread, Status: e.status, Message: e.request.line() + ": the answer is a web page, perhaps one to sign in",
			Hint: "are base_url and the path right?",
		}
	}
	if !isJSON(e.header) {
		return nil
	}
	if body, err := card.DecodeAnswer(e.body); err == nil && refuses(body) {
		return e.wrong(&pageError{"the answer is an error: " + cmp.Or(reasonIn(body), "it has no reason"), ""})
	}
	return nil
}

// refuses reports whether a body is a refusal, whatever the status of its answer: Slack and others send {"ok": false, "error": …} with 200.
func refuses(body card.Value) bool {
	object, _ := body.(map[string]any)
	for _, name := range []string{"error", "errors"} {
		switch why := object[name].(type) {
		case string:
			if why != "" {
				return true
			}
		case bool:
			if why {
				return true
			}
		case []any:
			if len(why) > 0 {
				return true
			}
		case map[string]any:
			if len(why) > 0 {
				return true
			}
		}
	}
	return object["ok"] == false || object["success"] == false || object["status"] == "error" || object["status"] == "fail"
}

// defaultWait is the time to wait after a 429 that names no time, or one that cannot be right.
const defaultWait = 5 * time.Second

// wait returns the time to wait before the next attempt; 0 leaves the time to the flow. A service that sends Retry-After next to its
// rate limit means something other than that limit.
func (e *exchange) wait(kind card.Kind) time.Duration {
	after, asked := pace.RetryAfter(e.header, e.came)
	reset, known := pace.UntilReset(e.header, e.came)
	switch {
	case asked && (kind == card.RateLimit || e.status == http.StatusServiceUnavailable):
		return after
	case kind == card.RateLimit && known:
		return reset
	case kind == card.RateLimit:
		return defaultWait
	}
	return 0
}
