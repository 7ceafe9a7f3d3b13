package oktaspec

import (
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

func TestNeedlessCorrectionIsAnError(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		correct func(doc *openapi3.T, of, name string) bool
		of      string
		names   string // a name that is already correct, and a name that does not exist
	}{
		"null":      {allowNull, "S", "null none"},
		"required":  {require, "S", "there none"},
		"added":     {addProperty, "S", "null"},
		"flags":     {addFlag, "S", "null"},
		"texts":     {addList, "S", "null"},
		"optional":  {makeOptional, "op", "optional none"},
		"parameter": {addParameter, "op", "optional"},
		"of nobody": {addParameter, "other", "x"},
	} {
		for field := range strings.FieldsSeq(test.names) {
			if test.correct(tiny(), test.of, field) {
				t.Errorf("%s: %s %s was needed", name, test.of, field)
			}
		}
	}
	if err := correct(tiny()); err == nil || !strings.Contains(err.Error(), "the correction of GroupProfile description is not needed") {
		t.Errorf("got %v", err)
	}
}

// tiny returns a description without mistakes.
func tiny() *openapi3.T {
	s := openapi3.NewObjectSchema().WithRequired([]string{"there"}).
		WithProperty("null", openapi3.NewStringSchema().WithNullable()).WithProperty("there", openapi3.NewStringSchema())
	op := &openapi3.Operation{OperationID: "op"}
	op.AddParameter(openapi3.NewQueryParameter("optional").WithSchema(openapi3.NewStringSchema()))
	return &openapi3.T{
		Components: &openapi3.Components{Schemas: openapi3.Schemas{"S": openapi3.NewSchemaRef("", s)}},
		Paths:      openapi3.NewPaths(openapi3.WithPath("/x", &openapi3.PathItem{Get: op})),
	}
}
