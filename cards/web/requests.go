package web

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// place is the part of a request that all cards share.
type place struct {
	Path    string         `json:"path" jsonschema:"the path below base_url of the connection, escaped as in a URL, such as /users/1; insert values with urlencode(…)"`
	Query   map[string]any `json:"query,omitempty" jsonschema:"query parameters: strings, numbers, booleans, or lists of them"`
	Headers map[string]any `json:"headers,omitempty" jsonschema:"more headers; the headers of the connection cannot be set"`
}

type getInput struct {
	place
	Response string `json:"response,omitempty" jsonschema:"how to read the body of the answer; auto: as JSON if its media type is JSON, otherwise as text" enum:"auto,json,text" default:"auto"`
}

type putInput struct {
	place
	Body      any            `json:"body,omitempty" jsonschema:"the body, sent as JSON; a string is sent unchanged, as JSON unless the header Content-Type is set"`
	Form      map[string]any `json:"form,omitempty" jsonschema:"fields to send instead of a body, as application/x-www-form-urlencoded"`
	File      string         `json:"file,omitempty" jsonschema:"the path of a file to send as the body, as file.write answers it; its content type is that of its ending, unless the header Content-Type is set"`
	Multipart *multipartBody `json:"multipart,omitempty" jsonschema:"fields and files to send instead of a body, as multipart/form-data"`
	Response  string         `json:"response,omitempty" jsonschema:"how to read the body of the answer; auto: as JSON if its media type is JSON, otherwise as text" enum:"auto,json,text" default:"auto"`
	Save      string         `json:"save,omitempty" jsonschema:"the path of a file to write the body of the answer to, whatever it is, such as reports/may.pdf or run:may.pdf; body is then null"`
}

// multipartBody is a body of fields and, after them, files.
type multipartBody struct {
	Fields map[string]any    `json:"fields,omitempty" jsonschema:"fields: strings, numbers, booleans, or lists of them"`
	Files  map[string]string `json:"files,omitempty" jsonschema:"files: field name → path, as file.write answers it; each is sent with its name and the content type of its ending"`
}

type postInput struct {
	putInput
	Idempotent bool `json:"idempotent,omitempty" jsonschema:"a second identical request changes nothing more, so that it may be sent again if no answer came" default:"false"`
}

type requestInput struct {
	Method string `json:"method,omitempty" jsonschema:"the HTTP method; it decides the effect of a second identical request" enum:"GET,HEAD,POST,PUT,PATCH,DELETE" default:"GET"`
	postInput
}

// read is the answer to a request that changes nothing.
type read struct {
	Status  int               `json:"status" jsonschema:"the HTTP status, from 200 to 299"`
	Headers map[string]string `json:"headers" jsonschema:"the headers of the answer, with names in lower case"`
	Body    any               `json:"body" jsonschema:"the body of the answer; null if it is empty"`
}

// written is the answer to a request that may change something.
type written struct {
	read
	File    *savedFile `json:"file,omitempty" jsonschema:"the file with the body of the answer; null without save"`
	Changed bool       `json:"changed" jsonschema:"true for every method except GET and HEAD: flowdeck does not know what a request changes"`
}

const (
	inDoubt = "flowdeck does not know what a request changes"

	acceptJSON = "application/json"
	acceptAuto = "application/json, */*;q=0.5"
)

