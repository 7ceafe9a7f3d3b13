package okta

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

type requestInput struct {
	Path      string            `json:"path" jsonschema:"the path, escaped as in a URL: /users is /api/v1/users; a path that begins with /api/, /oauth2/, /governance/ or /.well-known/ is taken as it stands"`
	Method    string            `json:"method,omitempty" jsonschema:"the HTTP method; it decides what a second identical call would do" enum:"GET,POST,PUT,PATCH,DELETE" default:"GET"`
	Query     map[string]any    `json:"query,omitempty" jsonschema:"query parameters: texts, numbers, booleans, or lists of them"`
	Headers   map[string]any    `json:"headers,omitempty" jsonschema:"more headers; those of the connection cannot be set"`
	Body      any               `json:"body,omitempty" jsonschema:"what to send, as JSON; a text is sent as it is"`
	Form      map[string]any    `json:"form,omitempty" jsonschema:"fields to send in place of a body, as multipart/form-data, or as a header Content-Type: application/x-www-form-urlencoded says"`
	Files     map[string]string `json:"files,omitempty" jsonschema:"files of the workspace to send as multipart/form-data, beside the fields of form: the path of each by its field's name"`
	FileNames map[string]string `json:"file_names,omitempty" jsonschema:"what a file is called where it is sent, by its field's name; left out, the last part of its path"`
	Response  string            `json:"response,omitempty" jsonschema:"how to read the answer; binary gives it as base64" enum:"json,text,binary" default:"json"`
}

// RequestAnswer is what a raw request answers.
type RequestAnswer struct {
	Status  int               `json:"status" jsonschema:"the HTTP status, from 200 to 299"`
	Headers map[string]string `json:"headers" jsonschema:"the headers of the answer, their names in lower case"`
	Body    any               `json:"body" jsonschema:"the answer itself; null if there was none"`
	Changed bool              `json:"changed" jsonschema:"true for every method but GET: what a raw request changed is not known"`
}

type listRequestInput struct {
	Path    string         `json:"path" jsonschema:"the path, as for okta.request; what it answers must be a list"`
	Query   map[string]any `json:"query,omitempty" jsonschema:"query parameters: texts, numbers, booleans, or lists of them"`
	Headers map[string]any `json:"headers,omitempty" jsonschema:"more headers; those of the connection cannot be set"`
}

// The scopes of a raw request are those of its path, so the cards declare none.
var requests = []card.Card{
	card.NewWrite(card.Spec{
		Name:    "okta.request",
		Title:   "Raw Request",
		Also:    []string{"Custom API Action"},
		Summary: "send a request that no other card sends, to the API of the org",
		Effect:  card.Destroys,
		Undo:    card.Undo{Extent: card.None},
		Target:  "{method} {path}",
		InDoubt: "only the flow knows what its request was to bring about",
		ByInput: effectOfRequest, SecretsIn: secretsInAnswer,
		Example: "card: okta.request\nwith: {method: DELETE, path: /groups/00g2}",
	}, card.Write[requestInput, RequestAnswer]{Do: sendRequest}),

	card.NewList(card.Spec{
		Name:    "okta.request.list",
		Title:   "Raw Request, page by page",
		Summary: "read a list that no other card reads, following Okta's links to its next pages",
		Effect:  card.Reads, SecretsIn: secretsInAnswer,
		Example: "card: okta.request.list\nwith: {path: /groups, query: {limit: 100}}",
	}, listRequest),
}

// effectOfRequest is what HTTP says of the method. POST and PATCH may do a thing twice. A method that is not
// known yet, as in a dry run, may be any.
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
		if out.Body, err = card.DecodeJSON(answer.Body); err != nil {
			return RequestAnswer{}, &card.Error{
				Kind: card.Failed, Status: answer.Status, Err: err, Hint: "say `response: text` to have it as it is",
				Message: fmt.Sprintf("%s %s succeeded, but its answer is no JSON: %v", r.Method, r.Path, err),
			}
		}
	}
	return out, nil
}

// requestOf is the request that an input describes. files are those of the workspace.
func requestOf(in requestInput, files fs.FS) (r oktaapi.Request, err error) {
	r = oktaapi.Request{Method: in.Method, Path: in.Path}
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	if r.Query, err = values("query", in.Query); err != nil {
		return r, err
	}
	if r.Header, err = headers(in); err != nil {
		return r, err
	}
	return withBody(r, in, files)
}

// headers are those of an input, and which answers are wanted where it does not say.
func headers(in requestInput) (http.Header, error) {
	accept := "application/json"
	if in.Response == "text" || in.Response == "binary" {
		accept = "*/*"
	}
	h := http.Header{"Accept": {accept}}
	texts, err := values("headers", in.Headers)
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
	if strings.TrimSuffix(strings.TrimPrefix(in.Path, "/api/v1"), "/") == "/logs" && r.Query.Get("until") == "" {
		return nil, "", &card.Error{
			Kind: card.Invalid, Hint: "use okta.log.list, or say `until`", Message: "the system log without `until` has always one more page: it would not end",
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
	if at == "" && errors.Is(err, oktaapi.ErrNoList) { // the path is to blame, and no other attempt will fare better
		return nil, "", &card.Error{
			Kind: card.Failed, Status: answer.Status, Hint: "okta.request reads what is no list", Err: err,
			Message: fmt.Sprintf("GET %s answers no list, but %.40q", in.Path, answer.Body),
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

// send sends a raw request. Which scope it would have needed is not known here, so that a refusal names the
// request instead.
func send(ctx context.Context, call card.Call, r oktaapi.Request) (oktaapi.Answer, error) {
	org, err := session(call)
	if err != nil {
		return oktaapi.Answer{}, err
	}
	answer, err := org.Raw(ctx, r)
	if e := (*card.Error)(nil); errors.As(err, &e) && e.Kind == card.Forbidden && e.Hint == "" {
		explained := *e
		explained.Hint = fmt.Sprintf("grant connection %q the scope that Okta's API reference names for %s %s, or use an API token of an administrator who may do this",
			call.ConnName, r.Method, r.Path)
		return answer, &explained
	}
	return answer, err
}
