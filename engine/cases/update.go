package cases

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
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
		expect = append(expect, entry{"error", object{{"kind", string(r.Report.Error.Kind)}, {"message", pattern(r.Report.Error.Message)}}})
	case r.Report.Status == engine.Skipped && r.Report.Reason != "":
		expect = append(expect, entry{"reason", pattern(r.Report.Reason)})
	case r.raw.Result != nil:
		if v, ok := r.open(r.raw.Result); ok {
			expect = append(expect, entry{"result", v})
		}
	}
	if response := r.raw.Response; response != nil {
		parts := object{{"status", response.Status}}
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
	if org := r.changedOrg(); len(org) > 0 {
		expect = append(expect, entry{"org", org})
	}
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

// changedOrg returns what the run changed in the org, as `expect.org` has it.
func (r *Result) changedOrg() (org object) {
	states := r.org[r.Case.org]
	for _, section := range slices.Sorted(maps.Keys(states[1])) {
		was, listed := named(states[0][section])
		is, named := named(states[1][section])
		if !listed || !named {
			continue
		}
		var things object
		for _, name := range slices.Sorted(maps.Keys(is)) {
			if _, ok := r.open(name); !ok {
				continue
			}
			before, _ := was[name].(map[string]any)
			after, _ := is[name].(map[string]any)
			var fields object
			for _, key := range slices.Sorted(maps.Keys(after)) {
				if asJSON(before[key]) != asJSON(after[key]) && !slices.Contains(names, key) && (before != nil || isShort(after[key])) {
					if v, ok := r.open(after[key]); ok {
						fields = append(fields, entry{key, v})
					}
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
		if len(things) > 0 {
			org = append(org, entry{section, things})
		}
	}
	return org
}

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
		key := scalar(f.key)
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
			parts = append(parts, scalar(f.key)+": "+inLine(f.value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, scalar(key)+": "+inLine(v[key]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		for _, item := range v {
			parts = append(parts, inLine(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		return scalar(v)
	}
	return asJSON(v)
}

// plain matches texts that YAML reads as texts without quotes, in brackets, too.
var plain = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.@+/-]*( [A-Za-z0-9_.@+/-]+)*$`)

// scalar returns a text in YAML.
func scalar(text string) string {
	switch strings.ToLower(text) {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		return asJSON(text)
	}
	if plain.MatchString(text) {
		return text
	}
	return asJSON(text)
}
