package check

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// The reasons for keys that do not affect a plan.
const (
	ofHost    = "package host reads it when it opens the history: see its TestRunsAreKeptAsLongAsTheWorkspaceSays"
	forPeople = "'flowdeck table list' shows it"
	toServe   = "'flowdeck serve' reads it when it starts: see testdata/script/serve-temporal.txtar"
	toDial    = "package machines reads it when it connects to the server: see its TestTheServerOfAWorkspace"
)

// unread are the keys that do not affect a plan, and the reason.
var unread = map[string]string{
	"table: about": forPeople,

	"workspace: history": ofHost, "history: keep": ofHost, "history: durability": ofHost,

	"workspace: engine": toServe, "workspace: temporal": toDial, "Temporal server: address": toDial, "Temporal server: namespace": toDial, "Temporal server: api_key": toDial, "Temporal server: tls": toDial,
	"TLS connection: cert": toDial, "TLS connection: key": toDial, "TLS connection: ca": toDial, "TLS connection: server_name": toDial,
}

// unused compares the keys of a form, and of the forms nested in it, with those that a corpus uses and with unread.
func unused(root *flow.Form, used map[string][]keyUse) (problems []string) {
	for _, name := range labels(root) {
		if used[name] == nil && unread[name] == "" {
			problems = append(problems, "no flow in testdata/flow/ok has the key \""+name+"\", so nobody knows that it is read")
		}
	}
	return problems
}

// Each key of the language affects something: a plan or a problem depends on its value. So a key cannot be in the table
// and be ignored by the code. The test changes the keys in the flows of testdata/flow/ok, which must use every key. If
// the value of a key is a form, the keys inside of it are changed, separately for each use: that "retry: attempts" of a
// card has an effect does not prove anything about another key.
func TestEveryKeyOfTheTableIsRead(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it does one thing after the other")
	}
	used := corpus(t)
	for _, root := range []*flow.Form{flow.FlowForm(), flow.WorkspaceForm()} {
		for _, p := range unused(root, used) {
			t.Error(p)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(used)) {
		read := slices.ContainsFunc(used[name], keyUse.read)
		switch reason := unread[name]; {
		case read && reason != "":
			t.Errorf("%s is read: take it out of unread", name)
		case !read && reason == "":
			t.Errorf("%s is not read: no plan and no problem depends on its value", name)
		}
	}
}

func TestAKeyThatIsOnlyInTheTableIsReported(t *testing.T) {
	t.Parallel()
	form := *flow.StepForm()
	form.Verbs = slices.Clone(form.Verbs)
	card := &form.Verbs[slices.IndexFunc(form.Verbs, func(v flow.Verb) bool { return v.Name == "card" })]
	card.Keys = append(slices.Clone(card.Keys), flow.Key{Name: "mood", Shape: flow.Shape{Kind: flow.ShapeText}})
	got := unused(&form, corpus(t))
	if len(got) != 1 || !strings.Contains(got[0], `"step card: mood"`) {
		t.Errorf("got %q", got)
	}
}

// undescribed compares the keys of a form, and of the forms nested in it, with the code in a page: `key`, or key: in an
// example.
func undescribed(root *flow.Form, page string) (problems []string) {
	for _, name := range labels(root) {
		key := regexp.QuoteMeta(name[strings.LastIndex(name, " ")+1:])
		if !regexp.MustCompile("(?m)`" + key + "[`: ]|^[^#\n]*\\b" + key + ":").MatchString(page) {
			problems = append(problems, "docs/language.md does not describe \""+name+"\"")
		}
	}
	return problems
}

func TestEveryKeyOfTheTableIsInTheReference(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/language.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, root := range []*flow.Form{flow.FlowForm(), flow.WorkspaceForm()} {
		for _, p := range undescribed(root, string(page)) {
			t.Error(p)
		}
	}
	form := flow.Form{Name: "a step", Keys: []flow.Key{{Name: "mood"}}, Verbs: []flow.Verb{{Key: flow.Key{Name: "ponder"}}}}
	if got := undescribed(&form, string(page)); len(got) != 2 || !strings.Contains(got[0], "mood") || !strings.Contains(got[1], "ponder") {
		t.Errorf("a key and a verb that are only in the table: got %q", got)
	}
}
