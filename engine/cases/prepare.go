package cases

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/words"
)

// usualNow is the time at the start of a case that has none.
var usualNow = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// preparation is a case while it is checked.
type preparation struct {
	*Case
	problems flow.Problems
}

func (p *preparation) problem(at *flow.Node, code, hint, format string, args ...any) {
	p.problems = append(p.problems, flow.Problem{Pos: at.Pos, Width: at.Width, Code: code, Hint: hint, Message: fmt.Sprintf(format, args...)})
}

// safely is prepare, with a panic as a problem of the case.
func (p *preparation) safely() error {
	defer func() {
		if bug := recover(); bug != nil {
			p.problem(p.at("test"), flow.CodeWrongType, "", "bug in the check of the test: %v", bug)
		}
	}()
	return p.prepare()
}

func (p *preparation) prepare() error {
	w := p.suite.Workspace
	f := w.Flow(p.Flow)
	if f == nil {
		var names []string
		for _, f := range w.Named() {
			names = append(names, f.Name.Text)
		}
		p.problem(p.at("flow"), check.CodeUnknownFlow, words.Hint("flows", p.Flow, names), "there is no flow %q", p.Flow)
		return nil
	}
	chosen := p.chosen()
	if p.problems.Err() != nil {
		return nil
	}
	var err error
	if p.checked, err = p.suite.check(f, chosen); err != nil {
		return err
	}
	p.moment()
	p.servers()
	p.readMocks()
	p.approvals()
	p.given()
	p.expectations()
	return nil
}

// chosen returns the connections that the case selects.
func (p *preparation) chosen() map[string]string {
	n := p.at("connections")
	if n == nil {
		return nil
	}
	chosen := map[string]string{}
	for _, field := range n.Fields {
		service, name := field.Key.Text, field.Value.Text
		if _, ok := p.suite.Services[service]; !ok {
			hint := words.Hint("services", service, slices.Sorted(maps.Keys(p.suite.Services)))
			p.problem(field.Key, check.CodeUnknownService, hint, "there is no service %q", service)
		}
		if _, ok := p.suite.Workspace.Connection(name); !ok {
			hint := words.Hint("connections", name, p.suite.Workspace.ConnectionNames())
			p.problem(field.Value, check.CodeUnknownConnection, hint, "there is no connection %q", name)
		}
		chosen[service] = name
	}
	return chosen
}

// moment reads the time at the start: that of the schedule, unless the case has another one.
func (p *preparation) moment() {
	for _, key := range []string{"now", "scheduled_at"} {
		n := p.at(key)
		if n == nil {
			continue
		}
		t, err := time.Parse(time.RFC3339, n.Text)
		if err != nil {
			p.problem(n, flow.CodeWrongType, "such as 2026-03-08T01:59:00-05:00", "%s: %q is not a time", key, n.Text)
		} else if p.now.IsZero() {
			p.now = t
		}
	}
}

// servers reads the seeds of the connections that the flow uses.
func (p *preparation) servers() {
	given := map[string]*flow.Node{}
	if targets := p.at("targets"); targets != nil {
		for _, field := range targets.Fields {
			given[field.Key.Text] = field.Value
		}
	}
	var simulated []string
	for _, use := range p.checked.Uses() {
		seed := p.suite.Services[use.Service].Seed
		if seed == nil {
			continue
		}
		n := given[use.Name]
		if seed.Org && p.org == "" && n == nil {
			p.org, n = use.Name, p.at("org")
		} else {
			simulated = append(simulated, use.Name)
			delete(given, use.Name)
		}
		p.seeds[use.Name] = p.seed(n, seed)
	}
	if org := p.at("org"); org != nil && p.org == "" {
		p.problem(p.Node.Key("org"), check.CodeUnknownConnection, "", "flow %q uses no org", p.Flow)
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		p.problem(p.at("targets").Key(name), check.CodeUnknownConnection, words.Hint("targets", name, simulated), "flow %q does not use a target %q", p.Flow, name)
	}
	if p.now.IsZero() {
		p.now = usualNow
	}
	for name, source := range p.seeds {
		p.seeds[name] = startingAt(source, p.now)
	}
}

