package check

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/jsonschema-go/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/words"
)

// own are the keywords of an input that are flowdeck's own, not those of JSON Schema.
var own = []string{"about", "options", "of", "secret"}

// elsewhere are the keywords by which a schema refers to others. Package flow reports them.
var elsewhere = []string{"$schema", "$id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$vocabulary"}

// input makes an input of a flow, and its type for expressions. If package flow has reported a problem of the input, other
// problems may follow from it, and only literal secrets are reported.
func (b *builder) input(in flow.Input) (engine.Input, expr.Type) {
	known := len(b.problems)
	made, typ := b.readInput(in)
	if !in.Wrong {
		return made, typ
	}
	b.problems = append(b.problems[:known], slices.DeleteFunc(b.problems[known:], func(p flow.Problem) bool { return !p.Secret })...)
	return engine.Input{Name: made.Name}, expr.Any
}

func (b *builder) readInput(in flow.Input) (engine.Input, expr.Type) {
	made := engine.Input{Name: in.Name.Text, Required: in.Schema.Key("default") == nil, About: text(in.Schema.Field("about"))}
	if of := in.Schema.Field("of"); of != nil {
		c, ok := b.list(of, "`of`")
		if !ok {
			return made, expr.Any
		}
		made.Schema = c.Out // not checked at run time: answers of an org are used unchanged
		return made, b.schemas.typeOf(c.Out)
	}
	s := b.schema(in.Schema, in.Name.Text)
	if s.schema != nil {
		b.filterKeywords(in.Schema)
	}
	made.Schema, made.Check = withTypes(s.schema), s.validate
	made.Secret, _ = in.Schema.Field("secret").Literal().(bool)
	if d := in.Schema.Field("default"); d != nil {
		made.Default = d.Literal()
		switch {
		case made.Secret && (!d.IsNull() || d.Text != "null"): // an unreadable value is none, but may be a secret
			b.secretProblem(d, "remove the default: a secret input is given when the flow runs")
		case made.HasSecrets() && len(made.Secrets(made.Default)) > 0:
			b.secretProblem(d, "remove the secret from the default: it is given when the flow runs")
		case s.validate != nil:
			b.fits(d, made.Default, s, "the default of input "+in.Name.Text)
		}
	}
	if made.HasSecrets() {
		made.Check = hushed(made)
	}
	if options := in.Schema.Field("options"); options != nil {
		made.Options = b.options(options, s.schema)
	}
	typ := expr.FromSchema(s.schema)
	if of := in.Schema.Field("items").Field("of"); of != nil && typ.Kind() == expr.KindList {
		if c, ok := b.list(of, "`of`"); ok {
			records := expr.ListOf(b.schemas.typeOf(c.Out))
			if typ.Nullable() {
				records = records.OrNil()
			}
			typ = records
		}
	}
	return made, typ
}

// hushed returns the check of an input with secrets. Its errors never contain the value, unlike some of JSON Schema. It
// rejects secrets that cannot be hidden: short ones, blanks and booleans. Parts of a secret object or list may be empty.
func hushed(in engine.Input) func(any) error {
	if in.Check == nil {
		return nil
	}
	return func(v any) error {
		if in.Check(v) != nil {
			return errors.New("must fit the schema of the input (a secret is not shown)")
		}
		var first error
		visit := func(pointer string, secret any) {
			if message := unhidable(secret); message != "" && first == nil {
				first = mistake{pointer: pointer, message: message}
			}
		}
		if in.Secret {
			visit("", v)
		} else {
			card.EachSecret(in.Schema, v, visit)
		}
		return first
	}
}

// unhidable returns the message for a secret that cannot be hidden; empty for one that can.
func unhidable(secret any) string {
	switch secret := secret.(type) {
	case nil:
		return ""
	case bool:
		return "must not be a boolean: it cannot be hidden"
	case map[string]any, []any:
		for _, text := range (engine.Input{Secret: true}).Secrets(secret) {
			if strings.TrimSpace(text) != "" && tooShort(text) {
				return fmt.Sprintf("must have %d characters or more in each part: a shorter secret cannot be hidden", card.ShortestSecret)
			}
		}
		return ""
	case string:
		if !tooShort(secret) {
			return ""
		}
	default: // a number is hidden with either sign
		if !tooShort(strings.TrimPrefix(engine.Words(secret), "-")) {
			return ""
		}
	}
	return fmt.Sprintf("must have %d characters or more: a shorter secret cannot be hidden", card.ShortestSecret)
}

// tooShort reports whether a secret text has too few characters to be hidden. The space around it does not count.
func tooShort(text string) bool {
	return utf8.RuneCountInString(strings.TrimSpace(text)) < card.ShortestSecret
}

// maxSchema is the maximum nesting depth of a schema. The time to read a schema is cubic in its depth.
const maxSchema = 64

// maxParts is the maximum number of schemas in a schema. The library compares each with all the others.
const maxParts = 2_000

