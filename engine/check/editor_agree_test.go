package check_test

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/check/checktest"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// agree checks that the schema accepts a document exactly if the parser and the checker do.
func (e editor) agree(t *testing.T, text string) (accepted bool) {
	t.Helper()
	found := problems(t, fstest.MapFS{
		"flow.yaml":        {Data: []byte(text)},
		flow.WorkspaceFile: {Data: []byte(checktest.Workspace)},
	})
	err := e.validate("flow.yaml", documents("flow.yaml", []byte(text))[0].value)
	if (err == nil) != (len(found) == 0) {
		t.Errorf("the checker reports %v, the schema %v, for:\n%s", found, err, text)
	}
	return err == nil
}

func TestEveryInputOfACardMayBeAnExpression(t *testing.T) {
	t.Parallel()
	e := newEditor(t)
	for _, with := range []string{
		`{tags: "${ [] }", send: "${ true }", mode: "${ lower(\"ONE\") }", profile: "${ {} }"}`,
		`{tags: ["a", "${ lower(\"B\") }"], send: false, mode: two, profile: {a: 1, b: "${ 2 }", c: {d: "${ 3 }"}}}`,
	} {
		if !e.agree(t, head+"  - card: fake.thing.update\n    with: "+with+"\n") {
			t.Errorf("%s is not accepted", with)
		}
	}
}

func TestSchemaAndCheckerAcceptEmptyValuesAndValuesOfSeveralTypes(t *testing.T) {
	t.Parallel()
	e := newEditor(t)
	for _, steps := range []string{
		"  - card: fake.group.list\n    with:\n",
		"  - return:\n",
		"  - return: [1, {a: null}]\n",
		"  - stop: 7\n",
		"  - stop: x\n    if: true\n",
		"  - if: run.by == \"\"\n    then:\n      - stop: x\n    else:\n",
		"  - if: run.by == \"\"\n    then:\n      - stop: x\n    else: []\n",
		"  - fail: {message: x, details: {a: [1]}}\n",
		"  - fail: true\n",
		"  - wait: ${ \"3s\" }\n",
		"  - approve: {prompt: x, by: [ada, bob]}\n",
		"  - switch:\n      - else:\n          - stop: x\n",
	} {
		if !e.agree(t, head+steps) {
			t.Errorf("this is not accepted:\n%s", steps)
		}
	}
}

func TestTheSchemasReadNamesAndDurationsAsTheParserDoes(t *testing.T) {
	t.Parallel()
	e, accepted := newEditor(t), 0
	count := func(text string) {
		if e.agree(t, text) {
			accepted++
		}
	}
	for _, name := range []string{"f", "f1", "suspend-user", "a-1-b", "-a", "a-", "a--b", "A", "1a", "a_b", "a b", "ä"} {
		count("flow: " + strconv.Quote(name) + "\n" + finish)
	}
	for _, name := range []string{"a", "_", "aB_1", "1a", "a-b", "a.b", "ä", "a b"} {
		count(head + "  - set: {" + strconv.Quote(name) + ": 1}\n")
	}
	for _, text := range []string{
		"30s", "1h30m", "1.5d", "2w3d4h5m6s7ms", "5ms", ".5s", "5.s", "10s", "0.5s", "0s", "0h0m",
		"30", "s", "30 s", "30m1h", "1m1m", "1x", "1.2.3s", "", "-1s", "${ x }",
	} {
		count(head + "  - wait: 1s\n    timeout: " + strconv.Quote(text) + "\n")
	}
	// The checker reports that no service has these names. The test only compares whether the names can be written.
	for _, name := range []string{"okta", "my org", "a$b", "$", "$$", "${ a }", "a ${b}", "$${"} {
		text := head + "  - stop: x\nconnections: {" + strconv.Quote(name) + ": okta}\n"
		found := problems(t, fstest.MapFS{"flow.yaml": {Data: []byte(text)}})
		unwritable := len(found) > 0 && (found[0].Code == flow.CodeWrongType || found[0].Code == flow.CodeKeyExpression)
		err := e.validate("flow.yaml", documents("flow.yaml", []byte(text))[0].value)
		if unwritable != (err != nil) {
			t.Errorf("%q: the parser reports %v, the schema %v", name, found, err)
		}
	}
	if accepted < 15 {
		t.Errorf("only %d are accepted", accepted)
	}
}

