package cases

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// compare adds the expectations that the run did not meet.
func (c *Case) compare(r *Result) {
	m := matcher{failures: &r.Failures, veil: r.veil, mentions: c.mentions}
	for _, lack := range r.lacks {
		at := c.Node.Key("mocks")
		if at == nil {
			at = c.Node.Key("flow")
		}
		r.Failures = append(r.Failures, Failure{Pos: at.Pos, Width: at.Width, What: lack})
	}
	c.compareApprovals(m, r)
	c.compareMocks(r)
	for _, fault := range r.idle {
		r.Failures = append(r.Failures, Failure{Pos: fault.Pos, Width: fault.Width, What: "no request meets this fault"})
	}
	r.amiss = len(r.Failures) > 0
	expect := c.at("expect")
	c.compareEnd(m, expect, r)
	if n := expect.Field("result"); n != nil {
		m.match("result", n, r.raw.Result)
	}
	if n := expect.Field("response"); n != nil {
		m.match("response", n, responseOf(r.raw))
	}
	c.compareStarted(m, r)
	c.compareCalls(m, r)
	if never := expect.Field("never"); never != nil {
		for _, n := range never.Items {
			if made := r.made(n.Text); made > 0 {
				r.Failures = append(r.Failures, Failure{Pos: n.Pos, Width: n.Width, What: n.Text, Want: "never called", Got: times(made)})
			}
		}
	}
	if n := expect.Field("org"); n != nil {
		m.matchState("org", n, r.org[c.org])
	}
	if targets := expect.Field("targets"); targets != nil {
		for _, field := range targets.Fields {
			m.matchState("targets."+field.Key.Text, field.Value, r.org[field.Key.Text])
		}
	}
	if unchanged := expect.Field("unchanged"); unchanged != nil {
		for _, n := range unchanged.Items {
			connection, part := c.part(n.Text)
			what := "org." + part
			if connection != c.org {
				what = "targets." + joined(connection, part)
			}
			if was := changes(r.veil, r.org[connection][0][part], r.org[connection][1][part]); was != "" {
				r.Failures = append(r.Failures, Failure{Pos: n.Pos, Width: n.Width, What: what, Want: "unchanged", Got: was})
			}
		}
	}
	if files := expect.Field("files"); files != nil {
		for _, field := range files.Fields {
			c.compareFile(m, field, r.files)
		}
	}
	if tables := expect.Field("tables"); tables != nil {
		for _, field := range tables.Fields {
			c.compareTable(m, field, r.rows[field.Key.Text])
		}
	}
}

// notApprover is the code of the error of a decision by somebody who may not decide.
const notApprover = "not_approver"

// compareMocks adds the mocks that answer no call. One without a condition may be there for other calls than those that were made, if another mock
// of its card answers.
func (c *Case) compareMocks(r *Result) {
	for _, name := range slices.Sorted(maps.Keys(c.mocks)) {
		used := false
		for i := range c.mocks[name] {
			used = used || r.answered[mocking{name, i}]
		}
		for i, one := range c.mocks[name] {
			if !r.answered[mocking{name, i}] && (one.when != nil || !used) {
				r.Failures = append(r.Failures, Failure{Pos: one.at.Pos, Width: one.at.Width, What: "no call of " + name + " gets this answer"})
			}
		}
	}
}

// counted returns counts as a value.
func counted(counts map[string]int) card.Value {
	all := map[string]any{}
	for name, n := range counts {
		all[name] = n
	}
	return all
}

