package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check/checktest"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/schedule"
)

// load loads a workspace from files by name. If there is no flowdeck.yaml, it uses that of checktest.
func load(files map[string]string) (*flow.Workspace, flow.Problems) {
	fsys := fstest.MapFS{flow.WorkspaceFile: {Data: []byte(checktest.Workspace)}}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return flow.Load(fsys, "")
}

// A sample is a workspace as values that can be changed. It is written as JSON, which is also YAML.
type sample struct {
	workspace any
	flows     []any
	plain     string // the result without changes
}

// plan returns the plans of the flows and their problems; ok is false if the parser finds a problem.
func (s *sample) plan() (plans []*engine.Plan, found flow.Problems, ok bool) {
	files := map[string]string{}
	put := func(name string, v any) {
		text, err := json.MarshalIndent(v, "", " ")
		if err != nil {
			panic(err)
		}
		files[name] = string(text)
	}
	if s.workspace != nil {
		put(flow.WorkspaceFile, s.workspace)
	}
	for i, f := range s.flows {
		put(fmt.Sprintf("f%d.yaml", i), f)
	}
	ws, problems := load(files)
	if len(problems) > 0 {
		return nil, nil, false
	}
	c := New(checktest.Cards(), checktest.Services(), ws)
	c.Triggers = checktest.Triggers()
	found = c.Workspace()
	for _, f := range ws.Flows() {
		plan, problems := c.Plan(f, nil)
		found = append(found, problems...)
		if plan != nil {
			plans = append(plans, plan)
		}
	}
	return plans, found, true
}

// result returns the plans and the problems as text; empty if the parser finds a problem.
func (s *sample) result() string {
	plans, found, ok := s.plan()
	if !ok {
		return ""
	}
	var out strings.Builder
	for _, plan := range plans {
		print(&out, reflect.ValueOf(*plan))
	}
	for _, p := range found {
		fmt.Fprintln(&out, p.Message)
	}
	return out.String()
}

// print writes the parts of a plan that a run depends on: everything except positions and digests of the file.
func print(out *strings.Builder, v reflect.Value) {
	switch value := v.Interface().(type) {
	case flow.Pos:
	case *engine.Plan:
		if value != nil {
			fmt.Fprintf(out, "plan %s ", value.Flow)
		}
		return
	case engine.Plan:
		value.Source = ""
		v = reflect.ValueOf(value)
	case card.Card:
		fmt.Fprintf(out, "card %s ", value.Name)
		if value.Table != "" { // its schemas have the columns
			print(out, reflect.ValueOf(value.In))
			print(out, reflect.ValueOf(value.Out))
		}
		return
	case *expr.Program:
		if value != nil {
			fmt.Fprintf(out, "%q ", value.Source())
		}
		return
	case *expr.Template:
		if value != nil {
			fmt.Fprintf(out, "%q ", value.Source())
		}
		return
	case schedule.Schedule:
		fmt.Fprintf(out, "schedule %s %s %s ", value.Cron(), value.Zone(), value.DST())
		return
	case *jsonschema.Schema:
		text, _ := json.Marshal(value)
		out.Write(text)
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			print(out, v.Elem())
		}
	case reflect.Func:
		fmt.Fprintf(out, "func %v ", !v.IsNil())
	case reflect.Slice:
		for i := range v.Len() {
			print(out, v.Index(i))
		}
		fmt.Fprintln(out)
	case reflect.Struct:
		for field, value := range v.Fields() {
			if field.IsExported() && field.Type != reflect.TypeFor[flow.Pos]() {
				fmt.Fprintf(out, "%s: ", field.Name)
				print(out, value)
			}
		}
	default:
		fmt.Fprintf(out, "%v ", v.Interface())
	}
}

// A keyUse is a use of a key of the language in a sample.
type keyUse struct {
	sample  *sample
	mapping map[string]any
	key     string
	shape   flow.Shape
}

// read reports whether a plan or a problem depends on the value of the key.
func (u keyUse) read() bool {
	if u.shape.Kind == flow.ShapeForm || u.shape.Kind == flow.ShapeList && u.shape.Of.Kind == flow.ShapeForm {
		inside := walk{sample: u.sample, uses: map[string][]keyUse{}} // uses of keys of the same form elsewhere prove nothing about this use
		inside.shape(u.mapping[u.key], u.shape)
		for _, uses := range inside.uses {
			if slices.ContainsFunc(uses, keyUse.read) {
				return true
			}
		}
	}
	was := u.mapping[u.key]
	defer func() { u.mapping[u.key] = was }()
	differs := func() bool {
		got := u.sample.result()
		return got != "" && got != u.sample.plain
	}
	delete(u.mapping, u.key)
	if differs() {
		return true
	}
	return slices.ContainsFunc(others(u.shape, was), func(v any) bool {
		u.mapping[u.key] = v
		return differs()
	})
}