// The keywords are those of JSON Schema 2020-12 and of flowdeck. The values of the keywords may be wrong: the test only
// compares whether a keyword is known.
func TestTheSchemasKnowTheKeywordsThatTheParserKnows(t *testing.T) {
	t.Parallel()
	keywords := []string{"about", "options", "of", "secret", "x-mine", "type", "items", "minLenght", "ofs", "dependencies"}
	for field := range reflect.TypeFor[jsonschema.Schema]().Fields() {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" && name != "-" {
			keywords = append(keywords, name)
		}
	}
	known := check.FlowSchema(checktest.Cards(), checktest.Triggers()).Definitions["schema"]
	if len(keywords) < 50 {
		t.Fatalf("only %d keywords", len(keywords))
	}
	for _, keyword := range keywords {
		_, found := flow.Parse("flow.yaml", []byte("flow: f\ninputs:\n  a: {"+strconv.Quote(keyword)+": {}}\n"+finish))
		unknown := len(found) > 0 && found[0].Code == flow.CodeUnknownKeyword
		if _, ok := known.Properties[keyword]; ok == unknown && !strings.HasPrefix(keyword, "x-") {
			t.Errorf("%s: known to the schema is %v, to the parser %v", keyword, ok, !unknown)
		}
	}
}

func TestAnAnswerMayHaveMoreThanItsSchemaLists(t *testing.T) {
	t.Parallel()
	schema := check.CardSchema(checktest.Cards()["fake.user.get"])
	answer := schema.Definitions["answer"].CloneSchemas()
	answer.Schema, answer.Required = schema.Schema, nil
	if err := compileSchema(t, answer).Validate(map[string]any{"id": "00u1", "news": true}); err != nil {
		t.Error(err)
	}
	if err := compileSchema(t, schema).Validate(map[string]any{"user_id": "a", "usr": "b"}); err == nil {
		t.Error("an input that the card does not have is accepted")
	}
}

func TestADollarMakesAnExpressionInADefaultLiteral(t *testing.T) {
	t.Parallel()
	text := `flow: a
inputs:
  plain: {type: string, default: "$${ a } and $$${"}
  one: {enum: ["$${", b], default: "$${"}
  deep: {type: object, default: {list: ["$${ a }", {}]}}
  fixed: {properties: {x: {const: "$${"}}, default: {x: "$${"}}
steps:
  - return: 1
`
	newEditor(t).agree(t, text)
	ws, problems := flow.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}, flow.WorkspaceFile: {Data: []byte(checktest.Workspace)}}, "")
	f := ws.Flows()[0]
	checker := check.New(checktest.Cards(), checktest.Services(), ws)
	checker.Triggers = checktest.Triggers()
	plan, found := checker.Plan(f, nil)
	if problems = append(problems, found...); plan == nil || len(problems) > 0 {
		t.Fatal(problems)
	}
	got := map[string]any{}
	for _, in := range plan.Inputs {
		got[in.Name] = in.Default
		if err := in.Check(in.Default); err != nil {
			t.Errorf("%s: %v", in.Name, err)
		}
	}
	want := map[string]any{
		"plain": "${ a } and $${", "one": "${", "deep": map[string]any{"list": []any{"${ a }", map[string]any{}}}, "fixed": map[string]any{"x": "${"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// A format that only the parser knows would be checked by nothing, and one that only the validator knows could not be written.
func TestTheParserKnowsTheFormatsThatTheValidatorChecks(t *testing.T) {
	t.Parallel()
	older := []string{"ip-address", "period", "uriref"} // of drafts before 2020-12, or of no draft
	var checked []string
	for name := range validator.Formats {
		if !slices.Contains(older, name) {
			checked = append(checked, name)
		}
	}
	slices.Sort(checked)
	_, found := flow.Parse("flow.yaml", []byte("flow: f\ninputs:\n  a: {type: string, format: none}\n"+finish))
	if len(found) != 1 {
		t.Fatalf("got %v", found)
	}
	_, list, _ := strings.Cut(found[0].Message, "one of: ")
	list, _, _ = strings.Cut(list, ";")
	if diff := cmp.Diff(checked, strings.Split(list, ", ")); diff != "" {
		t.Errorf("-validator +parser\n%s", diff)
	}
}
