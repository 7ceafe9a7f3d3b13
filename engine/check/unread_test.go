package check_test

import (
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// A loop that could not be read may pass more than those that could.
func TestTheStateOfAHelperIsNotInferredFromAPartOfTheLoops(t *testing.T) {
	t.Parallel()
	const sweep = "flow: sweep\nsteps:\n  - stream: fake.user.list\n    to: one\n    pass: {a: 1}\n---\n" +
		"flow: one\ninputs: {record: object, state: object}\nsteps:\n  - return: ${ inputs.state.b }\n"
	const other = "flow: other\nsteps:\n  - stream: fake.user.list\n    to: one\n    pass: {b: 1}\n"
	for name, row := range map[string]struct {
		text string
		says bool
	}{
		"another helper":  {strings.Replace(other, "to: one", "to: sweep", 1), true},
		"all fields":      {other, false},
		"a tab":           {strings.Replace(other, "    to", "\tto", 1), false},
		"another syntax":  {strings.Replace(other, "{b: 1}", "{b: 1", 1), false},
		"a mapping":       {strings.Replace(other, "- stream", "a: {}\n  b:\n    stream", 1), false},
		"steps misspelt":  {strings.Replace(other, "steps", "stps", 1), false},
		"a verb misspelt": {strings.Replace(other, "stream", "strem", 1), false},
		"to misspelt":     {strings.Replace(other, "to:", "too:", 1), false},
		"to is a list":    {strings.Replace(other, "to: one", "to: [one]", 1), false},
		"a trap":          {strings.Replace(other, "{b: 1}", "{c: a, b c, b: 1}", 1), false},
		"no flow":         {strings.NewReplacer("flow:", "flw:", "steps:", "steps :").Replace(other), false},
		"not UTF-8":       {other + "# \xff\n", false},
	} {
		a := &txtar.Archive{Files: []txtar.File{{Name: "a.yaml", Data: []byte(sweep)}, {Name: "b.yaml", Data: []byte(row.text)}}}
		problems := found(t, a)
		if says := strings.Contains(problems.Error(), `unknown field "b"`); says != row.says {
			t.Errorf("%s: reported: %t\n%v", name, says, problems)
		}
	}
}