var requests = []card.Card{
	card.NewRead(card.Spec{
		Name: "http.get", Title: "HTTP Get", Also: []string{"API Connector Get"}, Summary: "read from an HTTP service",
		Effect: card.Reads, NoScopes: true, SecretsIn: secretNames.In, Target: "GET {path}",
		Example: "card: http.get\nwith: {path: /items/i1}",
	}, func(ctx context.Context, call card.Call, in getInput) (read, error) {
		out, err := send(ctx, call, http.MethodGet, putInput{place: in.place, Response: in.Response})
		return out.read, err
	}),

	card.NewWrite(card.Spec{
		Name: "http.post", Title: "HTTP Post", Also: []string{"API Connector Post"}, Summary: "send something to an HTTP service, such as a new object",
		Effect: card.Creates, Undo: card.Undo{Extent: card.None}, Target: "POST {path}", InDoubt: inDoubt, ByInput: createsUnlessIdempotent, NoScopes: true, SecretsIn: secretNames.In,
		Example: "card: http.post\nwith: {path: /items, body: {name: rug}}",
	}, card.Write[postInput, written]{Do: func(ctx context.Context, call card.Call, in postInput) (written, error) {
		return send(ctx, call, http.MethodPost, in.putInput)
	}}),

	card.NewWrite(card.Spec{
		Name: "http.put", Title: "HTTP Put", Also: []string{"API Connector Put"}, Summary: "replace an object of an HTTP service",
		Effect: card.Idempotent, Undo: card.Undo{Extent: card.None}, Target: "PUT {path}", NoScopes: true, SecretsIn: secretNames.In,
		Example: "card: http.put\nwith: {path: /items/i1, body: {name: stool}}",
	}, card.Write[putInput, written]{Do: func(ctx context.Context, call card.Call, in putInput) (written, error) {
		return send(ctx, call, http.MethodPut, in)
	}}),

	card.NewWrite(card.Spec{
		Name: "http.patch", Title: "HTTP Patch", Also: []string{"API Connector Patch"}, Summary: "change a part of an object of an HTTP service",
		Effect: card.Creates, Undo: card.Undo{Extent: card.None}, Target: "PATCH {path}", InDoubt: inDoubt, ByInput: createsUnlessIdempotent, NoScopes: true, SecretsIn: secretNames.In,
		Example: "card: http.patch\nwith: {path: /items/i1, body: {name: stool}}",
	}, card.Write[postInput, written]{Do: func(ctx context.Context, call card.Call, in postInput) (written, error) {
		return send(ctx, call, http.MethodPatch, in.putInput)
	}}),

	card.NewWrite(card.Spec{
		Name: "http.delete", Title: "HTTP Delete", Also: []string{"API Connector Delete"}, Summary: "delete an object of an HTTP service",
		Effect: card.Idempotent, Undo: card.Undo{Extent: card.None}, Target: "DELETE {path}", NoScopes: true, SecretsIn: secretNames.In,
		Example: "card: http.delete\nwith: {path: /items/i2}",
	}, card.Write[putInput, written]{Do: func(ctx context.Context, call card.Call, in putInput) (written, error) {
		return send(ctx, call, http.MethodDelete, in)
	}}),

	card.NewWrite(card.Spec{
		Name: "http.request", Title: "HTTP Request", Also: []string{"API Connector Raw Request"}, Summary: "send a request with any method to an HTTP service",
		Effect: card.Creates, Undo: card.Undo{Extent: card.None}, Target: "{method} {path}", InDoubt: inDoubt, ByInput: effectOfRequest, NoScopes: true, SecretsIn: secretNames.In,
		Example: "card: http.request\nwith: {method: PUT, path: /items/i1, body: {name: stool}}",
	}, card.Write[requestInput, written]{Do: func(ctx context.Context, call card.Call, in requestInput) (written, error) {
		return send(ctx, call, in.Method, in.putInput)
	}}),
}

// createsUnlessIdempotent returns the effect of a POST or PATCH. The flow decides: flowdeck does not know the service.
func createsUnlessIdempotent(in card.Value) card.Effect {
	if fields, _ := in.(map[string]any); fields["idempotent"] == true {
		return card.Idempotent
	}
	return card.Creates
}

// effectOfRequest returns the effect of the HTTP method. A method that is not known yet, as in a dry run, has the strongest effect.
func effectOfRequest(in card.Value) card.Effect {
	fields, _ := in.(map[string]any)
	switch method, given := fields["method"]; {
	case !given, method == nil, method == http.MethodGet, method == http.MethodHead:
		return card.Reads
	case method == http.MethodPut, method == http.MethodDelete:
		return card.Idempotent
	}
	return createsUnlessIdempotent(in)
}

// send sends the request that an input describes, and reads its answer.
func send(ctx context.Context, call card.Call, method string, in putInput) (written, error) {
	if method == "" {
		method = http.MethodGet
	}
	s, err := sessionOf(call)
	if err != nil {
		return written{}, err
	}
	accept := map[string]string{"": acceptAuto, "auto": acceptAuto, "json": acceptJSON, "text": "*/*"}[in.Response]
	r, err := s.request(method, in.place, accept)
	if err != nil {
		return written{}, err
	}
	if r, err = withBody(r, in, call.Files); err != nil {
		return written{}, err
	}
	if in.Save != "" {
		file, e, _, err := s.save(ctx, call.Files, r, in.Save)
		return written{read{Status: e.status, Headers: e.headers()}, file, true}, err
	}
	e, err := s.do(ctx, r)
	defer e.end()
	if err != nil {
		return written{}, err
	}
	out := written{read{Status: e.status, Headers: e.headers()}, nil, !r.reads()}
	if out.Body, err = e.decode(in.Response); err != nil {
		return written{}, err
	}
	e.write.Confirmed()
	return out, nil
}

