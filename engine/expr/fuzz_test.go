package expr

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// checkPlace checks that the position of an error is inside of the text, since the engine shows a caret under it.
func checkPlace(t *testing.T, source string, err error) {
	t.Helper()
	wrong := (*Error)(nil)
	if !errors.As(err, &wrong) {
		t.Fatalf("%q: %v is not an *Error", source, err)
	}
	if wrong.Offset < 0 || wrong.Width < 0 || wrong.Offset+wrong.Width > len(source) {
		t.Fatalf("%q: the place %d+%d of %q is outside", source, wrong.Offset, wrong.Width, wrong.Message)
	}
	if wrong.Message == "" || strings.HasSuffix(wrong.Message, ".") && !strings.HasSuffix(wrong.Message, "..") ||
		strings.HasPrefix(wrong.Message, "internal error") || strings.Contains(wrong.Message, "interface {}") || strings.Contains(wrong.Message, "reflect") {
		t.Fatalf("%q: the message %q is not for people", source, wrong.Message)
	}
}

// inModel returns an error if a value is not in the value model.
func inModel(v any) error {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if err := inModel(e); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		for _, e := range v {
			if err := inModel(e); err != nil {
				return err
			}
		}
		return nil
	}
	if kindOf(v)&(kNil|kBool|kNumber|kString) == 0 && !isNumber(v) {
		return fmt.Errorf("%T is not in the value model", v)
	}
	return nil
}

func FuzzCompile(f *testing.F) {
	for _, fn := range Functions() {
		f.Add(fn.Example)
	}
	for _, source := range []string{
		"", "inputs", "steps.group?.profile.name[0:1]", "a ?? b ? c : d", "let x = 1; x", "if true {1} else {2}", "1..3 | map(# * 2)", "#", ".",
		"reduce(1..3, #acc + #, nil)", "\"\\u{1F986}\" + `a`", "inputs.record.lastLogn", "not not not true", "{a: 1}[0]", "x::len()", "1 < 2 < 3", "b'x'", "0x1F",
		"[1,2][-1]", "now().x", "\xff", "inputs.\xff", "ü + ß", "(1;2)", "${", "sortBy([1,2], #, \"desc\")", "map([1], ü => ü)", "filter([{a: 1}], x => x.a > 0 and any([1], y => y == x.a)) =>", "[1, x => 2", "vars.x.y.z", "vars?.x?.[0]?.y", "1e999",
		"filter(inputs.users, {let a = .id; a == \"x\"})", "steps.group == nil or steps.group.id == ''", "find([[1]], # == [1])?.[0]", "\"a\" not in vars",
		"get($env, \"x\")", "$env", "map($env, 1)", "all([], true) and none([1], false)", "reduce([1], #acc)", "count([true])", "count(x)", "sum(x)", "-9223372036854775808", "5 % -1",
	} {
		f.Add(source)
	}
	scope := testScope(testRoots())
	f.Fuzz(func(t *testing.T, source string) {
		p, err := Compile(source, testEnv)
		if err != nil {
			checkPlace(t, source, err)
			return
		}
		for _, r := range p.Reads() {
			if r.Offset < 0 || r.Offset+r.Width > len(source) {
				t.Fatalf("%q: the read %+v is outside", source, r)
			}
		}
		v, err := p.Eval(context.Background(), scope)
		if err != nil {
			checkPlace(t, source, err)
			return
		}
		if err := errors.Join(inModel(v), admitted(p.Type(), v)); err != nil {
			t.Fatalf("%q: %v", source, err)
		}
	})
}

// admitted returns an error if a value does not have a type.
func admitted(typ Type, v any) error {
	kind := kindOf(v)
	if isNumber(v) && kind == 0 {
		kind = kFloat
	}
	if typ.kinds()&kind == 0 {
		return fmt.Errorf("%v is not of the type %s", v, typ)
	}
	switch v := v.(type) {
	case string:
		if gradeOf(v) < typ.grade() {
			return fmt.Errorf("%q is not of the grade %d", v, typ.grade())
		}
	case []any:
		if typ.elem == nil {
			return nil
		}
		for i, e := range v {
			if err := admitted(*typ.elem, e); err != nil {
				return fmt.Errorf("element %d: %w", i, err)
			}
		}
	case map[string]any:
		if typ.shape == nil {
			return nil
		}
		for name, e := range v {
			field, ok := typ.Field(name)
			if !ok {
				return fmt.Errorf("a field %q is not in the type", name)
			}
			if err := admitted(field, e); err != nil {
				return fmt.Errorf("field %q: %w", name, err)
			}
		}
		for _, name := range typ.Fields() {
			field, _ := typ.Field(name)
			if _, ok := v[name]; !ok && !field.Nullable() {
				return fmt.Errorf("the field %q is missing", name)
			}
		}
	}
	return nil
}

// checkTypes generates an expression and values for its roots: if the expression compiles, its value must have its
// type.
func checkTypes(t *testing.T, g *generator, env Type) {
	t.Helper()
	source := g.expression("any", 4)
	p, err := Compile(source, env)
	if err != nil {
		checkPlace(t, source, err)
		return
	}
	roots := g.values()
	v, err := p.Eval(context.Background(), testScope(roots))
	if err != nil {
		checkPlace(t, source, err)
		return
	}
	if err := errors.Join(inModel(v), admitted(p.Type(), v)); err != nil {
		t.Fatalf("%s: %v\n gives %#v\n of %v", source, err, v, roots)
	}
}

func TestValuesAreOfTheStaticType(t *testing.T) {
	t.Parallel()
	env := FromSchema(generatedSchema(t))
	for i := range 5_000 {
		checkTypes(t, seeded(i), env)
	}
}

func FuzzTypes(f *testing.F) {
	env := FromSchema(generatedSchema(f))
	for i := range 50 {
		f.Add(fmt.Appendf(nil, "%d", i))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkTypes(t, newGenerator(data), env) })
}

func FuzzText(f *testing.F) {
	for _, text := range []string{
		"", "plain", "${ 1 }", "a ${ inputs.group } b", "$${", "$$${ 1 }", "${ \"}\" }", "${ {a: 1} }", "${", "${ ${ } }", "${ `}` } ${ '", "ü${ 1 }",
		"${ 1 // }\n}", "${ /* } */ 1 }", "${}", "  ${ nil }  ", "x${ nil }",
	} {
		f.Add(text)
	}
	scope := testScope(testRoots())
	f.Fuzz(func(t *testing.T, text string) {
		parts, err := ParseText(text)
		if err != nil {
			checkPlace(t, text, err)
			return
		}
		for _, p := range parts {
			if p.Hole && text[p.Offset:p.Offset+len(p.Text)] != p.Text {
				t.Fatalf("%q: the part %+v is not at its place", text, p)
			}
		}
		tmpl, err := CompileText(text, testEnv)
		if err != nil {
			checkPlace(t, text, err)
			return
		}
		v, err := tmpl.Eval(context.Background(), scope)
		if err != nil {
			checkPlace(t, text, err)
			return
		}
		if err := inModel(v); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	})
}
