package check

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/google/jsonschema-go/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// schema is a JSON Schema with its compiled validator. The zero schema accepts any value.
type schema struct {
	schema   *jsonschema.Schema
	compiled *validator.Schema
	validate func(any) error
	only     expr.Kind // the kind of its values, if that is its only requirement
	shares   bool      // the work for a value must be counted first
}

// schemas caches compiled schemas: the cards' schemas are the same in every flow, and the flows' own are often equal.
// It is safe for concurrent use. If two goroutines compile the same schema at the same time, one of the results is
// dropped.
type schemas struct {
	known  sync.Map // *jsonschema.Schema → schema
	types  sync.Map // *jsonschema.Schema → expr.Type
	byText sync.Map // string → *validator.Schema
}

// typeOf returns the type of the values of a card's schema.
func (all *schemas) typeOf(s *jsonschema.Schema) expr.Type {
	if known, ok := all.types.Load(s); ok {
		return known.(expr.Type)
	}
	known, _ := all.types.LoadOrStore(s, expr.FromSchema(s))
	return known.(expr.Type)
}

// of compiles the schema of a card or a service. It panics if the schema does not compile, which is a programming
// error.
func (all *schemas) of(s *jsonschema.Schema) schema {
	if s == nil {
		return schema{}
	}
	if known, ok := all.known.Load(s); ok {
		return known.(schema)
	}
	data, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("check: schema %v: %v", s, err))
	}
	compiled, err := all.compile(string(data))
	if err != nil {
		panic(fmt.Sprintf("check: schema %s: %v", data, err))
	}
	known, _ := all.known.LoadOrStore(s, newSchema(s, compiled))
	return known.(schema)
}

func (all *schemas) items(s schema) schema {
	if s.schema == nil {
		return schema{}
	}
	return all.of(s.schema.Items)
}

func (all *schemas) property(s schema, name string) schema {
	if s.schema == nil {
		return schema{}
	}
	if property, ok := s.schema.Properties[name]; ok {
		return all.of(property)
	}
	return all.of(s.schema.AdditionalProperties)
}

func newSchema(s *jsonschema.Schema, compiled *validator.Schema) schema {
	made := schema{schema: s, compiled: compiled, only: onlyKind(s), shares: shares(compiled)}
	made.validate = func(v any) error {
		if m := made.mistakes(v); len(m) > 0 {
			return m[0]
		}
		return nil
	}
	return made
}

func (all *schemas) compile(text string) (*validator.Schema, error) {
	if known, ok := all.byText.Load(text); ok {
		return known.(*validator.Schema), nil
	}
	c := validator.NewCompiler()
	c.Draft = validator.Draft2020
	c.AssertFormat = true
	c.LoadURL = func(string) (io.ReadCloser, error) { return nil, errElsewhere }
	const here = "flowdeck://flow/schema.json"
	if err := c.AddResource(here, strings.NewReader(text)); err != nil {
		return nil, err
	}
	compiled, err := guarded("the library for JSON Schema", func() (*validator.Schema, error) { return c.Compile(here) })
	if err == nil {
		all.byText.Store(text, compiled)
	}
	return compiled, err
}

// errElsewhere is the error of a schema that refers to another one. No other schema is ever opened.
var errElsewhere = errors.New("a schema may refer to its own parts only")

// mistake is an error in a value.
type mistake struct {
	pointer string // JSON Pointer to the part: "/profile/name"; "" is the whole value
	message string
	extra   bool // the part is a key that the schema does not have
}

// Error returns the error in one line, with the path in the value.
func (m mistake) Error() string {
	if m.pointer == "" {
		return m.message
	}
	return sentence(m.path(), m.message)
}

// of returns the error in one line; what is the name of the value.
func (m mistake) of(what string) string {
	if m.pointer == "" {
		return sentence(what, m.message)
	}
	return what + ": " + m.Error()
}

// sentence joins a subject and a message about it.
func sentence(subject, message string) string {
	if strings.HasPrefix(message, "must ") {
		return subject + " " + message
	}
	return subject + ": " + message
}

