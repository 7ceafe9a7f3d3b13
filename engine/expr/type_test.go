package expr

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
)

func schema(t *testing.T, text string) *jsonschema.Schema {
	t.Helper()
	s := new(jsonschema.Schema)
	if err := json.Unmarshal([]byte(text), s); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

func TestTypeString(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		typ  Type
		want string
	}{
		{Type{}, "any"}, {Any, "any"}, {Any.OrNil(), "any"}, {Nil, "nil"}, {Nil.OrNil(), "nil"}, {Int.OrNil(), "integer or nil"},
		{Number, "number"}, {Int.Or(Float), "number"}, {String.Or(Int), "integer or string"}, {ListOf(Any), "list"},
		{ListOf(ObjectOf(nil, true)), "list of object"}, {ListOf(String.OrNil()).OrNil(), "list of (string or nil) or nil"},
		{Time.Or(Duration), "time or duration"},
	} {
		if got := row.typ.String(); got != row.want {
			t.Errorf("got %s, want %s", got, row.want)
		}
	}
}

func TestFromSchema(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ schema, typ, path, at string }{
		{`{}`, "any", "", ""},
		{`true`, "any", "", ""},
		{`{"type": "integer"}`, "integer", "", ""},
		{`{"type": "number"}`, "number", "", ""},
		{`{"type": ["string", "null"]}`, "string or nil", "", ""},
		{`{"type": ["string", "integer"]}`, "integer or string", "", ""},
		{`{"enum": ["a", "b"]}`, "string", "", ""},
		{`{"enum": ["a", null]}`, "string or nil", "", ""},
		{`{"const": 3}`, "number", "", ""},
		{`{"anyOf": [{"type": "string"}, {"type": "null"}]}`, "string or nil", "", ""},
		{`{"type": "array"}`, "list", "", ""},
		{`{"type": "array", "items": {"type": "string"}}`, "list of string", "", ""},
		{`{"type": "object"}`, "object", "anything", "any"},
		{`{"type": "object", "properties": {"a": {"type": "string"}}}`, "object", "a", "string or nil"},
		{`{"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}`, "object", "a", "string"},
		{`{"type": "object", "properties": {"a": {"type": "string"}}}`, "object", "b", "-"},
		{`{"properties": {"a": {"type": "string"}}}`, "object", "b", "-"},
		{`{"type": "object", "properties": {"a": {}}, "additionalProperties": true}`, "object", "b", "any"},
		{`{"type": "object", "properties": {"a": {}}, "additionalProperties": false}`, "object", "b", "-"},
		{`{"type": "object", "additionalProperties": false}`, "object", "b", "-"},
		{`{"type": "object", "additionalProperties": {"type": "integer"}}`, "object", "b", "integer or nil"},
		{`{"type": ["object", "null"], "properties": {"a": {"type": "boolean"}}}`, "object or nil", "a", "boolean or nil"},
		{`{"type": "object", "properties": {"a": {}}, "allOf": [{"properties": {"b": {}}}]}`, "object", "b", "any"},
		{`{"$ref": "#/$defs/x"}`, "any", "", ""},
	} {
		typ := FromSchema(schema(t, row.schema))
		if typ.String() != row.typ {
			t.Errorf("%s: got %s, want %s", row.schema, typ, row.typ)
		}
		if row.path == "" {
			continue
		}
		field, ok := typ.Field(row.path)
		if got := field.String(); ok && got != row.at || ok != (row.at != "-") {
			t.Errorf("%s: %s is %s, %v, want %s", row.schema, row.path, got, ok, row.at)
		}
	}
	if got := FromSchema(nil); got.Kind() != KindAny {
		t.Errorf("no schema is %s", got)
	}
}

func TestFromSchemaEndsForRecursiveSchemas(t *testing.T) {
	t.Parallel()
	s := schema(t, `{"type": "object", "properties": {"self": {}}}`)
	s.Properties["self"] = s
	if typ := FromSchema(s); typ.Kind() != KindObject {
		t.Errorf("got %s", typ)
	}
}