// others returns other values for a key with this shape and a value. The only new name is "another": where a name must be known, a sample has it.
func others(s flow.Shape, was any) (all []any) {
	const unknown = "no_such_name"
	switch s.Kind {
	case flow.ShapeExpression:
		return []any{unknown}
	case flow.ShapeAny, flow.ShapeText:
		return []any{"${ " + unknown + " }"}
	case flow.ShapeProse, flow.ShapeName, flow.ShapeFlowName, flow.ShapeIdentifier:
		return []any{"another"}
	case flow.ShapeDuration:
		return []any{"77s"}
	case flow.ShapeList:
		for _, v := range others(*s.Of, nil) {
			all = append(all, []any{v})
		}
	case flow.ShapeWhole, flow.ShapeNumber:
		return []any{77}
	case flow.ShapeBoolean:
		return []any{true, false}
	case flow.ShapeChoice:
		for _, choice := range s.Choices {
			all = append(all, choice)
		}
	case flow.ShapeSteps:
		return []any{[]any{map[string]any{"stop": "another"}}}
	case flow.ShapeMap:
		entries, _ := was.(map[string]any)
		for _, one := range others(*s.Of, nil) {
			more := map[string]any{}
			maps.Copy(more, entries)
			more["another"] = one
			all = append(all, map[string]any{"another": one}, more)
		}
	case flow.ShapeOr:
		for _, one := range s.Any {
			all = append(all, others(one, was)...)
		}
	}
	return all
}

// samples returns the workspaces in testdata/flow/ok.
func samples(t *testing.T) (all []*sample) {
	t.Helper()
	names, err := filepath.Glob("../../testdata/flow/ok/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		s := &sample{}
		for _, f := range a.Files {
			for _, part := range bytes.Split(f.Data, []byte("\n---\n")) {
				n, problems := flow.ParseValue(f.Name, part)
				if len(problems) > 0 {
					t.Fatal(problems)
				}
				if f.Name == flow.WorkspaceFile {
					s.workspace = n.Literal()
				} else {
					s.flows = append(s.flows, n.Literal())
				}
			}
		}
		if s.plain = s.result(); s.plain == "" {
			t.Fatalf("%s: it cannot be read when it is written as JSON", name)
		}
		all = append(all, s)
	}
	return all
}

// corpusPlans returns the plans of testdata/flow/ok.
func corpusPlans(t *testing.T) (all []*engine.Plan) {
	t.Helper()
	for _, s := range samples(t) {
		plans, _, _ := s.plan()
		all = append(all, plans...)
	}
	return all
}

// corpus returns the uses of keys in testdata/flow/ok by label.
func corpus(t *testing.T) map[string][]keyUse {
	t.Helper()
	w := walk{uses: map[string][]keyUse{}}
	for _, w.sample = range samples(t) {
		w.form(w.sample.workspace, flow.WorkspaceForm())
		for _, f := range w.sample.flows {
			w.form(f, flow.FlowForm())
		}
	}
	return w.uses
}

// walk finds the uses of keys in a sample.
type walk struct {
	sample *sample
	uses   map[string][]keyUse
}

func (w walk) form(value any, f *flow.Form) {
	mapping, _ := value.(map[string]any)
	has := func(key string) bool { _, ok := mapping[key]; return ok }
	use := func(v *flow.Verb, keys ...flow.Key) {
		for _, k := range keys {
			if has(k.Name) {
				name := label(f, v, k.Name)
				w.uses[name] = append(w.uses[name], keyUse{sample: w.sample, mapping: mapping, key: k.Name, shape: k.Shape})
				w.shape(mapping[k.Name], k.Shape)
			}
		}
	}
	verb := ""
	for i := range f.Verbs {
		if v := &f.Verbs[i]; has(v.Name) && (v.With == nil || slices.ContainsFunc(v.With, has)) {
			verb = v.Name
			use(v, v.Key)
			use(v, v.Keys...)
		}
	}
	for _, k := range f.Keys {
		if k.Name != verb { // the guard `if` is not the verb `if`
			use(nil, k)
		}
	}
}

func (w walk) shape(value any, s flow.Shape) {
	switch s.Kind {
	case flow.ShapeForm:
		w.form(value, s.Form)
	case flow.ShapeSteps:
		w.items(value, flow.Shape{Kind: flow.ShapeForm, Form: flow.StepForm()})
	case flow.ShapeList:
		w.items(value, *s.Of)
	case flow.ShapeMap:
		fields, _ := value.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			w.shape(fields[name], *s.Of)
		}
	case flow.ShapeOr:
		for _, one := range s.Any {
			w.shape(value, one)
		}
	}
}

func (w walk) items(value any, of flow.Shape) {
	items, _ := value.([]any)
	for _, item := range items {
		w.shape(item, of)
	}
}

// label returns a name for a key of a form or of a verb: "step card: max".
func label(f *flow.Form, v *flow.Verb, key string) string {
	name := title(f.Name)
	if v != nil {
		name += " " + v.Name
	}
	return name + ": " + key
}

// labels returns the labels of all keys of a form and of the forms nested in it.
func labels(root *flow.Form) []string {
	var all []string
	seen := map[*flow.Form]bool{}
	var form func(*flow.Form)
	var shape func(flow.Shape)
	form = func(f *flow.Form) {
		if seen[f] {
			return
		}
		seen[f] = true
		add := func(v *flow.Verb, keys ...flow.Key) {
			for _, k := range keys {
				all = append(all, label(f, v, k.Name))
				shape(k.Shape)
			}
		}
		add(nil, f.Keys...)
		for i := range f.Verbs {
			add(&f.Verbs[i], f.Verbs[i].Key)
			add(&f.Verbs[i], f.Verbs[i].Keys...)
		}
	}
	shape = func(s flow.Shape) {
		if s.Kind == flow.ShapeSteps {
			form(flow.StepForm())
		}
		if s.Form != nil {
			form(s.Form)
		}
		if s.Of != nil {
			shape(*s.Of)
		}
		for _, one := range s.Any {
			shape(one)
		}
	}
	form(root)
	return all
}
