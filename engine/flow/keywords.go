package flow

import (
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/words"
)

// The kinds of value that a keyword of JSON Schema has.
const (
	plainKeyword   = iota // a value without schemas
	schemaKeyword         // a schema
	schemasKeyword        // a list of schemas
	namedKeyword          // a mapping to schemas
)

// keywords are the keywords of JSON Schema 2020-12, and five of flowdeck's own.
var keywords = map[string]int{
	"about": plainKeyword, "options": plainKeyword, "of": plainKeyword, "secret": plainKeyword, "filter": plainKeyword, // flowdeck's own

	// $schema, $id, $vocabulary, anchors and dynamic references are missing here: a schema can only refer to its own
	// parts, and does not need them for that.
	"$ref": plainKeyword, "$comment": plainKeyword, "$defs": namedKeyword,

	"type": plainKeyword, "enum": plainKeyword, "const": plainKeyword, "format": plainKeyword,
	"title": plainKeyword, "description": plainKeyword, "default": plainKeyword, "examples": plainKeyword,
	"deprecated": plainKeyword, "readOnly": plainKeyword, "writeOnly": plainKeyword,

	"multipleOf": plainKeyword, "minimum": plainKeyword, "maximum": plainKeyword, "exclusiveMinimum": plainKeyword, "exclusiveMaximum": plainKeyword,
	"minLength": plainKeyword, "maxLength": plainKeyword, "pattern": plainKeyword,
	"contentEncoding": plainKeyword, "contentMediaType": plainKeyword, "contentSchema": schemaKeyword,

	"items": schemaKeyword, "prefixItems": schemasKeyword, "unevaluatedItems": schemaKeyword, "contains": schemaKeyword,
	"minItems": plainKeyword, "maxItems": plainKeyword, "minContains": plainKeyword, "maxContains": plainKeyword, "uniqueItems": plainKeyword,

	"properties": namedKeyword, "patternProperties": namedKeyword, "additionalProperties": schemaKeyword, "unevaluatedProperties": schemaKeyword,
	"propertyNames": schemaKeyword, "required": plainKeyword, "minProperties": plainKeyword, "maxProperties": plainKeyword,
	"dependentRequired": plainKeyword, "dependentSchemas": namedKeyword,

	"allOf": schemasKeyword, "anyOf": schemasKeyword, "oneOf": schemasKeyword, "not": schemaKeyword,
	"if": schemaKeyword, "then": schemaKeyword, "else": schemaKeyword,
}

var options = form(&optionsForm)

// format is one of the formats of JSON Schema that are checked.
var format = choice(
	"date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "iri", "iri-reference", "json-pointer", "regex", "relative-json-pointer", "time",
	"uri", "uri-reference", "uri-template", "uuid",
)

// keywords checks the keys of a JSON Schema and of nested schemas: JSON Schema itself ignores unknown keys.
func (r *reader) keywords(n *Node) {
	if secret := n.Field("secret"); secret != nil && secret.Value == true && onlyBoolean(n.Field("type")) {
		r.problem(secret, CodeWrongType, "hiding every true and false would garble what is printed", "a boolean cannot be secret")
	}
	for _, f := range n.Fields {
		_, ok := keywords[f.Key.Text]
		switch {
		case strings.HasPrefix(f.Key.Text, "x-"):
		case !ok:
			hint := "start a keyword of your own with x-"
			if strings.HasPrefix(f.Key.Text, "$") {
				r.problem(f.Key, CodeUnknownKeyword, "a schema may refer to its own parts only, such as $ref: '#/$defs/name'", "keyword %s is not supported", quoted(f.Key.Text))
				continue
			}
			if near, found := words.Nearest(f.Key.Text, slices.Collect(maps.Keys(keywords))); found {
				hint = "did you mean " + quoted(near) + "?"
			}
			r.problem(f.Key, CodeUnknownKeyword, hint, "unknown keyword %s of JSON Schema", quoted(f.Key.Text))
		case f.Key.Text == "$ref" && !(f.Value.IsText() && (f.Value.Text == "#" || strings.HasPrefix(f.Value.Text, "#/"))):
			r.problem(f.Value, CodeWrongType, "such as '#/$defs/name'; other files and addresses are not opened", "%s must be a part of the same schema", quoted(f.Key.Text))
		case f.Key.Text == "format":
			r.shape(f.Key, f.Value, &format)
		case f.Key.Text == "default" || f.Key.Text == "enum" || f.Key.Text == "const":
			r.literal(f.Key, f.Value)
			if f.Key.Text == "enum" && f.Value.Kind == List && len(f.Value.Items) == 0 {
				r.problem(f.Value, CodeWrongType, "list the allowed values, or remove it", "%s must not be empty: no value fits", quoted("enum"))
			}
		case f.Key.Text == "options":
			r.shape(f.Key, f.Value, &options)
		default:
			for _, part := range f.Schemas() {
				r.keywords(part)
			}
		}
	}
}

// Schemas returns the schemas that a keyword of a schema has: those in the values of others, such as default, are none.
func (f Field) Schemas() (found []*Node) {
	switch keywords[f.Key.Text] {
	case schemaKeyword:
		found = append(found, f.Value)
	case schemasKeyword:
		found = append(found, f.Value.Items...)
	case namedKeyword:
		for _, named := range f.Value.Fields {
			found = append(found, named.Value)
		}
	}
	return found
}

// onlyBoolean reports whether the type of a schema has no values but true, false and nil.
func onlyBoolean(typ *Node) bool {
	if typ == nil {
		return false
	}
	if typ.Kind == Scalar {
		return typ.Text == "boolean"
	}
	return len(typ.Items) > 0 && !slices.ContainsFunc(typ.Items, func(t *Node) bool { return t.Text != "boolean" && t.Text != "null" })
}

// literal checks a value that is not evaluated. As in other values, `$${` in it is a literal `${`.
func (r *reader) literal(key, v *Node) {
	v.Walk(func(part *Node) bool {
		if !part.IsText() {
			return true
		}
		if strings.Contains(strings.ReplaceAll(part.Text, "$${", ""), "${") {
			r.problem(part, CodeWrongType, "an expression is not allowed here; write the value itself, with $${ for a literal ${",
				"%s must be a value, not an expression", quoted(key.Text))
		}
		part.Value = strings.ReplaceAll(part.Text, "$${", "${")
		return true
	})
}
