package flow

import (
	"slices"
	"testing"
)

// forms are all forms of the language, each once.
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
			t.Errorf("%q: a form has a name and a line", f.Name)
		}
		check := func(keys []Key, seen map[string]bool) {
			for _, k := range keys {
				if seen[k.Name] {
					t.Errorf("%s: the key %s is in the table twice", f.Name, k.Name)
				}
				seen[k.Name] = true
				if k.Doc == "" && !k.Later {
					t.Errorf("%s: the key %s has no line", f.Name, k.Name)
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
		for _, r := range f.Rules {
			for _, name := range r.Keys {
				if _, ok := f.key(name, nil); !ok {
					t.Errorf("%s: a rule names %s, which is no key", f.Name, name)
				}
			}
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
				t.Errorf("%s of %s is an expression, and not in bareKeys", k.Name, f.Name)
			}
		}
	}
}

func TestRulesSayWhichKeysGoTogether(t *testing.T) {
	t.Parallel()
	f := &Form{Name: "a test", Keys: []Key{{Name: "a", Shape: anyShape}, {Name: "b", Shape: anyShape}, {Name: "c", Shape: anyShape}},
		Rules: []Rule{{Needs, []string{"a", "b"}}, {AtMostOne, []string{"b", "c"}}}}
	for text, want := range map[string]string{
		"key: {}":           "",
		"key: {a: 1, b: 2}": "",
		"key: {c: 1}":       "",
		"key: {a: 1}":       CodeMissingKey,
		"key: {c: 1, b: 1}": CodeKeyClash,
	} {
		_, n := value(t, text)
		var ps Problems
		(&reader{problems: &ps}).read(n, f)
		if len(ps) > 1 || len(ps) == 1 != (want != "") || want != "" && ps[0].Code != want {
			t.Errorf("%s: got %v, want %q", text, ps, want)
		}
	}
}
