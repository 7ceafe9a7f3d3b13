package flow

import (
	"slices"
	"testing"
)

// forms returns all forms of the language, each once.
func forms() []*Form {
	var all []*Form
	var visit func(*Form)
	var shape func(*Shape)
	visit = func(f *Form) {
		if slices.Contains(all, f) {
			return
		}
		all = append(all, f)
		for i := range f.Keys {
			shape(&f.Keys[i].Shape)
		}
		for i := range f.Verbs {
			shape(&f.Verbs[i].Shape)
			for j := range f.Verbs[i].Keys {
				shape(&f.Verbs[i].Keys[j].Shape)
			}
		}
	}
	shape = func(s *Shape) {
		if s.Form != nil {
			visit(s.Form)
		}
		if s.Of != nil {
			shape(s.Of)
		}
		for i := range s.Any {
			shape(&s.Any[i])
		}
		if s.Kind == ShapeSteps {
			visit(StepForm())
		}
	}
	visit(FlowForm())
	visit(WorkspaceForm())
	return all
}

func TestEveryKeyOfTheLanguageIsDescribedOnce(t *testing.T) {
	t.Parallel()
	for _, f := range forms() {
		if f.Name == "" || f.Doc == "" {
			t.Errorf("%q: the form has no name or no description", f.Name)
		}
		check := func(keys []Key, seen map[string]bool) {
			for _, k := range keys {
				if seen[k.Name] {
					t.Errorf("%s: the key %s is in the table twice", f.Name, k.Name)
				}
				seen[k.Name] = true
				if k.Doc == "" {
					t.Errorf("%s: the key %s has no description", f.Name, k.Name)
				}
				if k.Shape.Kind == "" {
					t.Errorf("%s: the key %s has no shape", f.Name, k.Name)
				}
			}
		}
		check(f.Keys, map[string]bool{})
		verbs := map[string]bool{}
		for _, v := range f.Verbs {
			check([]Key{v.Key}, verbs)
			own := map[string]bool{}
			for _, k := range f.Keys {
				own[k.Name] = true
			}
			check(v.Keys, own)
		}
		named := func(rules []Rule, verbs ...*Verb) {
			for _, r := range rules {
				for _, name := range r.Keys {
					if f.key(name, verbs) == nil {
						t.Errorf("%s: a rule names %s, which is not a key", f.Name, name)
					}
				}
			}
		}
		named(f.Rules)
		for i := range f.Verbs {
			named(f.Verbs[i].Rules, &f.Verbs[i])
		}
	}
}

func TestEveryKeyThatHoldsAnExpressionIsKnownToTheTraps(t *testing.T) {
	t.Parallel()
	for _, f := range forms() {
		keys := slices.Clone(f.Keys)
		for _, v := range f.Verbs {
			keys = append(append(keys, v.Key), v.Keys...)
		}
		for _, k := range keys {
			if k.Shape.Kind == ShapeExpression && !slices.Contains(bareKeys, k.Name) {
				t.Errorf("%s of %s is an expression, but is not in bareKeys", k.Name, f.Name)
			}
		}
	}
}

func TestRulesDefineWhichKeysMayBeCombined(t *testing.T) {
	t.Parallel()
	keys := []Key{{Name: "first", Shape: anyShape}, {Name: "second", Shape: anyShape}}
	for _, c := range []struct {
		rule RuleKind
		text string
		want string
	}{
		{Needs, "key: {}", ""},
		{Needs, "key: {second: 1}", ""},
		{Needs, "key: {first: 1, second: 2}", ""},
		{Needs, "key: {first: 1}", `x.yaml:1:7: "first" needs "second" [missing-key]`},
		{ExactlyOne, "key: {}", "x.yaml:1:6: a test needs exactly one of: first, second [missing-key]"},
		{ExactlyOne, "key: {first: 1}", ""},
		{ExactlyOne, "key: {second: 1, first: 1}", `x.yaml:1:18: a test has "second", which excludes "first" [key-clash]`},
		{AtLeastOne, "key: {}", "x.yaml:1:6: a test needs at least one of: first, second [missing-key]"},
		{AtLeastOne, "key: {first: 1}", ""},
		{AtLeastOne, "key: {first: 1, second: 1}", ""},
		{ExactlyOne, "key: {frist: 1}", `x.yaml:1:7: unknown key "frist" in a test [unknown-key]`},
		{Needs, "key: {first: 1, secnod: 1}", `x.yaml:1:17: unknown key "secnod" in a test [unknown-key]`},
	} {
		_, n := value(t, c.text)
		var ps Problems
		newReader(&ps).read(n, &Form{Name: "a test", Keys: keys, Rules: []Rule{{c.rule, []string{"first", "second"}}}})
		if got := ps.Error(); got != c.want {
			t.Errorf("%s of %s: got %s, want %s", c.rule, c.text, got, c.want)
		}
	}
}
