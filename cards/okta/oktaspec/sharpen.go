package oktaspec

import "github.com/getkin/kin-openapi/openapi3"

// knownValues is the extension in which the description lists the possible values of a string. Okta does not use
// `enum` for them, so that old clients accept new values. A test must notice every other value.
const knownValues = "x-okta-known-values"

// sharpen makes the schemas of a document as strict as Okta's texts.
func sharpen(doc *openapi3.T) {
	seen := sharpened{}
	for _, s := range doc.Components.Schemas {
		seen.sharpen(s)
	}
	for _, path := range doc.Paths.Map() {
		for _, op := range path.Operations() {
			for _, p := range op.Parameters {
				seen.sharpen(p.Value.Schema)
			}
			if op.RequestBody != nil {
				seen.content(op.RequestBody.Value.Content)
			}
			for _, answer := range op.Responses.Map() {
				seen.content(answer.Value.Content)
			}
		}
	}
}

// sharpened has the schemas that are done, because schemas may refer to each other.
type sharpened map[*openapi3.Schema]bool

func (seen sharpened) content(content openapi3.Content) {
	for _, media := range content {
		seen.sharpen(media.Schema)
	}
}

func (seen sharpened) sharpen(ref *openapi3.SchemaRef) {
	if ref == nil || seen[ref.Value] {
		return
	}
	s := ref.Value
	seen[s] = true
	if values, ok := s.Extensions[knownValues].([]any); ok && s.Enum == nil {
		s.Enum = values
	}
	if s.Nullable && s.Enum != nil {
		s.Enum = append(s.Enum[:len(s.Enum):len(s.Enum)], nil)
	}
	if s.Discriminator == nil { // without a discriminator, a value may match more than one alternative
		s.AnyOf, s.OneOf = append(s.AnyOf, s.OneOf...), nil
	}
	for _, refs := range [][]*openapi3.SchemaRef{s.AllOf, s.AnyOf, s.OneOf, {s.Items, s.AdditionalProperties.Schema}} {
		for _, part := range refs {
			seen.sharpen(part)
		}
	}
	for _, property := range s.Properties {
		seen.sharpen(property)
	}
}
