package expr

import (
	"context"
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/expr-lang/expr/builtin"
	parsed "github.com/expr-lang/expr/parser/operator"
	"github.com/google/go-cmp/cmp"
)

// noon is the time of the tests' clock.
var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func testScope(roots map[string]any) Scope {
	return Scope{Roots: roots, Site: &testSite{seed: "run/step"}}
}

// testSite is a site whose time is noon.
type testSite struct {
	seed  string
	asked func() // called by Now; may be nil
	count int
}

func (s *testSite) Now() time.Time {
	if s.asked != nil {
		s.asked()
	}
	return noon
}

func (s *testSite) Seed() string { return s.seed }

func (s *testSite) Count() int {
	s.count++
	return s.count - 1
}

func TestFunctionExamplesAreTrue(t *testing.T) {
	t.Parallel()
	for _, f := range Functions() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			p, err := Compile(f.Example, ObjectOf(nil, false))
			if err != nil {
				t.Fatalf("%s: %v", f.Example, err)
			}
			got, err := p.Eval(context.Background(), testScope(nil))
			if err != nil {
				t.Fatalf("%s: %v", f.Example, err)
			}
			var want any
			if err := json.Unmarshal([]byte(f.Result), &want); err != nil {
				t.Fatalf("the result %s of %s is not JSON: %v", f.Result, f.Name, err)
			}
			text, err := (&evaluation{ctx: context.Background()}).encode(got)
			if err != nil {
				t.Fatal(err)
			}
			var asJSON any
			if err := json.Unmarshal([]byte(text), &asJSON); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, asJSON); diff != "" {
				t.Errorf("%s gives %s; its description has %s", f.Example, text, f.Result)
			}
			if got != nil && kindOf(got)&p.Type().kinds() == 0 {
				t.Errorf("%s gives %T, and its type is %s", f.Example, got, p.Type())
			}
		})
	}
}

func TestEveryFunctionIsDescribed(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`^[a-z][a-zA-Z0-9_]*$`)
	themes := []string{"time", "text", "list", "object", "number", "format", "random"}
	var names []string
	for _, f := range Functions() {
		if !name.MatchString(f.Name) || !strings.HasPrefix(f.Signature, f.Name+"(") || !strings.HasSuffix(f.Summary, ".") ||
			!strings.Contains(f.Example, f.Name+"(") || !slices.Contains(themes, f.Theme) {
			t.Errorf("the description of %s is not complete: %+v", f.Name, f)
		}
		if slices.Contains(names, f.Name) {
			t.Errorf("%s is described twice", f.Name)
		}
		names = append(names, f.Name)
	}
	for _, f := range builtin.Builtins {
		if f.Predicate && (byName[f.Name] == nil || byName[f.Name].walk == nil) && renamed[f.Name] == "" {
			t.Errorf("the parser gives %s a closure, and renamed has no alternative", f.Name)
		}
	}
	for name, other := range renamed {
		word, _, _ := strings.Cut(strings.TrimSuffix(other, ","), "(")
		if slices.Contains(names, name) {
			t.Errorf("%s is described, and there is a hint to use %s instead", name, other)
		}
		if strings.Contains(other, "(") && !slices.Contains(names, word) {
			t.Errorf("the hint for %s names %s, which does not exist", name, other)
		}
	}
}

func TestEveryOperatorOfTheParserIsDescribedInTheOrderOfItsRank(t *testing.T) {
	t.Parallel()
	named := map[string]bool{}
	last := 0
	for i, op := range operators {
		name := op.names[0]
		if (i == 0 || op.summary != "") && (op.example == "" || op.result == "" || strings.HasSuffix(op.summary, ".")) {
			t.Errorf("the description of %s is not complete: %+v", name, op)
		}
		for _, name := range op.names {
			named[name] = true
		}
		rank := parsed.Binary[name].Precedence
		if op.unary != nil {
			rank = parsed.Unary[name].Precedence
		}
		if rank < last {
			t.Errorf("%s binds looser than the operator before it", name)
		}
		last = rank
		if op.binary == nil && op.unary == nil && name != "? :" && name != "|" {
			t.Errorf("%s has no check", name)
		}
	}
	for name := range parsed.Binary {
		if !named[name] || binaryOperators[name] == nil && name != "|" {
			t.Errorf("the parser knows the operator %s, and the language does not", name)
		}
	}
	for name := range parsed.Unary {
		if unaryOperators[name] == nil {
			t.Errorf("the parser knows %s before a value, and the language does not", name)
		}
	}
}

func TestAMeanIsWithinItsNumbers(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]any{
		"mean([9223372036854775807, 9223372036854775807])": 9223372036854775807.0, "mean([1.5e308, 1.5e308])": 1.5e308,
		"mean([1, 2, 6])": 3.0, "-9223372036854775807 - 1": math.MinInt64, "1.7976931348623157e308": math.MaxFloat64,
	} {
		if got, err := mustCompile(t, source, ObjectOf(nil, false)).Eval(t.Context(), Scope{}); err != nil || got != want {
			t.Errorf("%s: got %v, %v", source, got, err)
		}
	}
}
