package okta

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"strings"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/words"
)

type requestInput struct {
	Path      string            `json:"path" jsonschema:"the path, escaped as in a URL: /users is /api/v1/users; a path with /api/ in it, or one that starts with /oauth2/, /governance/, /.well-known/, /webauthn-registration/, /idp/, /login/, /sso/ or /app/, is used unchanged"`
	Method    string            `json:"method,omitempty" jsonschema:"the HTTP method; it decides the effect of a second identical call" enum:"GET,POST,PUT,PATCH,DELETE" default:"GET"`
	Query     map[string]any    `json:"query,omitempty" jsonschema:"query parameters: strings, numbers, booleans, or lists of them" filter:"search,filter" narrows:"q,since,until"`
	Headers   map[string]any    `json:"headers,omitempty" jsonschema:"more headers; the headers of the connection cannot be set"`
	Body      any               `json:"body,omitempty" jsonschema:"the body, sent as JSON; a string is sent unchanged" expression:"conditions.expression.value,conditions.elCondition.condition,events.filter.eventFilterMap.[].condition.expression"`
	Form      map[string]any    `json:"form,omitempty" jsonschema:"fields to send instead of a body, as multipart/form-data, or urlencoded with the header Content-Type: application/x-www-form-urlencoded"`
	Files     map[string]string `json:"files,omitempty" jsonschema:"files of the workspace or the run to send as multipart/form-data with the fields of form: field name → path, such as art/logo.png or run:logo.png"`
	FileNames map[string]string `json:"file_names,omitempty" jsonschema:"names for the files in the request: field name → name; by default the last part of the path"`
	Response  string            `json:"response,omitempty" jsonschema:"how to read the answer; binary returns base64" enum:"json,text,binary" default:"json"`
}

// RequestAnswer is the answer of a raw request.
type RequestAnswer struct {
	Status  int               `json:"status" jsonschema:"the HTTP status, from 200 to 299"`
	Headers map[string]string `json:"headers" jsonschema:"the headers of the answer, with names in lower case"`
	Body    any               `json:"body" jsonschema:"the body of the answer; null if it is empty"`
	Changed bool              `json:"changed" jsonschema:"true for every method except GET: flowdeck does not know what a raw request changes"`
}

type listRequestInput struct {
	Path    string         `json:"path" jsonschema:"the path, as for okta.request; the answer must be a list, or an object with one list and _links"`
	Query   map[string]any `json:"query,omitempty" jsonschema:"query parameters: strings, numbers, booleans, or lists of them" filter:"search,filter" narrows:"q,since,until"`
	Headers map[string]any `json:"headers,omitempty" jsonschema:"more headers; the headers of the connection cannot be set"`
}

// secretNames has the names of fields that give access according to Okta's description: links, tokens, keys and
// passwords, in the form that wire.Names need. It leaves out fields that the description calls public, such as the
// id of a key.
var secretNames = wire.Names{
	"accesstoken": true, "activationtoken": true, "activationurl": true, "adminpassword": true, "answer": true, "apitoken": true,
	"appletokensigningkey": true, "assertion": true, "clientassertion": true, "clientsecret": true, "cookietoken": true,
	"devicecode": true, "devicesecret": true, "idtoken": true, "interactionhandle": true, "jwt": true, "newpassword": true,
	"oldpassword": true, "passcode": true, "password": true, "privatekey": true, "recoverycode": true, "recoverycodes": true,
	"recoverytoken": true, "refreshtoken": true, "registrationaccesstoken": true, "resetpasswordurl": true, "secret": true,
	"secretkey": true, "sessiontoken": true, "sharedsecret": true, "statehandle": true, "statetoken": true, "tac": true,
	"temppassword": true, "token": true, "tokensigningkey": true, "unlockaccounturl": true, "usercode": true,
}

// The scopes of a raw request depend on its path, so these cards declare none.
var requests = []card.Card{
	card.NewWrite(card.Spec{
		Name:    "okta.request",
		Title:   "Raw Request",
		Also:    []string{"Custom API Action"},
		Summary: "send any request to the org's API",
		Effect:  card.Destroys,
		Undo:    card.Undo{Extent: card.None},
		Target:  "{method} {path}",
		InDoubt: "flowdeck does not know what a raw request changes",
		ByInput: effectOfRequest, SecretsIn: secretNames.In,
		Example: "card: okta.request\nwith: {method: DELETE, path: /groups/00g2}",
	}, card.Write[requestInput, RequestAnswer]{Do: sendRequest}),

	card.NewList(card.Spec{
		Name:    "okta.request.list",
		Title:   "Raw Request, page by page",
		Summary: "read any list of the org's API, following the links to its next pages, in the header or in the body",
		Effect:  card.Reads, SecretsIn: secretNames.In, Cut: cutRequest,
		Example: "card: okta.request.list\nwith: {path: /groups, query: {limit: 100}}",
	}, listRequest),
}

