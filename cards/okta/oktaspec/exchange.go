package oktaspec

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// An exchange is a request and its answer.
type exchange struct {
	request *http.Request
	sent    []byte

	status int // 0 if there is no answer yet
	header http.Header
	got    []byte
}

// options configure all validations. The validator does not add default values, because that would modify the
// request. It accepts read-only properties in requests, because clients may send back an object that they have read.
var options = &openapi3filter.Options{
	AuthenticationFunc:                openapi3filter.NoopAuthenticationFunc,
	SkipSettingDefaults:               true,
	ExcludeReadOnlyValidations:        true,
	RejectWhenRequestBodyNotSpecified: true,
	MultiError:                        true,
}

// request returns the divergences of a request.
func (d *description) request(e exchange) []divergence {
	route, path, err := d.router.FindRoute(e.request)
	if err != nil {
		return []divergence{{e.name(nil), "", "no such operation"}}
	}
	r := e.request.Clone(context.Background())
	r.Body = io.NopCloser(bytes.NewReader(e.sent))
	err = openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
		Request: r, PathParams: path, Route: route, Options: options,
	})
	name := e.name(route)
	found := problems(name, "", err)
	for parameter := range e.request.URL.Query() {
		if route.Operation.Parameters.GetByInAndName(openapi3.ParameterInQuery, parameter) == nil {
			found = append(found, divergence{name, "query " + parameter, "the operation has no such parameter"})
		}
	}
	if body := route.Operation.RequestBody; body != nil {
		found = append(found, undescribed(name, "body", e.sent, body.Value.Content)...)
	}
	return found
}

// answer returns the divergences of an answer. Any request may be refused with a status of Okta's errors, even if its
// operation does not list the status.
func (d *description) answer(e exchange) []divergence {
	route, path, err := d.router.FindRoute(e.request)
	name := e.name(route)
	var described *openapi3.ResponseRef
	if err == nil {
		described = route.Operation.Responses.Status(e.status)
	}
	switch {
	case described == nil && !refuses(e.status):
		return []divergence{{name, "answer", fmt.Sprintf("no answer with status %d is described", e.status)}}
	case described == nil:
		return d.refusal(name, e.got)
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: e.request, PathParams: path, Route: route},
		Status:                 e.status, Header: e.header, Options: options,
	}
	found := problems(name, "answer", openapi3filter.ValidateResponse(context.Background(), input.SetBodyBytes(e.got)))
	return append(found, undescribed(name, "answer", e.got, described.Value.Content)...)
}

// refuses reports whether Okta may answer any request with this status and an error. A proxy in front of Okta may
// answer with any 5xx.
//
// Source: Okta, "Error codes", https://developer.okta.com/docs/reference/error-codes/
func refuses(status int) bool {
	switch status {
	case 400, 401, 403, 404, 405, 409, 412, 429:
		return true
	}
	return status >= 500
}

// refusal returns the divergences of a body from the schema Error.
func (d *description) refusal(name string, text []byte) []divergence {
	var body any
	if err := json.Unmarshal(text, &body); err != nil {
		return []divergence{{name, "answer", err.Error()}}
	}
	found := problems(name, "answer", d.err.Value.VisitJSON(body, openapi3.MultiErrors()))
	return append(found, undescribed(name, "answer", text, openapi3.NewContentWithJSONSchemaRef(d.err))...)
}

// undescribed returns the properties of a body that are in no schema.
func undescribed(name, place string, text []byte, content openapi3.Content) (found []divergence) {
	media := content.Get("application/json")
	var body any
	if media == nil || media.Schema == nil || json.Unmarshal(text, &body) != nil {
		return nil // the validator reports bodies that are not JSON
	}
	for _, unknown := range unknownFields(body, "", media.Schema.Value) {
		found = append(found, divergence{name, place + " " + unknown, "the schema has no such property"})
	}
	return found
}

// name returns the operationId; method and path if there is no operation.
func (e exchange) name(route *routers.Route) string {
	if route == nil {
		return e.request.Method + " " + e.request.URL.Path
	}
	return route.Operation.OperationID
}