// seed reads a seed, which is a mapping or the name of a file; empty for nil.
func (p *preparation) seed(n *flow.Node, kind *card.Seed) []byte {
	if n == nil || n.IsNull() {
		return []byte("{}\n")
	}
	source, file := []byte(nil), n.Pos.File
	if n.Kind == flow.Mapping {
		source = n.Placed()
	} else {
		name, ok := p.inWorkspace(n.Text)
		if !ok {
			p.problem(n, flow.CodeFile, "it is relative to the file with the test", "the seed %q is not in the workspace", n.Text)
			return nil
		}
		var err error
		if source, err = p.suite.file(name, kind.MaxSize); err != nil {
			p.problem(n, flow.CodeFile, "it is relative to the file with the test", "the seed %q cannot be read: %v", n.Text, err)
			return nil
		}
		file = filepath.ToSlash(filepath.Join(p.suite.Workspace.Dir, name))
	}
	if p.now.IsZero() {
		if at := seedNow(source); at != nil {
			p.now, _ = time.Parse(time.RFC3339, at.Text)
		}
	}
	if late := n.Field("latency"); late != nil { // in a file it is for other uses of the seed
		p.problem(n.Key("latency"), flow.CodeUnknownKey, "a mock with error: {kind: timeout} is a call that takes too long", "answers take no time in a test, so that latency has no effect")
	}
	for _, m := range kind.Check(source) {
		at := flow.Problem{Pos: flow.Pos{File: file, Line: m.Line, Col: m.Column}, Code: flow.CodeWrongType, Message: m.Message, Hint: m.Hint}
		if file != p.File.Name { // its source is not shown here
			at.Message = fmt.Sprintf("the seed %s, line %d: %s", n.Text, m.Line, m.Message)
		}
		if m.Line == 0 || file != p.File.Name {
			at.Pos, at.Width = n.Pos, n.Width
		}
		p.problems = append(p.problems, at)
	}
	return source
}

// seedNow returns the time of the clock in a seed; nil if it has none.
func seedNow(source []byte) *flow.Node {
	if !bytes.Contains(source, []byte("now")) {
		return nil
	}
	root, _ := flow.ReadData("", source)
	return root.Field("now")
}

// startingAt returns a seed with the clock of the case, and without a delay of answers, which would take real time.
func startingAt(source []byte, now time.Time) []byte {
	set := map[string]string{"now": now.UTC().Format(time.RFC3339Nano), "latency": "0s"}
	var edits []flow.Edit
	for key, text := range set {
		if !bytes.Contains(source, []byte(key)) {
			continue
		}
		root, _ := flow.ReadData("", source)
		if at := root.Field(key); at != nil {
			if edit := at.Replaced(text); edit != nil {
				edits = append(edits, *edit)
			}
		}
	}
	source, _ = flow.Edited(source, edits)
	return source
}

// given computes the inputs with which the flow starts.
func (p *preparation) given() {
	inputs := map[string]engine.Value{}
	at := p.at("flow")
	if n, kind := p.occasion(); n != nil {
		at = n
		t, value, err := p.trigger(n, kind)
		if errors.As(err, new(refusal)) && p.startsNothing() {
			p.refused = true
			return
		}
		if err != nil {
			p.problem(n, flow.CodeWrongType, "", "%v", err)
			return
		}
		if t == nil {
			return
		}
		p.start.Trigger, p.start.By = value, "trigger "+t.ID()
		started, err := t.Start(context.Background(), p.Flow, value)
		if err != nil {
			p.problem(n, flow.CodeWrongType, "", "the inputs of the %s cannot be computed: %v", t.Kind, err)
			return
		}
		if t.Webhook != nil && t.Webhook.Body {
			started, _ = value["body"].(map[string]any)
		}
		maps.Copy(inputs, started)
	}
	own := p.at("inputs")
	if own != nil {
		at = own
		for _, field := range own.Fields {
			inputs[field.Key.Text] = field.Value.Literal()
		}
	}
	for _, wrong := range p.checked.Plan.InputProblems(inputs) {
		code, place := flow.CodeWrongType, at
		if _, known := p.checked.Plan.Input(wrong.Input); !known {
			code = check.CodeUnknownInput
		} else if _, given := inputs[wrong.Input]; !given {
			code = check.CodeMissingInput
		}
		if key := own.Key(wrong.Input); key != nil {
			place = key
		}
		p.problem(place, code, wrong.Hint, "input %q of flow %q: %s", wrong.Input, p.Flow, wrong.Message)
	}
	p.start.Inputs = inputs
}