// effectOfRequest returns the effect of the HTTP method. Repeating a POST or PATCH may make the change twice. A
// method that is not known yet, as in a dry run, has the strongest effect.
func effectOfRequest(in card.Value) card.Effect {
	fields, _ := in.(map[string]any)
	switch method, given := fields["method"]; {
	case !given, method == nil, method == http.MethodGet:
		return card.Reads
	case method == http.MethodPut:
		return card.Idempotent
	case method == http.MethodPost, method == http.MethodPatch:
		return card.Creates
	}
	return card.Destroys
}

func sendRequest(ctx context.Context, call card.Call, in requestInput) (RequestAnswer, error) {
	r, err := requestOf(in, call.Files)
	if err != nil {
		return RequestAnswer{}, err
	}
	answer, err := send(ctx, call, r)
	if err != nil {
		return RequestAnswer{}, err
	}
	out := RequestAnswer{Status: answer.Status, Headers: map[string]string{}, Changed: r.Method != http.MethodGet}
	for name, values := range answer.Header {
		out.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	switch {
	case in.Response == "binary":
		out.Body = base64.StdEncoding.EncodeToString(answer.Body)
	case in.Response == "text":
		out.Body = string(answer.Body)
	case len(answer.Body) > 0:
		if out.Body, err = card.DecodeAnswer(answer.Body); err != nil {
			unread := &card.Error{
				Kind: card.Failed, Status: answer.Status, Err: err,
				Message: fmt.Sprintf("%s %s: the answer (%s) cannot be read as JSON: %v", r.Method, r.Path, cmp.Or(answer.Header.Get("Content-Type"), "no content type"), err),
				Hint:    "if it is Okta's, `response: text` returns it unchanged; something between here and the org may have answered in its place",
			}
			if r.Method != http.MethodGet { // something other than the org may have answered, so that the write is in doubt
				unread.Kind, unread.Code = card.Invalid, card.CodeUnread
			}
			return RequestAnswer{}, unread
		}
	}
	return out, nil
}

// requestOf makes the request that an input describes. Files are read from files, the workspace.
func requestOf(in requestInput, files fs.FS) (r oktaapi.Request, err error) {
	r = oktaapi.Request{Method: in.Method, Path: in.Path}
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	if r.Query, err = wire.Values("query", in.Query); err != nil {
		return r, err
	}
	if r.Header, err = headers(in); err != nil {
		return r, err
	}
	return withBody(r, in, files)
}

// headers returns the headers of an input, and an Accept header if it has none.
func headers(in requestInput) (http.Header, error) {
	accept := "application/json"
	if in.Response == "text" || in.Response == "binary" {
		accept = "*/*"
	}
	h := http.Header{"Accept": {accept}}
	texts, err := wire.Values("headers", in.Headers)
	for name, list := range texts {
		h[http.CanonicalHeaderKey(name)] = list
	}
	return h, err
}

func listRequest(ctx context.Context, call card.Call, in listRequestInput, at card.Cursor) ([]card.Raw[map[string]any], card.Cursor, error) {
	r, err := requestOf(requestInput{Path: in.Path, Query: in.Query, Headers: in.Headers}, nil)
	if err != nil {
		return nil, "", err
	}
	if strings.TrimPrefix(in.Path, "/api/v1") == "/logs" && r.Query.Get("until") == "" {
		return nil, "", &card.Error{
			Kind: card.Invalid, Hint: "use okta.log.list, or set `until`", Message: "without `until` the system log always has a next page, so that the list would not end",
		}
	}
	if at != "" {
		r.Query.Set("after", string(at))
	}
	answer, err := send(ctx, call, r)
	if err != nil {
		return nil, "", err
	}
	items, err := answer.Items()
	if at == "" && errors.Is(err, oktaapi.ErrNoList) { // the path is wrong, so the request is not repeated
		other, _ := card.DecodeAnswer(answer.Body) // the session has already parsed it as JSON
		return nil, "", &card.Error{
			Kind: card.Failed, Status: answer.Status, Hint: "okta.request reads answers that are not lists", Err: err,
			Message: fmt.Sprintf("the answer to GET %s is not a list but %s", in.Path, words.A(words.Kind(other))),
		}
	}
	if err != nil {
		return nil, "", err
	}
	records := make([]card.Raw[map[string]any], len(items))
	for i, item := range items {
		records[i].Value = item
	}
	return records, answer.Next, nil
}

// send sends a raw request. The scope that it needs is not known, so the hint of a refusal names the request.
func send(ctx context.Context, call card.Call, r oktaapi.Request) (oktaapi.Answer, error) {
	org, err := session(call)
	if err != nil {
		return oktaapi.Answer{}, err
	}
	answer, err := org.Raw(ctx, r)
	e := (*card.Error)(nil)
	if !errors.As(err, &e) {
		return answer, err
	}
	explained := *e
	if len(answer.Body) > 0 {
		details := map[string]any{"body": secretNames.Refusal(answer.Body, call.Conn.(*connection).excerpt)}
		if known, ok := e.Details.(map[string]any); ok {
			maps.Copy(details, known)
		}
		explained.Details = details
	}
	if e.Kind == card.Forbidden && e.Hint == "" {
		explained.Hint = fmt.Sprintf("%s %s needs the scope that Okta's API reference names for it: %s", r.Method, r.Path, call.HowToGrant())
	}
	return answer, &explained
}
