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

	status int // 0 while there is no answer
	header http.Header
	got    []byte
}

// options are how everything is validated. Defaults are not set: a request stays as it was sent. What only
// Okta writes may be sent back as it was read.
var options = &openapi3filter.Options{
	AuthenticationFunc:                openapi3filter.NoopAuthenticationFunc,
	SkipSettingDefaults:               true,
	ExcludeReadOnlyValidations:        true,
	RejectWhenRequestBodyNotSpecified: true,
	MultiError:                        true,
}

// request is the divergences of a request from the description.
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

// answer is the divergences of an answer from the description. Besides what its operation lists, any
// request may be refused with a status that Okta's errors have.
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

// refuses reports whether Okta may answer any request with a status and an error. A proxy in front of it
// may answer with any 5xx.
//
// Source: Okta, "Error codes", https://developer.okta.com/docs/reference/error-codes/
func refuses(status int) bool {
	switch status {
	case 400, 401, 403, 404, 405, 409, 429:
		return true
	}
	return status >= 500
}

// refusal is the divergences of a body from the schema Error.
func (d *description) refusal(name string, text []byte) []divergence {
	var body any
	if err := json.Unmarshal(text, &body); err != nil {
		return []divergence{{name, "answer", err.Error()}}
	}
	found := problems(name, "answer", d.err.Value.VisitJSON(body, openapi3.MultiErrors()))
	return append(found, undescribed(name, "answer", text, openapi3.NewContentWithJSONSchemaRef(d.err))...)
}

// undescribed is the properties of a body that no schema has.
func undescribed(name, place string, text []byte, content openapi3.Content) (found []divergence) {
	media := content.Get("application/json")
	var body any
	if media == nil || media.Schema == nil || json.Unmarshal(text, &body) != nil {
		return nil // the validator reports what is not JSON
	}
	for _, stranger := range strangers(body, "", media.Schema.Value) {
		found = append(found, divergence{name, place + " " + stranger, "the schema has no such property"})
	}
	return found
}

// name is the operationId, or method and path where there is none.
func (e exchange) name(route *routers.Route) string {
	if route == nil {
		return e.request.Method + " " + e.request.URL.Path
	}
	return route.Operation.OperationID
}
