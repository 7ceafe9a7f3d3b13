package expr

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/conf"
)

func TestBuiltinsOfExprLangAreDisabled(t *testing.T) {
	t.Parallel()
	var ours []string
	for _, f := range Functions() {
		ours = append(ours, f.Name)
	}
	for _, name := range builtin.Names {
		if slices.Contains(ours, name) {
			continue
		}
		for _, source := range []string{name + "([1], # > 0)", name + "(1)", name + `("a", "b")`, "::" + name + "(1)", "[1] | " + name + "()"} {
			if _, err := Compile(source, testEnv); err == nil {
				t.Errorf("%s runs, and is not one of our functions", source)
			}
		}
	}
	table := conf.CreateNew()
	for name := range table.Builtins {
		if !disabled[name] {
			t.Errorf("%s is not switched off", name)
		}
	}
}

func TestExceededBudgetsAreErrors(t *testing.T) {
	t.Parallel()
	env := ObjectOf(map[string]Type{"list": ListOf(Int), "text": String}, false)
	list := make([]any, 1000)
	for i := range list {
		list[i] = i
	}
	scope := Scope{Roots: map[string]any{"list": list, "text": strings.Repeat("ab", 10_000)}}
	for _, source := range []string{
		`all(list, all(list, all(list, true)))`,
		`count(list, count(list, true) > 0) > 0`,
		`reduce(list, sum(list, 1), 0)`,
		`len(map(list, map(list, map(list, 1))))`,
		`sortBy(list, len(sortBy(list, #)))`,
		`1..2000000`,
		`len(0..9223372036854775807)`,
		`reduce(1..60, #acc + #acc, "ab")`,
		`reduce(1..60, concat(#acc, #acc), list)`,
		`len(flatten(reduce(1..60, [#acc, #acc], list)))`,
		`repeat(text, 1000000)`,
		`repeat("x", 9223372036854775807)`,
		`replace(text, "a", text)`,
		`regex_replace(text, "a", text)`,
		`join(map(1..99999, text), text)`,
		`all(1..50000, text contains "x" or true)`,
		`all(1..50000, # in list or text matches "c$" or true)`,
		`all(1..50000, map(1..9, 1) == map(1..9, 1))`,
		`map(1..99999, 1..99999)`,
		`reduce(1..60, [#acc, #acc], 1)`,
		`reduce(1..60, ({a: #acc, b: #acc}), 1)`,
		`len(json(map(1..10000, text)))`,
		`reduce(1..60, [#acc, #acc], 1) == reduce(1..60, [#acc, #acc], 1)`,
	} {
		p, err := Compile(source, env)
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		v, err := p.Eval(context.Background(), scope)
		wrong := (*Error)(nil)
		if !errors.As(err, &wrong) {
			t.Errorf("%s: got %T, %v", source, v, err)
			continue
		}
		if !strings.Contains(wrong.Hint, "each") && !strings.HasPrefix(wrong.Message, "repeat: ") {
			t.Errorf("%s: %s, hint %q", source, wrong.Message, wrong.Hint)
		}
	}
	if _, err := mustCompile(t, `reduce(1..2000, [#acc], 1)`, env).Eval(context.Background(), scope); err == nil {
		t.Error("a result of any depth is accepted")
	}
	if v, err := mustCompile(t, `count(1..100000, true)`, env).Eval(context.Background(), scope); v != 100_000 || err != nil {
		t.Errorf("a hundred thousand rounds: got %v, %v", v, err)
	}
}

func mustCompile(t testing.TB, source string, env Type) *Program {
	t.Helper()
	p, err := Compile(source, env)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	return p
}

func TestCanceledContextEndsEvalWithItsCause(t *testing.T) {
	t.Parallel()
	cause := errors.New("the operator pressed Ctrl-C")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(cause)
	if _, err := mustCompile(t, `1`, testEnv).Eval(ctx, Scope{}); err != cause {
		t.Errorf("before the start: got %v", err)
	}
	ctx, cancel = context.WithCancelCause(context.Background())
	scope := Scope{Site: &testSite{asked: func() { cancel(cause) }}} // cancels in the first round
	if _, err := mustCompile(t, `count(1..100000, now() > date(#))`, testEnv).Eval(ctx, scope); err != cause {
		t.Errorf("in a closure: got %v", err)
	}
	ctx, cancel = context.WithCancelCause(context.Background())
	scope = Scope{Site: &testSite{asked: func() { cancel(cause) }}}
	source := `[now(), reduce(1..100, concat(#acc, #acc), [1])]` // few rounds with much work in each
	if _, err := mustCompile(t, source, testEnv).Eval(ctx, scope); err != cause {
		t.Errorf("in a function: got %v", err)
	}
}

func TestCheckerTerminatesOnHugeTypes(t *testing.T) {
	t.Parallel()
	lets := "let a0 = {x: 1};"
	for i := range 60 {
		lets += fmt.Sprintf("let a%d = {x: a%d, y: a%d};", i+1, i, i)
	}
	if _, err := Compile(lets+"a60", testEnv); err != nil {
		t.Error(err)
	}
	if _, err := Compile(strings.Repeat("1 < (", 60)+"1"+strings.Repeat(") < 3", 60), testEnv); err == nil {
		t.Error("an expression that the parser doubles sixty times compiles")
	}
	// The checker finds the type of #acc by trial, at every level.
	_, _ = Compile(strings.Repeat("reduce([1], [#acc, ", 60)+"#acc"+strings.Repeat("], nil)", 60), testEnv)
}

func TestCompileRefusesHugeInput(t *testing.T) {
	t.Parallel()
	for source, message := range map[string]string{
		strings.Repeat("(", 100_000):                            "the expression is too long",
		strings.Repeat("(", 5_000):                              "brackets are nested more than 200 deep",
		strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000): "brackets are nested more than 200 deep",
		"1" + strings.Repeat("+1", 20_000):                      "the expression is too large",
		strings.Repeat("!", 60_000) + "true":                    "the expression is too large",
		strings.Repeat("-", 60_000) + "1":                       "the expression is too large",
		strings.Repeat("let a=1;", 8_000) + "1":                 "the expression is too large",
	} {
		_, err := Compile(source, testEnv)
		if err == nil || !strings.HasPrefix(err.Error(), message) {
			t.Errorf("%.20q…: got %v, want %s", source, err, message)
		}
	}
	if _, err := Compile(strings.Repeat("(", 200)+"1"+strings.Repeat(")", 200), testEnv); err != nil {
		t.Error(err)
	}
	if _, err := Compile("1"+strings.Repeat("+1", 3_000), testEnv); err != nil {
		t.Error(err)
	}
}
