package cases

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/store"
)

// Updated returns the text of a file in which the cases without an `expect` have one, with what they did, and the number of these cases. Everything
// else in the file stays. The error is that of a case that cannot be changed.
func Updated(file *flow.Cases, results []*Result) (text []byte, n int, err error) {
	lines := map[*flow.Case][]string{}
	for _, r := range results {
		if r.Case.File == file && r.Fillable() {
			lines[r.Case.Case] = r.expectation()
		}
	}
	if len(lines) == 0 {
		return file.Source, 0, nil
	}
	text, wrong := file.Appended(lines)
	if wrong != nil {
		return nil, 0, fmt.Errorf("%s: the test %q is written in brackets: write it in lines", wrong.Node.Pos, wrong.Name)
	}
	return text, len(lines), nil
}

// expectation returns the lines of an `expect` that the run meets.
func (r *Result) expectation() []string {
	expect := []entry{{"status", string(r.Report.Status)}}
	switch {
	case r.Report.Error != nil:
		parts := object{{"kind", string(r.Report.Error.Kind)}}
		if code := r.Report.Error.Code; code != "" {
			parts = append(parts, entry{"code", code})
		}
		expect = append(expect, entry{"error", append(parts, entry{"message", pattern(r.Report.Error.Message)})})
	case (r.Report.Status == engine.Skipped || r.Report.Status == store.Paused) && r.Report.Reason != "":
		expect = append(expect, entry{"reason", pattern(r.Report.Reason)})
	case r.raw.Result != nil:
		if v, ok := r.open(r.raw.Result); ok {
			expect = append(expect, entry{"result", v})
		}
	}
	if response := r.raw.Response; response != nil {
		parts := object{{"status", response.Status}}
		var headers object
		for _, name := range slices.Sorted(maps.Keys(response.Headers)) {
			if v, ok := r.open(response.Headers[name]); ok {
				headers = append(headers, entry{name, v})
			}
		}
		if len(headers) > 0 {
			parts = append(parts, entry{"headers", headers})
		}
		if body, ok := r.open(response.Body); ok {
			parts = append(parts, entry{"body", body})
		}
		expect = append(expect, entry{"response", parts})
	}
	if started := r.startedRuns(); len(started) > 0 {
		var flows object
		for _, name := range slices.Sorted(maps.Keys(started)) {
			flows = append(flows, entry{name, countsOf(started[name])})
		}
		expect = append(expect, entry{"started", flows})
	}
	calls, doubts := r.written()
	expect = append(expect, entry{"calls", countsOf(calls)})
	if len(doubts) > 0 {
		expect = append(expect, entry{"in_doubt", countsOf(doubts)})
	}
	if org := r.changedState(r.Case.org); len(org) > 0 {
		expect = append(expect, entry{"org", org})
	}
	expect = append(expect, r.changedElsewhere()...)
	lines := []string{"expect:"}
	return append(lines, block(expect, "  ")...)
}

// countsOf returns counts as an object.
func countsOf(counts map[string]int) object {
	all := object{}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		all = append(all, entry{name, counts[name]})
	}
	return all
}

// changedState returns what the run changed in a simulated server, as `expect.org` has it: things by their names or, if they have none, all of
// their section.
func (r *Result) changedState(connection string) (org object) {
	was, is := r.org[connection][0], r.org[connection][1]
	sections := maps.Clone(is)
	for section := range was {
		if _, there := sections[section]; !there && sections != nil {
			sections[section] = nil
		}
	}
	seed := r.Case.suite.seedOf(connection)
	for _, section := range slices.Sorted(maps.Keys(sections)) {
		if asJSON(was[section]) == asJSON(is[section]) {
			continue
		}
		before, listed := named(was[section])
		after, named := named(is[section])
		if !listed || !named {
			if v, ok := r.open(is[section]); ok {
				org = append(org, entry{section, v})
			}
			continue
		}
		if things := r.changedThings(before, after, seed.Unshown[section]); len(things) > 0 {
			org = append(org, entry{section, things})
		}
	}
	return org
}