// path returns the pointer in the notation of expressions: "profile.names[0]".
func (m mistake) path() string {
	path := ""
	for _, name := range steps(m.pointer) {
		if _, err := strconv.Atoi(name); err == nil {
			path += "[" + name + "]"
		} else {
			path = strings.TrimPrefix(path+"."+name, ".")
		}
	}
	return path
}

// steps splits a JSON Pointer.
func steps(pointer string) []string {
	if pointer == "" {
		return nil
	}
	names := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, name := range names {
		if plain, err := url.PathUnescape(name); err == nil { // the validator escapes twice
			name = plain
		}
		names[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
	}
	return names
}

// Placed returns the part of n that an error of an input's check is about. n is the value of the input in a file.
func Placed(err error, n *flow.Node) *flow.Node {
	m := mistake{}
	if !errors.As(err, &m) {
		return n
	}
	return m.node(n)
}

// node returns the part of n with the error; the innermost part that exists.
func (m mistake) node(n *flow.Node) *flow.Node {
	for _, name := range steps(m.pointer) {
		next := n.Field(name)
		if i, err := strconv.Atoi(name); err == nil && n.Kind == flow.List && i < len(n.Items) {
			next = n.Items[i]
		}
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

// mistakes returns all errors in a value, in the order of its parts.
func (s schema) mistakes(v any) []mistake {
	if _, unknown := expr.FirstUnknown(v); !unknown {
		return mistakes(s.violated(v), v, s.compiled)
	}
	least := known(v, false)
	err := s.violated(least)
	if invalid := (*validator.ValidationError)(nil); errors.As(err, &invalid) {
		others := map[spot]*validator.ValidationError{}
		if with := (*validator.ValidationError)(nil); errors.As(s.violated(known(v, true)), &with) {
			leaves(with, others)
		}
		if invalid = certain(invalid, others, v); invalid == nil {
			return nil
		}
		err = invalid
	}
	return mistakes(err, least, s.compiled)
}

// violated returns the error of the validator for a value without unknown parts.
func (s schema) violated(v any) error {
	if s.shares {
		if err := tooMuchWork(s.compiled, v); err != nil {
			return err
		}
	}
	_, err := guarded("the library for JSON Schema", func() (struct{}, error) { return struct{}{}, s.compiled.Validate(v) })
	return err
}

// mistakes splits an error of the validator: people understand the innermost causes. of is the schema; nil for that of schemas.
func mistakes(err error, v any, of *validator.Schema) []mistake {
	invalid := (*validator.ValidationError)(nil)
	if !errors.As(err, &invalid) {
		if err == nil {
			return nil
		}
		return []mistake{misdirected(err)}
	}
	if len(invalid.Causes) == 0 {
		return []mistake{{
			pointer: invalid.InstanceLocation, message: plain(invalid, v, of),
			extra: strings.HasSuffix(invalid.KeywordLocation, "/additionalProperties"),
		}}
	}
	var all []mistake
	for _, cause := range invalid.Causes {
		all = append(all, mistakes(cause, v, of)...)
	}
	slices.SortFunc(all, func(a, b mistake) int { return strings.Compare(a.pointer+a.message, b.pointer+b.message) })
	return slices.Compact(all)
}

// misdirected returns the mistake for an error of the validator that is not about a value: a $ref that leads to itself, or to
// nothing.
func misdirected(err error) mistake {
	endless := validator.InfiniteLoopError("")
	if errors.As(err, &endless) {
		_, at, _ := strings.Cut(string(endless), "#")
		at, _, _ = strings.Cut(at, "/$ref")
		return mistake{pointer: at + "/$ref", message: "leads to itself without end"}
	}
	if ref, ok := strings.CutSuffix(err.Error(), " not found"); ok { // the validator has no type for it
		_, ref, _ = strings.Cut(ref, "#")
		return mistake{message: fmt.Sprintf("a $ref leads to %q, which does not exist", "#"+ref)}
	}
	return mistake{message: strings.TrimPrefix(err.Error(), "jsonschema: ")}
}