// compareEnd compares how the run ended.
func (c *Case) compareEnd(m matcher, expect *flow.Node, r *Result) {
	report := r.raw
	fails, status := expect.Field("error"), expect.Field("status")
	switch {
	case status != nil && status.Text != string(report.Status):
		m.end(status, "status", status.Text, report)
	case status == nil && fails != nil && report.Status != engine.Failed:
		m.end(expect.Key("error"), "status", string(engine.Failed), report)
	case status == nil && fails == nil && expect.Field("reason") == nil && report.Status != engine.Succeeded && report.Status != engine.Skipped:
		at := c.Node.Key("flow")
		if expect != nil {
			at = c.Node.Key("expect")
		}
		m.end(at, "status", "succeeded or skipped", report)
	}
	if n := expect.Field("reason"); n != nil && status == nil && fails == nil && report.Status != engine.Skipped && report.Status != store.Paused {
		m.end(expect.Key("reason"), "status", "skipped or paused", report)
	} else if n != nil && !regexp.MustCompile(n.Text).MatchString(report.Reason) {
		r.Failures = append(r.Failures, Failure{Pos: n.Pos, Width: n.Width, What: "reason", Want: "a match of " + n.Text, Got: report.Reason})
	}
	if fails == nil || report.Error == nil {
		return
	}
	for _, field := range fails.Fields {
		got := map[string]string{
			"kind": string(report.Error.Kind), "code": report.Error.Code, "message": report.Error.Message, "step": report.Error.Step, "card": report.Error.Card,
		}[field.Key.Text]
		if field.Key.Text == "message" {
			if !regexp.MustCompile(field.Value.Text).MatchString(got) {
				r.Failures = append(r.Failures, Failure{Pos: field.Value.Pos, Width: field.Value.Width, What: "error.message", Want: "a match of " + field.Value.Text, Got: got})
			}
			continue
		}
		if got != field.Value.Text {
			m.fail(field.Value, "error."+field.Key.Text, field.Value.Text, got)
		}
	}
}

// end adds the failure of a run that ended in another way, with its error or its reason.
func (m matcher) end(at *flow.Node, what, want string, report *host.Report) {
	got := string(report.Status)
	switch {
	case report.Error != nil:
		got += ": " + report.Error.Message
		if report.Error.Place != "" {
			got += " (" + report.Error.Place + ")"
		}
	case report.Reason != "":
		got += ": " + report.Reason
	case len(report.Errors) > 0:
		got += ": " + report.Errors[0].Message
	}
	*m.failures = append(*m.failures, Failure{Pos: at.Pos, Width: at.Width, What: what, Want: want, Got: got})
}

// responseOf returns the answer of a run to its request as a value; nil if it gave none.
func responseOf(report *host.Report) card.Value {
	if report.Response == nil {
		return nil
	}
	headers := map[string]any{}
	for name, value := range report.Response.Headers {
		headers[name] = value
	}
	return map[string]any{"status": report.Response.Status, "headers": headers, "body": report.Response.Body}
}

// made counts the calls of a card, whatever they did.
func (r *Result) made(name string) (n int) {
	if c := r.Case.suite.Cards[name]; c.Effect != card.Reads {
		for _, call := range r.Calls {
			if call.Card == name {
				n++
			}
		}
		return n
	}
	return r.Seen.cards()[name]
}

// compareTable compares the rows of a table: a list of all, or a mapping by key.
func (c *Case) compareTable(m matcher, field flow.Field, rows []any) {
	path := "tables." + field.Key.Text
	if field.Value.Kind != flow.Mapping {
		m.match(path, field.Value, rows)
		return
	}
	key := c.suite.keyOf(field.Key.Text)
	for _, one := range field.Value.Fields {
		i := slices.IndexFunc(rows, func(row any) bool { return fmt.Sprint(row.(map[string]any)[key]) == one.Key.Text })
		switch {
		case i >= 0:
			m.match(joined(path, one.Key.Text), one.Value, rows[i])
		case !one.Value.IsNull():
			m.fail(one.Key, joined(path, one.Key.Text), one.Value.Literal(), nil)
		default:
			m.absent(one.Key, joined(path, one.Key.Text), nil)
		}
	}
}

// compareFile compares the text of a file; null means that it is not there.
func (c *Case) compareFile(m matcher, field flow.Field, files map[string]string) {
	name := field.Key.Text
	path := joined("files", name)
	text, there := files[name]
	switch {
	case there && (field.Value.IsNull() || text != field.Value.Text):
		m.fail(field.Value, path, field.Value.Literal(), text)
	case there:
	case field.Value.IsNull():
		m.absent(field.Key, path, nil)
	default:
		m.fail(field.Key, path, field.Value.Text, nil)
	}
}

// times says how often something happened.
func times(n int) string {
	if n == 1 {
		return "called once"
	}
	return fmt.Sprintf("called %d times", n)
}