// changedThings returns the things of a section that the run changed.
func (r *Result) changedThings(was, is map[string]any, unshown map[string]string) (things object) {
	for _, name := range slices.Sorted(maps.Keys(is)) {
		if _, ok := r.open(name); !ok {
			continue
		}
		before, _ := was[name].(map[string]any)
		after, _ := is[name].(map[string]any)
		all := maps.Clone(after)
		for key := range before {
			if _, there := all[key]; !there {
				all[key] = nil
			}
		}
		var fields object
		for _, key := range slices.Sorted(maps.Keys(all)) {
			_, hidden := unshown[key]
			if hidden || asJSON(before[key]) == asJSON(after[key]) || slices.Contains(names, key) || before == nil && !isShort(after[key]) {
				continue
			}
			if v, ok := r.open(after[key]); ok {
				fields = append(fields, entry{key, v})
			}
		}
		if len(fields) > 0 || before == nil {
			things = append(things, entry{name, fields})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(was)) {
		if _, ok := r.open(name); ok && is[name] == nil {
			things = append(things, entry{name, nil})
		}
	}
	return things
}

// changedElsewhere returns what the run changed in other targets, tables and files, as `expect` has it.
func (r *Result) changedElsewhere() (expect []entry) {
	var targets, tables, files object
	for _, name := range slices.Sorted(maps.Keys(r.org)) {
		if changed := r.changedState(name); name != r.Case.org && len(changed) > 0 {
			targets = append(targets, entry{name, changed})
		}
	}
	given := r.Case.at("tables")
	for _, name := range slices.Sorted(maps.Keys(r.rows)) {
		var before any
		if rows := given.Field(name); rows != nil {
			before = rows.Literal()
		}
		if v, ok := r.open(r.rows[name]); ok && len(r.rows[name]) <= mostRows && (before != nil || len(r.rows[name]) > 0) && asJSON(before) != asJSON(r.rows[name]) {
			tables = append(tables, entry{name, v})
		}
	}
	texts := r.Case.at("files")
	for _, name := range slices.Sorted(maps.Keys(r.files)) {
		before := texts.Field(name)
		if v, ok := r.open(r.files[name]); ok && len(r.files[name]) <= longestFile && (before == nil || before.Text != r.files[name]) {
			files = append(files, entry{name, v})
		}
	}
	for _, part := range []struct {
		key string
		all object
	}{{"targets", targets}, {"tables", tables}, {"files", files}} {
		if len(part.all) > 0 {
			expect = append(expect, entry{part.key, part.all})
		}
	}
	return expect
}

// What is too long for a file with tests.
const (
	mostRows    = 100
	longestFile = 10_000
)

// isShort reports whether a value is a scalar or a list of scalars. Of a thing that is new, only these are of interest.
func isShort(v any) bool {
	if list, ok := v.([]any); ok {
		return len(list) > 0 && !slices.ContainsFunc(list, func(item any) bool { return !isShort(item) })
	}
	_, isObject := v.(map[string]any)
	return !isObject && v != nil
}

// An object is a mapping whose keys have an order.
type object []entry

type entry struct {
	key   string
	value any
}

// block returns the lines of a mapping.
func block(fields []entry, indent string) (lines []string) {
	for _, f := range fields {
		key := flow.TextScalar(f.key)
		inner, isObject := f.value.(object)
		if m, ok := f.value.(map[string]any); ok {
			isObject = true
			for _, name := range slices.Sorted(maps.Keys(m)) {
				inner = append(inner, entry{name, m[name]})
			}
		}
		line := indent + key + ": " + inLine(f.value)
		if isObject && len(inner) > 0 && len(line) > 100 {
			lines = append(append(lines, indent+key+":"), block(inner, indent+"  ")...)
			continue
		}
		lines = append(lines, line)
	}
	return lines
}

// inLine returns a value in YAML on one line.
func inLine(v card.Value) string {
	var parts []string
	switch v := v.(type) {
	case object:
		for _, f := range v {
			parts = append(parts, flow.TextScalar(f.key)+": "+inLine(f.value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, flow.TextScalar(key)+": "+inLine(v[key]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		for _, item := range v {
			parts = append(parts, inLine(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		return flow.TextScalar(v)
	case float64: // YAML of flowdeck has no exponents
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return asJSON(v)
}
