package check

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/flowdeck/flowdeck/engine/check/checktest"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/flow/flowtest"
)

var vocabulary = flowtest.Vocabulary{
	Event: "fake.user.suspended", Poll: "fake.user.created",
	Connection: "fake",
	Cards: []flowtest.Card{
		{Name: "fake.user.get", With: map[string]flowtest.Sort{"user_id": flowtest.Text}, Needs: []string{"user_id"},
			Gives: map[string]flowtest.Sort{"id": flowtest.Text, "status": flowtest.Text, "profile": flowtest.Object}},
		{Name: "fake.user.suspend", With: map[string]flowtest.Sort{"user_id": flowtest.Text}, Needs: []string{"user_id"}, Gives: map[string]flowtest.Sort{"changed": flowtest.Bool}},
		{Name: "fake.thing.create", Gives: map[string]flowtest.Sort{"changed": flowtest.Bool}},
		{Name: "fake.thing.update", With: map[string]flowtest.Sort{"profile": flowtest.Object, "send": flowtest.Bool}},
		{Name: "fake.user.list", List: true, With: map[string]flowtest.Sort{"q": flowtest.Text}, Gives: map[string]flowtest.Sort{"id": flowtest.Text, "profile": flowtest.Object}},
		{Name: "fake.group.list", List: true, With: map[string]flowtest.Sort{"q": flowtest.Text}, Gives: map[string]flowtest.Sort{"id": flowtest.Text, "type": flowtest.Text}},
	},
}

// generatedCards are made once: to make their schemas takes longer than to check a flow.
var generatedCards = sync.OnceValue(checktest.Cards)

// checkedText returns the plans of a file as text, without places, and the codes of its problems.
func checkedText(text string) (plans, problems string) {
	ws, found := load(map[string]string{"f.yaml": text})
	c := New(generatedCards(), checktest.Services(), ws)
	c.Triggers = checktest.Triggers()
	var out strings.Builder
	for _, f := range ws.Flows() {
		plan, more := c.Plan(f, nil)
		found = append(found, more...)
		if plan != nil {
			print(&out, reflect.ValueOf(*plan))
		}
	}
	var codes []string
	for _, p := range found {
		codes = append(codes, fmt.Sprintf("%s %t", p.Code, p.Warning))
	}
	slices.Sort(codes)
	return out.String(), strings.Join(codes, "\n")
}

// sameFormatted compares the check of a generated file with that of the same file, formatted.
func sameFormatted(t *testing.T, data []byte) {
	text := flowtest.Flows(data, vocabulary)
	laid, err := flow.Format([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	plans, problems := checkedText(text)
	plansAfter, problemsAfter := checkedText(string(laid))
	if plans != plansAfter || problems != problemsAfter {
		t.Fatalf("formatted, the file\n%s\nhas the problems %q, not %q; or its plans are\n%s\nnot\n%s", text, problemsAfter, problems, plansAfter, plans)
	}
	if again, err := flow.Format(laid); err != nil || string(again) != string(laid) {
		t.Fatalf("%v: formatted again, the file\n%s\nis\n%s", err, laid, again)
	}
}

func FuzzAFormattedFlowMeansTheSame(f *testing.F) {
	for i := range 50 {
		f.Add(fmt.Appendf(nil, "%d", i))
	}
	f.Fuzz(sameFormatted)
}

// Most generated flows are accepted, and every key of the language and every function is in one that is.
func TestGeneratedFlowsUseTheWholeLanguage(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it makes a thousand flows, one after the other")
	}
	all, accepted, used := 1000, 0, map[string]bool{}
	refused := map[string]int{}
	for i := range all {
		text := flowtest.Flows(fmt.Appendf(nil, "seed %d", i), vocabulary)
		ws, problems := load(map[string]string{"f.yaml": text})
		c := New(generatedCards(), checktest.Services(), ws)
		c.Triggers = checktest.Triggers()
		problems = append(problems, c.Problems(ws.Flows())...)
		if problems.Err() != nil {
			for _, p := range problems {
				if !p.Warning {
					refused[p.Code+" "+p.Message]++
				}
			}
			continue
		}
		accepted++
		for _, f := range expr.Functions() {
			if strings.Contains(text, f.Name+"(") {
				used[f.Name+"()"] = true
			}
		}
		for _, f := range ws.Flows() {
			w := walk{sample: &sample{}, uses: map[string][]keyUse{}}
			w.form(f.Node.Literal(), flow.FlowForm())
			for name := range w.uses {
				used[name] = true
			}
		}
	}
	if accepted < all/2 {
		t.Errorf("only %d of %d files are accepted: %v", accepted, all, refused)
	}
	for _, f := range expr.Functions() {
		if !used[f.Name+"()"] {
			t.Errorf("no accepted flow calls %s: engine/flow/flowtest must make one", f.Name)
		}
	}
	for _, name := range labels(flow.FlowForm()) {
		if !used[name] {
			t.Errorf("no accepted flow has the key %q: engine/flow/flowtest must make one", name)
		}
	}
}