func TestFits(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		typ    Type
		schema string
		want   bool
	}{
		{String, `{"type": "string"}`, true}, {String, `{"type": "integer"}`, false}, {String.OrNil(), `{"type": "integer"}`, false},
		{String, `{}`, true}, {Any, `{"type": "integer"}`, true}, {Type{}, `{"type": "integer"}`, true},
		{Int, `{"type": "number"}`, true}, {Float, `{"type": "integer"}`, true}, {Number, `{"type": "integer"}`, true}, {Number, `{"type": "string"}`, false},
		{String.OrNil(), `{"type": "string"}`, true}, {Nil, `{"type": "string"}`, false}, {Nil, `{"type": ["string", "null"]}`, true},
		{Time, `{"type": "string", "format": "date-time"}`, true}, {Duration, `{"type": "string"}`, true}, {Time, `{"type": "integer"}`, false},
		{ListOf(String), `{"type": "array", "items": {"type": "integer"}}`, true}, {ListOf(String), `{"type": "object"}`, false},
		{ObjectOf(nil, false), `{"type": "object", "required": ["a"]}`, true}, {ObjectOf(nil, false), `{"type": "string"}`, false},
		{String, `{"enum": [1, 2]}`, false}, {Int, `{"enum": [1, 2]}`, true}, {String, `{"anyOf": [{"type": "integer"}, {"type": "string"}]}`, true},
		{String, `{"anyOf": [{"type": "integer"}, {"type": "boolean"}]}`, false}, {String, `{"$ref": "#/x"}`, true},
	} {
		if got := row.typ.Fits(schema(t, row.schema)); got != row.want {
			t.Errorf("%s fits %s: %v, want %v", row.typ, row.schema, got, row.want)
		}
	}
	if !String.Fits(nil) {
		t.Error("everything fits no schema")
	}
}

func TestOrMakesFieldsOfOneSideNullable(t *testing.T) {
	t.Parallel()
	both := ObjectOf(map[string]Type{"a": Int, "b": String}, false).Or(ObjectOf(map[string]Type{"a": Float, "c": Bool}, false))
	got := map[string]string{}
	for _, name := range both.Fields() {
		field, _ := both.Field(name)
		got[name] = field.String()
	}
	if diff := cmp.Diff(map[string]string{"a": "number", "b": "string or nil", "c": "boolean or nil"}, got); diff != "" {
		t.Error(diff)
	}
	if _, ok := both.Field("d"); ok || both.Open() {
		t.Error("a field of neither side exists")
	}
	if got := ListOf(Int).Or(Nil).Or(ListOf(String)); got.Elem().String() != "integer or string" || !got.Nullable() {
		t.Errorf("got %s", got)
	}
}

func TestWithAddsAField(t *testing.T) {
	t.Parallel()
	env := Type{}.With("steps", ObjectOf(nil, false).With("a", Int))
	steps, _ := env.Field("steps")
	more := env.With("steps", steps.With("b", String))
	if _, ok := steps.Field("b"); ok {
		t.Error("the original type has changed")
	}
	if _, err := Compile(`steps.a > 1 and steps.b == "x"`, more); err != nil {
		t.Error(err)
	}
	if _, err := Compile(`steps.c`, more); err == nil {
		t.Error("steps.c does not exist")
	}
	if _, err := Compile(`other`, more); err == nil {
		t.Error("there is no root of that name")
	}
}

func TestAnyAllowsEveryName(t *testing.T) {
	t.Parallel()
	p := mustCompile(t, `anything.at["all"][0].x ?? y`, Type{})
	if p.Type().Kind() != KindAny {
		t.Errorf("the type is %s", p.Type())
	}
	if _, err := CompileBool(`a.b`, Any); err != nil {
		t.Error(err)
	}
}
