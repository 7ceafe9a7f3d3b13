package oktaspec

import (
	"errors"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// A divergence is one difference between an exchange and Okta's description. It never contains values of a body,
// because a body may hold a password.
type divergence struct {
	operation string // the operationId; method and path if there is no operation
	place     string // "query limit", "body /profile/name", "answer /*/status"; "" for the operation itself
	problem   string
}

func (d divergence) String() string {
	if d.place == "" {
		return d.operation + ": " + d.problem
	}
	return d.operation + ", " + d.place + ": " + d.problem
}

// problems splits an error of the validator into divergences.
func problems(operation, place string, err error) (found []divergence) {
	switch err := err.(type) {
	case nil:
		return nil
	case openapi3.MultiError:
		for _, e := range err {
			found = append(found, problems(operation, place, e)...)
		}
		return found
	case *openapi3filter.RequestError:
		place = "body"
		if err.Parameter != nil {
			place = err.Parameter.In + " " + err.Parameter.Name
		}
		if err.Err != nil {
			return problems(operation, place, err.Err)
		}
		return []divergence{{operation, place, err.Reason}}
	case *openapi3filter.ResponseError:
		if err.Err != nil {
			return problems(operation, place, err.Err)
		}
		return []divergence{{operation, place, err.Reason}}
	case *openapi3.SchemaError:
		var parts openapi3.MultiError
		if errors.As(err.Origin, &parts) {
			return problems(operation, place, parts)
		}
		return []divergence{{operation, strings.TrimSpace(place + " " + pointer(err)), err.Reason}}
	default:
		return []divergence{{operation, place, err.Error()}}
	}
}

// pointer returns the place of an error in a body. It replaces each index by "*", so that the same mistake in many
// records is reported once.
func pointer(err *openapi3.SchemaError) string {
	var b strings.Builder
	for _, key := range err.JSONPointer() {
		if strings.Trim(key, "0123456789") == "" {
			key = "*"
		}
		b.WriteString("/" + key)
	}
	return b.String()
}