// headers returns the headers of the answer as cards answer them.
func (e *exchange) headers() map[string]string {
	all := map[string]string{}
	for name, values := range e.header {
		all[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return all
}

// decode reads the body of the answer. Something other than the service may have answered in its place, such as the login page of a
// network: a web page is an error unless the flow asks for a text or for HTML, and leaves a write in doubt.
func (e *exchange) decode(response string) (card.Value, error) {
	text := response == "text" || response != "json" && !isJSON(e.header)
	switch {
	case len(e.body) == 0 && response != "text":
		return nil, nil
	case text && response != "text" && (e.page() || !e.request.reads() && isPage(e.body)):
		return nil, e.unread("is a web page", nil)
	case text:
		return strings.ToValidUTF8(string(e.body), "\uFFFD"), nil
	}
	v, err := card.DecodeAnswer(bytes.TrimPrefix(e.body, []byte("\ufeff"))) // RFC 8259, section 8.1, allows to ignore it
	if err != nil {
		return nil, e.unread("cannot be read as JSON: "+err.Error(), err)
	}
	return v, nil
}

// unread returns the error of a success whose answer cannot be used.
func (e *exchange) unread(why string, err error) *card.Error {
	return &card.Error{
		Kind: card.Invalid, Code: card.CodeUnread, Status: e.status, Err: err,
		Message: fmt.Sprintf("%s: the answer (%s) %s", e.request.line(), cmp.Or(mediaType(e.header), "no content type"), why),
		Hint:    "if it is the service's, `response: text` returns it unchanged; something between here and the service may have answered in its place",
	}
}

// sessionOf returns the session of a call.
func sessionOf(call card.Call) (*Session, error) {
	c, ok := call.Conn.(*connection)
	if !ok {
		return nil, &card.Error{Kind: card.Internal, Message: fmt.Sprintf("connection %q is not an http connection", call.ConnName)}
	}
	return c.Session, nil
}

// request makes a request without a body.
func (s *Session) request(method string, in place, accept string) (r request, err error) {
	r = request{method: method, header: http.Header{"Accept": {accept}}}
	if r.target, err = s.base.target(method, in.Path); err != nil {
		return r, err
	}
	if r.query, err = wire.Values("query", in.Query); err != nil {
		return r, err
	}
	own, err := wire.Values("headers", in.Headers)
	if err != nil {
		return r, err
	}
	for name, values := range own {
		r.header[http.CanonicalHeaderKey(name)] = values
	}
	given := slices.Collect(maps.Keys(own))
	for _, h := range s.headers { // Authorization is refused in any case
		if slices.ContainsFunc(given, func(name string) bool { return http.CanonicalHeaderKey(name) == h.name }) {
			return r, &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("header %q is set by the connection and cannot be changed", h.name)}
		}
	}
	return r, nil
}

// withBody adds a body, the fields of a form, or files to a request.
func withBody(r request, in putInput, files card.Files) (_ request, err error) {
	media := "application/json"
	switch {
	case in.File != "":
		if r.upload, err = oneFile(files, in.File); err != nil {
			return r, err
		}
		media = r.upload.media
	case in.Multipart != nil:
		if r.upload, err = multipartOf(files, *in.Multipart); err != nil {
			return r, err
		}
		media = r.upload.media
	case in.Form != nil:
		fields, err := wire.Values("form", in.Form)
		if err != nil {
			return r, err
		}
		media, r.body = "application/x-www-form-urlencoded", []byte(fields.Encode())
	case in.Body == nil:
		return r, nil
	default:
		text, ok := in.Body.(string)
		r.body = []byte(text)
		if !ok {
			if r.body, err = card.EncodeJSON(in.Body); err != nil {
				return r, &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("the body is not valid JSON: %v", err), Err: err}
			}
		}
	}
	if r.header.Get("Content-Type") == "" {
		r.header.Set("Content-Type", media)
	}
	return r, nil
}