// expectations checks what is expected as far as that can be known before the run.
func (p *preparation) expectations() {
	expect := p.at("expect")
	if n, _ := p.occasion(); p.startsNothing() && (n == nil || len(expect.Fields) > 1) {
		p.problem(expect.Field("starts"), flow.CodeKeyClash, "leave out the other expectations",
			"`starts: false` is all that can be expected of an event, a record, a request or a time that starts nothing")
	}
	if calls := expect.Field("calls"); calls != nil {
		for _, field := range calls.Fields {
			if c, ok := p.calls(field.Key); ok && c.Effect == card.Reads {
				const hint = "calls counts the calls that changed something; use never for a card that must not be called"
				p.problem(field.Key, flow.CodeWrongType, hint, "%s only reads", c.Name)
			}
		}
	}
	if doubts := expect.Field("in_doubt"); doubts != nil {
		for _, field := range doubts.Fields {
			p.calls(field.Key)
		}
	}
	p.startedRuns()
	if never := expect.Field("never"); never != nil {
		for _, item := range never.Items {
			p.card(item)
		}
	}
	for _, n := range []*flow.Node{expect.Field("error").Field("message"), expect.Field("reason")} {
		if n == nil {
			continue
		}
		if _, err := regexp.Compile(n.Text); err != nil {
			p.problem(n, flow.CodeWrongType, "", "%q is not a regular expression: %v", n.Text, err)
		}
	}
	if status := expect.Field("status"); status != nil && expect.Field("error") != nil && status.Text != string(engine.Failed) {
		p.problem(status, flow.CodeKeyClash, "", "a run that ends as %s has no error", status.Text)
	}
	if reason := expect.Field("reason"); reason != nil && (expect.Field("error") != nil ||
		slices.Contains([]string{"succeeded", "succeeded_with_errors", "failed"}, p.text("expect", "status"))) {
		p.problem(reason, flow.CodeKeyClash, "", "only a run that is skipped or paused has a reason")
	}
	p.sections(expect.Field("org"), p.org)
	if unchanged := expect.Field("unchanged"); unchanged != nil {
		for _, item := range unchanged.Items {
			p.unchanged(item)
		}
	}
	if targets := expect.Field("targets"); targets != nil {
		for _, field := range targets.Fields {
			if _, ok := p.seeds[field.Key.Text]; !ok || field.Key.Text == p.org {
				hint := words.Hint("connections", field.Key.Text, slices.Sorted(maps.Keys(p.seeds)))
				p.problem(field.Key, check.CodeUnknownConnection, hint, "flow %q does not use a target %q", p.Flow, field.Key.Text)
				continue
			}
			p.sections(field.Value, field.Key.Text)
		}
	}
	for _, tables := range []*flow.Node{p.at("tables"), expect.Field("tables")} {
		if tables == nil {
			continue
		}
		for _, field := range tables.Fields {
			if names := p.suite.tables(); !slices.Contains(names, field.Key.Text) {
				p.problem(field.Key, check.CodeUnknownTable, words.Hint("tables", field.Key.Text, names), "there is no table %q", field.Key.Text)
			}
		}
	}
	p.rows()
	p.files()
}

// rows checks the rows that tables have at the start.
func (p *preparation) rows() {
	given := p.at("tables")
	if given == nil {
		return
	}
	tables := p.suite.Workspace.Tables()
	defer tables.Close() // it is never opened
	for _, field := range given.Fields {
		if !slices.Contains(p.suite.tables(), field.Key.Text) {
			continue
		}
		for _, row := range field.Value.Items {
			columns, _ := row.Literal().(map[string]any)
			if err := tables.Fits(field.Key.Text, columns); err != nil {
				wrong := card.AsError(err)
				p.problem(row, flow.CodeWrongType, wrong.Hint, "%s", wrong.Message)
			}
		}
	}
}

