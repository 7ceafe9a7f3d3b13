package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/words"
)

// Respond answers the request that started the run. The flow goes on after it.
type Respond struct {
	leaf
	Status, Headers, Body Template
}

// Response is the answer to the request that started a run. In a dry run parts of it may be unknown.
type Response struct {
	Status  int               // 0: it is not known
	Headers map[string]string `json:",omitempty"` // by name, in lower case
	Body    Value             // nil: there is none; a text is sent as it is, and anything else as JSON
	// Shown is set if nobody waits for the answer: in a dry run, in a run that repeats another one, and in a run that no webhook has started. Then it is only reported.
	Shown bool `json:",omitempty"`
}

// The limits of a Response.
const (
	leastStatus    = 200
	mostStatus     = 599
	mostHeaders    = 32
	longestHeaders = 8 << 10 // bytes of all names and values
	longestBody    = 1 << 20 // bytes
)

// bodiless are the statuses of answers that have no body.
var bodiless = []int{204, 205, 304}

func (v Respond) run(f *frame, at Place) (result, error) {
	if f.depth > 0 { // the request is that of the flow that calls this one
		return result{}, nil
	}
	r, err := v.response(f, at)
	if err != nil {
		return result{}, err
	}
	if err := f.rt.Respond(at, r); err != nil {
		return result{}, err
	}
	f.rt.Emit(Event{Kind: Responded, Place: at, Response: &r})
	return result{}, nil
}

// response evaluates the answer.
func (v Respond) response(f *frame, at Place) (r Response, err error) {
	scope := f.scope(at)
	trigger, _ := f.roots["trigger"].(map[string]any)
	r.Shown = f.dry || f.repeats || trigger["kind"] != string(WebhookTrigger)
	status, err := v.Status.eval(f, scope)
	if err != nil {
		return r, err
	}
	headers, err := v.Headers.eval(f, scope)
	if err != nil {
		return r, err
	}
	if r.Body, err = v.Body.eval(f, scope); err != nil {
		return r, err
	}
	if err := Lost(map[string]any{"status": status, "headers": headers, "body": r.Body}); err != nil {
		return r, err
	}
	if _, unknown := status.(expr.Unknown); !unknown {
		if r.Status, err = ResponseStatus(status); err != nil {
			return r, err
		}
	}
	if u, unknown := headers.(expr.Unknown); unknown {
		headers = map[string]any{"…": u}
	} else if err := CheckResponseHeaders(headers); err != nil {
		return r, err
	}
	fields, _ := headers.(map[string]any)
	for name, value := range fields {
		if value != nil {
			if r.Headers == nil {
				r.Headers = map[string]string{}
			}
			r.Headers[strings.ToLower(name)] = shown(value)
		}
	}
	return r, r.checkBody()
}

// checkBody returns an error if the body cannot be sent.
func (r Response) checkBody() error {
	if r.Body == nil || hasUnknown(r.Body) {
		return nil
	}
	if slices.Contains(bodiless, r.Status) {
		return invalid("leave out `body`, or use another status", "an answer with status %d has no body", r.Status)
	}
	size := 0
	if text, ok := r.Body.(string); ok {
		size = len(text)
	} else {
		encoded, err := card.EncodeJSON(r.Body)
		if err != nil {
			return invalid("", "the body has no JSON form: %v", err)
		}
		size = len(encoded)
	}
	if size > longestBody {
		return invalid("", "the body of the answer has %d bytes; at most 1 MB is sent", size)
	}
	return nil
}

// ResponseStatus returns the status of an answer, or an error if it is not one.
func ResponseStatus(v Value) (int, error) {
	n, ok := v.(int)
	if f, isFloat := v.(float64); isFloat && f == float64(int(f)) {
		n, ok = int(f), true
	}
	const hint = "such as 200, 201, 400 or 503"
	switch {
	case !ok:
		return 0, invalid(hint, "%s", words.MustBe("`status`", "integer", words.Kind(v)))
	case n < leastStatus || n > mostStatus:
		return 0, invalid(hint, "`status` must be from %d to %d, not %d", leastStatus, mostStatus, n)
	}
	return n, nil
}

// CheckResponseHeaders returns an error if an answer cannot have these headers: an object of names and texts. A header that is nil is left out.
func CheckResponseHeaders(v Value) error {
	fields, ok := v.(map[string]any)
	if !ok && v != nil {
		return invalid("", "%s", words.MustBe("`headers`", "object", words.Kind(v)))
	}
	if len(fields) > mostHeaders {
		return invalid("", "an answer has %d headers at most, not %d", mostHeaders, len(fields))
	}
	size, seen := 0, map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		lower := strings.ToLower(name)
		if err := checkHeaderName(name); err != nil {
			return err
		}
		if other, twice := seen[lower]; twice {
			return invalid("", "headers %q and %q are the same", other, name)
		}
		seen[lower] = name
		value := fields[name]
		switch value.(type) {
		case expr.Unknown, nil:
			continue
		case map[string]any, []any:
			return invalid("", "%s", words.MustBe(fmt.Sprintf("header %q", name), "string", words.Kind(value)))
		}
		text := shown(value)
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r > '~' }) {
			return invalid("", "header %q has a line break, or another character that is not printable ASCII", name)
		}
		size += len(name) + len(text)
	}
	if size > longestHeaders {
		return invalid("", "the headers of an answer have %d bytes; at most 8 KB are sent", size)
	}
	return nil
}

// ownHeaders are those of the connection, of the server itself, and those that open the server to web pages.
var ownHeaders = []string{
	"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "http2-settings", // of one hop
	"content-length", "content-encoding", "date", "alt-svc",
	"set-cookie", "set-cookie2", "clear-site-data", "strict-transport-security", "content-security-policy", "x-content-type-options", "referrer-policy", "x-frame-options",
}

// checkHeaderName returns an error if a flow must not set a header.
func checkHeaderName(name string) error {
	lower := strings.ToLower(name)
	const token = "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"
	switch {
	case strings.Trim(lower, token) != "" || name == "":
		return invalid("such as X-Request-Id", "%q is not the name of a header", name)
	case slices.Contains(ownHeaders, lower), strings.HasPrefix(lower, "proxy-"), strings.HasPrefix(lower, "access-control-"):
		return invalid("", "a flow cannot set the header %q", name)
	}
	return nil
}

// Type returns the media type of the body.
func (r Response) Type() string {
	if own := r.Headers["content-type"]; own != "" {
		return own
	}
	if _, text := r.Body.(string); text {
		return "text/plain; charset=utf-8"
	}
	return "application/json"
}

// RespondedBefore returns the error of an answer in a run that has answered at another place.
func RespondedBefore(at string) *card.Error {
	return &card.Error{Kind: card.Conflict, Code: "responded", Message: "the run has answered at " + at + ", and a request has one answer"}
}
