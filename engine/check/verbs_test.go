package check

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// unbuilt compares a table of verbs with what builds them.
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
