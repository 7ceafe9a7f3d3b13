package oktaapi

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/words"
)

// Answers describes the answers with which Okta reports that an operation succeeded. Another server in the place of the org, such as
// the login page of a network or a proxy, also answers 200: a write is only done if the answer is one of these. The zero Answers
// accept any.
//
// Source: Okta's OpenAPI description
type Answers struct {
	Empty  []int    // the statuses of answers without a body
	Fields []string // an object with one of these fields; for an object with an id just id
	Listed bool     // the object may be the only one of a list
}

// String describes the answers, for messages.
func (a Answers) String() string {
	var kinds []string
	for _, status := range a.Empty {
		kinds = append(kinds, fmt.Sprintf("%d without a body", status))
	}
	if a.Fields != nil {
		kinds = append(kinds, "an object with "+strings.Join(a.Fields, " or "))
	}
	return strings.Join(kinds, " or ")
}

// accept reports whether an answer is one of these. Okta's 200 without a body is an empty object in fact, and so is an answer whose link
// was sent by email.
//
// Source: Okta, Users API, "User lifecycle operations", https://developer.okta.com/docs/reference/api/users/
func (a Answers) accept(status int, body card.Value, mailed bool) bool {
	if list, ok := body.([]any); ok && a.Listed && len(list) == 1 {
		body = list[0]
	}
	object, ok := body.(map[string]any)
	if body == nil || ok && len(object) == 0 {
		return slices.Contains(a.Empty, status) || len(a.Empty) > 0 && status == http.StatusNoContent || ok && mailed
	}
	return slices.ContainsFunc(a.Fields, func(name string) bool { return object[name] != nil && object[name] != "" })
}

// done decodes the body of the answer to an operation: nil if it is empty.
func (e *exchange) done() (v card.Value, err error) {
	if len(e.body) > 0 {
		if v, err = e.value(); err != nil {
			return nil, err
		}
	}
	known := e.op.Answers
	if known.Empty == nil && known.Fields == nil || known.accept(e.status, v, e.query.Get("sendEmail") == "true") {
		return v, nil
	}
	return nil, e.garbled(fmt.Errorf("%d with %s, but Okta answers %s", e.status, described(v), known))
}

// described describes the body of an answer, for messages.
func described(body card.Value) string {
	switch object, ok := body.(map[string]any); {
	case body == nil:
		return "no body"
	case ok && len(object) == 0:
		return "an empty object"
	case ok:
		return "another object"
	}
	return words.A(words.Kind(body))
}

// isPage reports whether the answer is a web page: Okta has pages for people, but its API answers none.
func (e *exchange) isPage() bool {
	return strings.HasPrefix(e.header.Get("Content-Type"), "text/html") || strings.HasPrefix(http.DetectContentType(e.body), "text/html")
}

// value decodes the body of the answer.
func (e *exchange) value() (card.Value, error) {
	v, err := card.DecodeAnswer(e.body)
	switch {
	case errors.Is(err, card.ErrLargeAnswer):
		return nil, e.unread(err)
	case err != nil:
		return nil, e.garbled(err)
	}
	return v, nil
}

// resource decodes the body of an answer that is a user, a group or another object with an id. Any other body is an
// error.
func (e *exchange) resource() (map[string]any, error) {
	v, err := e.value()
	if err != nil {
		return nil, err
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, e.garbled(fmt.Errorf("not an object with an id but %s", words.A(words.Kind(v))))
	}
	if id, _ := object["id"].(string); id == "" {
		return nil, e.garbled(errors.New("not an object with an id: it has none"))
	}
	return object, nil
}
