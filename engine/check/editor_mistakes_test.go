package check_test

import (
	"os"
	"regexp"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// alwaysFound are the codes for which the schemas find every mistake.
var alwaysFound = map[string]bool{
	flow.CodeUnknownKey: true, flow.CodeUnknownKeyword: true, flow.CodeMissingKey: true, flow.CodeKeyClash: true,
	flow.CodeMissingSteps: true, flow.CodeNoVerb: true, flow.CodeTwoVerbs: true,
	check.CodeNotAList: true, check.CodeUnknownService: true, check.CodeUnknownCard: true,
	check.CodeUnknownEvent: true, check.CodeEventNotSent: true,
}

// sometimesFound are the codes for which the schemas find some mistakes, and the mistakes that only the Checker finds.
var sometimesFound = map[string]string{
	flow.CodeWrongType:      "a default against its schema, the type of an expression, and that of the key of a table",
	flow.CodeBadName:        "columns that differ only in case, and those with a name that conditions know already",
	flow.CodeKeyExpression:  "keys below values of any kind",
	check.CodeUnknownInput:  "the inputs of a flow that is called or started",
	check.CodeMissingInput:  "the inputs of a flow that is called or started",
	check.CodeBadSchema:     "what only a compiler of schemas finds, such as a pattern that is not a regular expression",
	check.CodeBadExpression: "all but a ${ } where the expression is bare",
	check.CodeLiteralSecret: "the default of a secret input",
}

// neverFound are the codes that only the parser and the Checker find, and the reason.
var neverFound = map[string]string{
	flow.CodeUnknownColumn:      "a schema does not know the columns of a table",
	check.CodeMissingColumn:     "a schema does not know the columns of a table",
	check.CodeUnknownTable:      "a schema does not know the tables",
	check.CodeUnsignedRequest:   "a schema does not compare two keys of a trigger",
	check.CodeReadOnly:          "a schema does not know what a card does",
	flow.CodeSyntax:             "the editor's YAML parser reports it",
	flow.CodeTag:                "the editor's YAML parser reports unknown ones",
	flow.CodeAlias:              "the editor's YAML parser reports it",
	flow.CodeTrap:               "it is in the source, and gone from the value",
	flow.CodeFile:               "it is of the file, not of a value",
	flow.CodeDuplicateKey:       "the editor's YAML parser reports it",
	flow.CodeBadNumber:          "it is in the source, and gone from the value",
	flow.CodeBadWord:            "it is in the source, and gone from the value",
	flow.CodeDuplicateID:        "no schema compares two values",
	flow.CodeDuplicateFlow:      "it needs the other files",
	flow.CodeNotInFinally:       "a second schema of a step, without these verbs, would be needed",
	flow.CodeUnreachable:        "it depends on the order of a list",
	flow.CodeNoWorkspace:        "there is no file",
	check.CodeUnknownFlow:       "it needs the other files",
	check.CodeUnknownConnection: "it needs flowdeck.yaml",
	check.CodeWrongService:      "it needs flowdeck.yaml",
	check.CodeUnknownField:      "it needs the other flow",
	check.CodeMissingField:      "it needs the other flow",
	check.CodeHelperRecord:      "it needs the other flow",
	check.CodeLiteralExpression: "it is a valid text",
	check.CodeBadFilter:         "the card has its own parser for it",
	check.CodeRefusedInput:      "the card has its own check for it",
	check.CodeEmptyFilter:       "most are expressions, and the card reports the others",
	check.CodeUnknownName:       "it is in an expression",
	check.CodeStepOrder:         "it is in an expression",
	check.CodeNilRead:           "it is in an expression",
	check.CodeSimilarField:      "it is in an expression",
	check.CodeSetOuter:          "it needs the steps around",
	check.CodeUnquotedFilter:    "it is in an expression",
	check.CodeCallCycle:         "it needs the other flows",
	check.CodeMissingTimezone:   "it needs flowdeck.yaml",
	check.CodeUnknownTimezone:   "it needs the list of time zones",
	check.CodeBadCron:           "no regular expression for cron is worth reading",
	check.CodeCronNever:         "it needs a calendar",
	check.CodeDuplicateWebhook:  "it needs the other flows",
	check.CodeDuplicateManual:   "it needs the other triggers",
	check.CodeDuplicateTrigger:  "it needs the other triggers",
	check.CodeNoWebhook:         "it needs the triggers of the flow",
	check.CodeTwoResponses:      "it needs the steps around",
	check.CodeDuplicateEvent:    "it is a warning",
	check.CodeApprovalIgnored:   "it is a warning, and needs the steps that follow",
	check.CodeSeveralCounts:     "it is a warning, and needs the connections of all steps",
	check.CodeUnsafeRetry:       "it is a warning, and in an expression",
}

func TestSchemasFindEveryCodeOrTheReasonIsListed(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("codes.go")
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, c := range flow.Codes() {
		codes = append(codes, c.Code)
	}
	for _, c := range regexp.MustCompile(`(?m)^\tCode\w+\s*= "([a-z-]+)"`).FindAllStringSubmatch(string(source), -1) {
		codes = append(codes, c[1])
	}
	tried := map[string]bool{}
	for _, m := range slices.Concat(mistakes, workspaceMistakes) {
		tried[m.code] = true
	}
	for _, code := range codes {
		found := alwaysFound[code] || sometimesFound[code] != ""
		if found == (neverFound[code] != "") {
			t.Errorf("[%s] must be in alwaysFound or sometimesFound, or in neverFound with the reason", code)
		}
		if found && !tried[code] {
			t.Errorf("[%s] is found by the schemas: add an example to mistakes", code)
		}
	}
}

const (
	head   = "flow: f\nsteps:\n"
	finish = "steps:\n  - stop: x\n"
	list   = "  - stream: fake.group.list\n"
)

// A mistake is a document with a single mistake, and the code that the checker reports.
type mistake struct{ code, text string }

var mistakes = []mistake{
	{flow.CodeUnknownKey, "flow: f\nabuot: x\n" + finish},
	{flow.CodeUnknownKey, head + "  - crad: fake.group.list\n"},
	{flow.CodeUnknownKey, head + "  - card: fake.group.list\n    wiht: {}\n"},
	{flow.CodeUnknownKey, head + "  - card: fake.group.list\n    snapshot: true\n"},
	{flow.CodeUnknownKey, head + "  - stop: x\n    timeout: 3s\n"},
	{flow.CodeUnknownKey, head + "  - card: fake.group.list\n    retry: {attempt: 3}\n"},
	{flow.CodeUnknownKey, head + "  - card: fake.group.list\n    max: 3\n"},
	{flow.CodeUnknownKey, head + "  - try:\n      - parallel:\n          a:\n            - stpo: x\n    catch:\n      - do:\n          - stop: x\n"},
	{flow.CodeUnknownKey, head + list + "    do:\n      - stop: x\n    allow: {failure: 3}\n"},
	{flow.CodeUnknownKey, head + list + "    to: g\n    collect: record.id\n---\nflow: g\n" + finish},
	{flow.CodeUnknownKey, "flow: f\ntriggers:\n  - webhook: x\n    evry: 3s\n" + finish},
	{check.CodeUnknownCard, "flow: f\ntriggers:\n  - event: fake.user.suspend\n" + finish},
	{check.CodeUnknownCard, "flow: f\ntriggers:\n  - poll: fake.user.suspended\n" + finish},
	{check.CodeUnknownEvent, "flow: f\ntriggers:\n  - event: fake.event_hook\n    with: {types: [user.creat]}\n" + finish},
	{check.CodeUnknownEvent, "flow: f\ntriggers:\n  - poll: fake.log.event\n    with: {types: [user.creat]}\n" + finish},
	{check.CodeEventNotSent, "flow: f\ntriggers:\n  - event: fake.event_hook\n    with: {types: [user.create, zone.update]}\n" + finish},
	{check.CodeMissingInput, "flow: f\ntriggers:\n  - event: fake.event_hook\n" + finish},
	{check.CodeUnknownInput, "flow: f\ntriggers:\n  - event: fake.user.suspended\n    with: {types: [user.suspend]}\n" + finish},
	{flow.CodeWrongType, "flow: f\ntriggers:\n  - event: fake.user.suspended\n    with: {filter: x}\n" + finish},
	{check.CodeLiteralSecret, "flow: f\ntriggers:\n  - event: fake.event_hook\n    with: {types: [user.create], secret: x}\n" + finish},
	{flow.CodeUnknownKeyword, "flow: f\ninputs:\n  a: {type: string, minLenght: 3}\n" + finish},
	{flow.CodeUnknownKeyword, "flow: f\nreturns: {type: object, properties: {a: {tpye: string}}}\n" + finish},
	{flow.CodeMissingKey, finish},
	{flow.CodeMissingKey, head + list},
	{flow.CodeMissingKey, head + "  - repeat:\n      - stop: x\n"},
	{flow.CodeMissingKey, head + "  - try:\n      - stop: x\n"},
	{flow.CodeMissingKey, head + "  - approve: {by: ada}\n"},
	{flow.CodeMissingKey, head + list + "    do:\n      - stop: x\n    pass: {a: 1}\n"},
	{flow.CodeMissingKey, "flow: f\ninputs:\n  a: {type: string, options: {value: id}}\n" + finish},
	{flow.CodeKeyClash, head + list + "    to: f\n    do:\n      - stop: x\n"},
	{flow.CodeKeyClash, head + list + "    do:\n      - stop: x\n    allow: {failures: 1, percent: 1}\n"},
	{flow.CodeMissingSteps, "flow: f\n"},
	{flow.CodeMissingSteps, "flow: f\nsteps: []\n"},
	{flow.CodeMissingSteps, head + "  - if: true\n    then:\n"},
	{flow.CodeMissingSteps, head + "  - if: true\n    else:\n      - stop: x\n"},
	{flow.CodeNoVerb, head + "  - id: a\n    if: true\n"},
	{flow.CodeNoVerb, "flow: f\ntriggers:\n  - inputs: {}\n" + finish},
	{flow.CodeTwoVerbs, head + "  - card: fake.group.list\n    stop: x\n"},
	{flow.CodeTwoVerbs, head + "  - card: fake.group.list\n    if: true\n    then:\n      - stop: x\n"},
	{flow.CodeTwoVerbs, "flow: f\ntriggers:\n  - webhook: x\n    event: y\n" + finish},
	{flow.CodeBadName, "flow: My Flow\n" + finish},
	{flow.CodeBadName, head + "  - id: a-b\n    stop: x\n"},
	{flow.CodeBadName, "flow: f\ninputs:\n  a b: string\n" + finish},
	{flow.CodeBadName, head + "  - set: {1a: x}\n"},
	{flow.CodeKeyExpression, head + "  - set: {\"${ a }\": x}\n"},
	{flow.CodeWrongType, "flow: f\nsteps:\n  - stop\n"},
	{flow.CodeWrongType, "flow: f\nabout: [a]\n" + finish},
	{flow.CodeWrongType, head + "  - stop: [a]\n"},
	{flow.CodeWrongType, head + "  - wait: 30\n"},
	{flow.CodeWrongType, head + "  - wait: 30x\n"},
	{flow.CodeWrongType, head + "  - wait: [30s]\n"},
	{flow.CodeWrongType, head + "  - card: 7\n"},
	{flow.CodeWrongType, head + "  - card: ${ inputs.card }\n"},
	{flow.CodeWrongType, head + "  - card: fake.group.list\n    timeout: ${ inputs.t }\n"},
	{flow.CodeWrongType, head + "  - card: fake.group.list\n    result: frist\n"},
	{flow.CodeWrongType, head + "  - card: fake.group.list\n    result: first\n    required: [a]\n"},
	{flow.CodeUnknownKey, head + "  - card: fake.group.list\n    required: true\n"},
	{flow.CodeUnknownKey, head + "  - card: fake.group.list\n    result: all\n    required: true\n"},
	{flow.CodeWrongType, head + "  - card: fake.group.list\n    retry: {attempts: 0}\n"},
	{flow.CodeWrongType, head + "  - card: fake.group.list\n    with: [a]\n"},
	{flow.CodeWrongType, head + "  - card: fake.group.list\n    with: {limit: 0}\n"},
	{flow.CodeWrongType, head + "  - card: fake.group.list\n    with: {limit: many}\n"},
	{flow.CodeWrongType, head + "  - card: fake.group.list\n    with: {sort_order: up}\n"},
	{flow.CodeWrongType, head + "  - card: fake.thing.update\n    with: {tags: [1]}\n"},
	{flow.CodeWrongType, head + "  - card: fake.thing.update\n    with: {send: maybe, mode: one}\n"},
	{flow.CodeWrongType, head + "  - switch: {when: true, do: []}\n"},
	{flow.CodeWrongType, head + "  - if:\n    stop: x\n"},
	{flow.CodeWrongType, "flow: f\nlimits: {writes: -1}\n" + finish},
	{flow.CodeWrongType, "flow: f\nlimits: {writes: 5 of fake.group.list}\n" + finish},
	{flow.CodeWrongType, "flow: f\nlimits: {writes: {percent: 105, of: fake.group.list}}\n" + finish},
	{check.CodeUnknownCard, "flow: f\nlimits: {writes: {percent: 5, of: fake.group.lits}}\n" + finish},
	{check.CodeUnknownInput, "flow: f\nlimits: {writes: {percent: 5, of: fake.group.list, with: {querry: x}}}\n" + finish},
	{check.CodeMissingInput, "flow: f\nlimits: {writes: {percent: 5, of: fake.group.member.list}}\n" + finish},
	{flow.CodeWrongType, head + list + "    do:\n      - stop: x\n    allow: {percent: 101}\n"},
	{check.CodeUnknownCard, head + "  - card: fake.user.gte\n    with: {user_id: a}\n"},
	{check.CodeUnknownCard, head + "  - stream: fake.group.lits\n    do:\n      - stop: x\n"},
	{check.CodeUnknownCard, "flow: f\ninputs:\n  a: {of: fake.group.lits}\n" + finish},
	{check.CodeUnknownInput, head + "  - card: fake.user.get\n    with: {user_id: a, usr: b}\n"},
	{check.CodeUnknownInput, head + list + "    with: {group: b}\n    do:\n      - stop: x\n"},
	{check.CodeUnknownInput, "flow: f\ninputs:\n  a: {type: string, options: {card: fake.group.list, with: {querry: x}}}\n" + finish},
	{check.CodeMissingInput, head + "  - card: fake.user.get\n"},
	{check.CodeMissingInput, head + "  - card: fake.user.get\n    with:\n"},
	{check.CodeMissingInput, head + "  - stream: fake.group.member.list\n    with: {limit: 7}\n    do:\n      - stop: x\n"},
	{check.CodeNotAList, head + "  - card: fake.user.get\n    with: {user_id: a}\n    result: first\n"},
	{check.CodeNotAList, head + "  - stream: fake.user.get\n    with: {user_id: a}\n    do:\n      - stop: x\n"},
	{check.CodeNotAList, "flow: f\ninputs:\n  a: {of: fake.user.get}\n" + finish},
	{check.CodeBadSchema, "flow: f\ninputs: {a: strng}\n" + finish},
	{check.CodeBadSchema, "flow: f\ninputs: {a: {type: strng}}\n" + finish},
	{check.CodeBadSchema, "flow: f\ninputs: {a: {type: string, minLength: -1}}\n" + finish},
	{check.CodeBadExpression, head + "  - stop: x\n    if: ${ true }\n"},
}

var workspaceMistakes = []mistake{
	{check.CodeUnknownService, "connections:\n  fake: {type: faek}\n"},
	{check.CodeLiteralSecret, "connections:\n  fake: {type: fake, domain: acme.example, auth: {api_token: secret}}\n"},
	{flow.CodeUnknownKey, "connections:\n  fake: {type: fake, domian: acme.example}\n"},
	{flow.CodeMissingKey, "connections:\n  fake: {domain: acme.example}\n"},
	{flow.CodeWrongType, "connections:\n  fake: {type: fake, simulate: {seed: 7}}\n"},
	{flow.CodeBadName, "tables:\n  a-b: {key: id, columns: {id: string}}\n"},
	{flow.CodeBadName, "tables:\n  a: {key: id, columns: {id: string, a b: string}}\n"},
	{flow.CodeMissingKey, "tables:\n  a: {columns: {id: string}}\n"},
	{flow.CodeMissingKey, "tables:\n  a: {key: id, columns: {id: {about: x}}}\n"},
	{flow.CodeUnknownKey, "tables:\n  a: {key: id, columns: {id: {typ: string}}}\n"},
	{flow.CodeUnknownKey, "tables:\n  a: {key: id, colums: {id: string}}\n"},
	{flow.CodeWrongType, "tables:\n  a: {key: id, columns: {id: text}}\n"},
	{flow.CodeWrongType, "tables:\n  a: {key: id, columns: {id: {type: text}}}\n"},
}

// missed are mistakes that only the parser and the Checker find, with a code for which the schemas find others.
var missed = []mistake{
	{flow.CodeBadName, "tables:\n  a: {key: id, columns: {id: string, ID: string}}\n"},
	{flow.CodeBadName, "tables:\n  a: {key: id, columns: {id: string}}\n  A: {key: id, columns: {id: string}}\n"},
	{flow.CodeBadName, "tables:\n  a: {key: id, columns: {id: string, inputs: string}}\n"},
	{flow.CodeBadName, "tables:\n  a: {key: id, columns: {id: string, nil: string}}\n"},
	{flow.CodeWrongType, "tables:\n  a: {key: id, columns: {id: boolean}}\n"},
}

func TestTheEditorFindsEachMistakeThatASchemaCanFind(t *testing.T) {
	t.Parallel()
	e := newEditor(t)
	find := func(m mistake, file string, files fstest.MapFS, bySchema bool) {
		files[file] = &fstest.MapFile{Data: []byte(m.text)}
		found := problems(t, files)
		if !slices.ContainsFunc(found, func(p flow.Problem) bool { return p.Code == m.code }) {
			t.Errorf("the checker does not report [%s], but %v, for:\n%s", m.code, found, m.text)
		}
		err := e.validate(file, documents(file, []byte(m.text))[0].value)
		switch {
		case bySchema && err == nil:
			t.Errorf("the schema accepts this, for which the checker reports [%s]:\n%s", m.code, m.text)
		case !bySchema && err != nil:
			t.Errorf("the schema finds this, move it to workspaceMistakes: %v\n%s", err, m.text)
		}
	}
	for _, m := range mistakes {
		find(m, "flow.yaml", fstest.MapFS{}, true)
	}
	for _, m := range workspaceMistakes { // a connection is only checked when a flow uses it
		find(m, flow.WorkspaceFile, fstest.MapFS{"flow.yaml": {Data: []byte(head + "  - card: fake.group.list\n")}}, true)
	}
	for _, m := range missed { // a column is only checked when a flow uses the table
		find(m, flow.WorkspaceFile, fstest.MapFS{"flow.yaml": {Data: []byte(head + "  - card: fake.row.list\n    with: {table: a}\n    result: first\n")}}, false)
	}
}