// schema compiles a schema in a flow: a mapping, or the name of a type.
func (b *builder) schema(n *flow.Node, what string) schema {
	if deeper(n, maxSchema) {
		b.problem(n, CodeBadSchema, "", "the schema of %s is nested more than %d deep", what, maxSchema)
		return schema{}
	}
	if parts(n) > maxParts {
		b.problem(n, CodeBadSchema, "", "the schema of %s has more than %d parts", what, maxParts)
		return schema{}
	}
	written := n.Literal()
	if n.Kind != flow.Mapping {
		written = map[string]any{"type": n.Text}
	}
	described, _ := written.(map[string]any)
	if described == nil {
		return schema{}
	}
	if about, ok := described["about"].(string); ok {
		described["description"] = about
	}
	for _, keyword := range slices.Concat(own, elsewhere) {
		delete(described, keyword)
	}
	data, err := json.Marshal(described)
	if err != nil {
		b.problem(n, CodeBadSchema, "", "the schema of %s: %v", what, err)
		return schema{}
	}
	compiled, err := b.schemas.compile(string(data))
	if err != nil {
		b.badSchema(n, what, err)
		return schema{}
	}
	s := &jsonschema.Schema{}
	if json.Unmarshal(data, s) != nil {
		b.problem(n, CodeBadSchema, "", "the schema of %s has a number that is too large", what)
		return schema{}
	}
	return newSchema(s, compiled)
}

// deeper reports whether the lists and mappings of a node are nested deeper than a limit.
func deeper(n *flow.Node, limit int) bool {
	if n.Kind == flow.Scalar {
		return false
	}
	if limit == 0 {
		return true
	}
	return slices.ContainsFunc(n.Items, func(item *flow.Node) bool { return deeper(item, limit-1) }) ||
		slices.ContainsFunc(n.Fields, func(f flow.Field) bool { return deeper(f.Value, limit-1) })
}

// parts returns the number of schemas in a schema, with the schema itself.
func parts(n *flow.Node) int {
	count := 0
	if n.Kind == flow.Mapping {
		count = 1
	}
	for _, item := range n.Items {
		count += parts(item)
	}
	for _, f := range n.Fields {
		switch f.Key.Text {
		case "default", "enum", "const", "examples", "options": // their values are not schemas
		case "properties", "patternProperties", "$defs", "definitions", "dependentSchemas":
			for _, named := range f.Value.Fields {
				count += parts(named.Value)
			}
		default:
			count += parts(f.Value)
		}
	}
	return count
}

// badSchema reports an error in a schema, at the keyword if it is known.
func (b *builder) badSchema(n *flow.Node, what string, err error) {
	types := "the types: " + strings.Join(slices.Sorted(slices.Values(typeNames)), ", ")
	if errors.Is(err, errElsewhere) || n.Reported() { // by package flow
		return
	}
	wrong := (*validator.SchemaError)(nil)
	if !errors.As(err, &wrong) {
		b.problem(n, CodeBadSchema, "", "the schema of %s: %v", what, err)
		return
	}
	for _, m := range mistakes(wrong.Err, n.Literal(), nil) {
		at, hint := m.node(n), ""
		if n.Kind != flow.Mapping || strings.HasSuffix(m.pointer, "/type") {
			hint = types
			m = mistake{message: "unknown type"}
			if at.Kind == flow.Scalar && at.IsText() {
				m.message += " " + strconv.Quote(at.Text)
				hint = typeHint(at.Text, types, n.Kind != flow.Mapping)
			}
		} else if at.Kind == flow.Scalar && at.IsText() && slices.Contains(typeNames, at.Text) {
			hint = fmt.Sprintf("write {type: %s}: only an input itself has a short form", at.Text)
		} else if at.Kind == flow.Scalar && strings.HasSuffix(m.pointer, "/required") {
			hint = "an input without `default` is required; in an object, a list of the names of its fields"
		}
		b.problem(at, CodeBadSchema, hint, "%s", m.of("the schema of "+what))
		if strings.HasSuffix(hint, types) {
			return // the validator reports it once for each notation of a type
		}
	}
}

// otherTypes are the names of types in other languages.
var otherTypes = map[string]string{
	"str": "string", "text": "string", "int": "integer", "long": "integer", "bool": "boolean", "float": "number", "double": "number", "decimal": "number",
	"list": "array", "map": "object", "dict": "object", "mapping": "object", "json": "object",
}

// typeHint returns the hint for a type that is not one of JSON Schema. short: the schema is only the name of the type.
func typeHint(name, types string, short bool) string {
	switch lower := strings.ToLower(name); {
	case formats[lower] != "" && !short:
		return fmt.Sprintf("write string, and `format: %s`; %s", lower, types)
	case formats[lower] != "":
		return fmt.Sprintf("write {type: string, format: %s}; %s", lower, types)
	case otherTypes[lower] != "":
		return fmt.Sprintf("did you mean %q? %s", otherTypes[lower], types)
	}
	if near, ok := words.Nearest(name, typeNames); ok {
		return fmt.Sprintf("did you mean %q? %s", near, types)
	}
	return types
}
