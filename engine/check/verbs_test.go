package check

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// unbuilt compares a table of verbs with their builds.
func unbuilt(form *flow.Form, builds map[string]build) (problems []string) {
	var verbs []string
	for _, v := range form.Verbs {
		verbs = append(verbs, v.Name)
		if builds[v.Name] == nil {
			problems = append(problems, "nothing builds the verb "+v.Name+": add it to builds in engine/check/steps.go")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(builds)) {
		if !slices.Contains(verbs, name) {
			problems = append(problems, "builds has "+name+", which is not a verb of the table in engine/flow/verbs.go")
		}
	}
	return problems
}

func TestEveryVerbOfTheTableIsBuilt(t *testing.T) {
	t.Parallel()
	for _, p := range unbuilt(flow.StepForm(), builds()) {
		t.Error(p)
	}
}

func TestAVerbThatIsOnlyInTheTableIsReported(t *testing.T) {
	t.Parallel()
	form := *flow.StepForm()
	form.Verbs = append(slices.Clone(form.Verbs[1:]), flow.Verb{Key: flow.Key{Name: "ponder"}})
	got := strings.Join(unbuilt(&form, builds()), "\n")
	if !strings.Contains(got, "the verb ponder") || !strings.Contains(got, "builds has card") {
		t.Errorf("got %q", got)
	}
}

// planned adds the Go types of the plans of steps by verb.
func planned(v reflect.Value, types map[string]string) {
	if step, ok := v.Interface().(engine.Step); ok && step.Do != nil {
		types[step.Verb] = reflect.TypeOf(step.Do).Name()
	}
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			planned(v.Elem(), types)
		}
	case reflect.Slice:
		for i := range v.Len() {
			planned(v.Index(i), types)
		}
	case reflect.Struct:
		for field, value := range v.Fields() {
			if field.IsExported() {
				planned(value, types)
			}
		}
	}
}

// untried compares the verbs of a table with the source of the tests for all Runtimes.
func untried(form *flow.Form, types map[string]string, tests string) (problems []string) {
	for _, v := range form.Verbs {
		switch name := types[v.Name]; {
		case name == "":
			problems = append(problems, "no flow in testdata/flow/ok has the verb "+v.Name)
		case !strings.Contains(tests, "engine."+name+"{"):
			problems = append(problems, "no test in engine/enginetest runs engine."+name+", the plan of the verb "+v.Name)
		}
	}
	return problems
}

// Every verb is tested on every Runtime: the suite of engine/enginetest uses its Go type.
func TestEveryVerbOfTheTableIsTriedOnRuntimes(t *testing.T) {
	t.Parallel()
	types := map[string]string{}
	for _, plan := range corpusPlans(t) {
		planned(reflect.ValueOf(*plan), types)
	}
	sources, err := filepath.Glob("../enginetest/*.go")
	if err != nil || len(sources) == 0 {
		t.Fatalf("%d files, %v", len(sources), err)
	}
	var tests strings.Builder
	for _, name := range sources {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tests.Write(text)
	}
	for _, p := range untried(flow.StepForm(), types, tests.String()) {
		t.Error(p)
	}
	if got := untried(flow.StepForm(), types, "engine.CallCard{"); len(got) != len(flow.StepForm().Verbs)-1 {
		t.Errorf("a suite with cards alone: got %q", got)
	}
}

func TestAStepThatMakesNeitherAPlanNorAProblemPanics(t *testing.T) {
	t.Parallel()
	nothing := func(*builder, *flow.Step) (engine.Verb, expr.Type) { return nil, expr.Any }
	for name, verbs := range map[string]map[string]build{
		"check: nothing builds the stop at f.yaml:3:5":                     {},
		"check: the stop at f.yaml:3:5 makes neither a plan nor a problem": {"stop": nothing},
	} {
		ws, _ := load(map[string]string{"f.yaml": "flow: f\nsteps:\n  - stop: x\n"})
		c := New(nil, nil, ws)
		c.verbs = verbs
		func() {
			defer func() {
				if got := recover(); got != name {
					t.Errorf("it panics with %v, want %q", got, name)
				}
			}()
			c.Plan(c.flows["f"], nil)
		}()
	}
}