// files checks the paths of the files that the workspace has at the start.
func (p *preparation) files() {
	given := p.at("files")
	if given == nil {
		return
	}
	isFile, isFolder := map[string]bool{}, map[string]bool{}
	for _, field := range given.Fields {
		name := field.Key.Text
		own := name == host.StateDir || strings.HasPrefix(name, host.StateDir+"/")
		long := slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool { return len(part) > 255 })
		if own || long || !fs.ValidPath(name) || name == "." || !filepath.IsLocal(filepath.FromSlash(name)) || strings.ContainsAny(name, "\\\x00") {
			p.problem(field.Key, flow.CodeFile, "such as reports/leavers.csv", "%q is not the path of a file in the workspace", name)
			continue
		}
		isFile[name] = true
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			isFolder[dir] = true
		}
	}
	for _, field := range given.Fields {
		if name := field.Key.Text; isFile[name] && isFolder[name] {
			p.problem(field.Key, flow.CodeFile, "", "%q is a file here, and the folder of another file", name)
		}
	}
}

// sections reports the keys of what is expected of a server that its seeds do not have.
func (p *preparation) sections(n *flow.Node, connection string) {
	if n == nil {
		return
	}
	for _, field := range n.Fields {
		if p.section(field.Key, connection) && field.Value.Kind == flow.Mapping {
			for _, thing := range field.Value.Fields {
				p.keysOf(thing.Value, field.Key.Text, p.suite.seedOf(connection))
			}
		}
	}
}

// keysOf reports the keys of what is expected of a thing in a section of a server that a seed does not have: they would be null whatever the flow
// does.
func (p *preparation) keysOf(thing *flow.Node, section string, seed *card.Seed) {
	if thing.Kind != flow.Mapping {
		return
	}
	for _, field := range thing.Fields {
		instead, unshown := seed.Unshown[section][field.Key.Text]
		if !unshown {
			continue
		}
		hint := ""
		if instead != "" {
			hint = fmt.Sprintf("expect something of %s, or count the calls", instead)
		}
		p.problem(field.Key, flow.CodeUnknownKey, hint, "the state of an org does not show %s of %s, so that nothing can be expected of it", field.Key.Text, section)
	}
	found := seed.Check([]byte(asJSON(map[string]any{section: []any{thing.Literal()}})))
	var visit func(n *flow.Node)
	visit = func(n *flow.Node) {
		for _, field := range n.Fields {
			i := slices.IndexFunc(found, func(m card.FileMistake) bool {
				return strings.HasPrefix(m.Message, fmt.Sprintf("unknown key %q in %s[0]", field.Key.Text, section))
			})
			if i >= 0 {
				p.problem(field.Key, flow.CodeUnknownKey, found[i].Hint, "a seed has no %q in %s", field.Key.Text, section)
				continue
			}
			visit(field.Value)
		}
		for _, item := range n.Items {
			visit(item)
		}
	}
	visit(thing)
}

// seedOf returns the kind of the seeds of a simulated connection; an empty one for "".
func (s *Suite) seedOf(connection string) *card.Seed {
	conn, ok := s.Workspace.Connection(connection)
	if !ok {
		return &card.Seed{}
	}
	return s.Services[conn.Type.Text].Seed
}

// section reports a name that is not one of a part of a seed, and returns false then.
func (p *preparation) section(n *flow.Node, connection string) bool {
	if connection == "" {
		p.problem(n, check.CodeUnknownConnection, "", "flow %q uses no org", p.Flow)
		return false
	}
	keys := p.suite.seedOf(connection).Keys
	if !slices.Contains(keys, n.Text) {
		p.problem(n, flow.CodeUnknownKey, words.Hint("keys", n.Text, keys), "a seed has no %q", n.Text)
		return false
	}
	return true
}

// card returns the card that a node names, and reports one that does not exist.
func (p *preparation) card(n *flow.Node) (card.Card, bool) {
	c, ok := p.suite.Cards[n.Text]
	if !ok {
		p.problem(n, check.CodeUnknownCard, words.Hint("cards", n.Text, slices.Sorted(maps.Keys(p.suite.Cards))), "there is no card %q", n.Text)
	}
	return c, ok
}

func (s *Suite) tables() (names []string) {
	for _, t := range s.Workspace.Workspace.Tables {
		names = append(names, t.Name.Text)
	}
	return names
}

// relative returns the path of a file in a folder.
func relative(dir, file string) string {
	name, err := filepath.Rel(filepath.FromSlash(dir), filepath.FromSlash(file))
	if err != nil {
		return file
	}
	return filepath.ToSlash(name)
}
