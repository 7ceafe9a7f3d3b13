package flow

import (
	"regexp"
	"slices"
	"strings"
)

// synonyms are the names that other languages have for keys, with the keys that may be meant, the most likely one first. Which of them
// is meant depends on the mapping: its form must know the key.
var synonyms = map[string][]string{
	"name": {"flow"}, "id": {"flow"}, "description": {"about", "name"}, "desc": {"about", "name"}, "summary": {"about", "name"}, "title": {"about", "name"}, "comment": {"about", "name"},
	"params": {"with", "inputs"}, "parameters": {"with", "inputs"}, "args": {"with", "inputs"}, "arguments": {"with", "inputs"},
	"inputs": {"with"}, "input": {"with", "inputs"}, "data": {"with"}, "fields": {"with"}, "vars": {"set", "inputs"}, "variables": {"set", "inputs"},
	"steps": {"do"}, "tasks": {"do", "steps"}, "actions": {"do", "steps"}, "body": {"do", "steps"}, "then": {"do"}, "do": {"then", "steps"}, "jobs": {"steps"},
	"when": {"if"}, "condition": {"if", "when"}, "unless": {"if"}, "case": {"when"}, "while": {"repeat"}, "loop": {"each", "repeat"}, "for": {"each"},
	"foreach": {"stream", "each"}, "for_each": {"stream", "each"}, "forEach": {"stream", "each"}, "items": {"each"}, "list": {"stream"},
	"default": {"else"}, "otherwise": {"else"}, "elif": {"else"}, "elsif": {"else"}, "elseif": {"else"}, "else_if": {"else"},
	"action": {"card"}, "uses": {"card"}, "use": {"card"}, "task": {"card"}, "operation": {"card"}, "api": {"card"}, "function": {"card"},
	"run": {"call"}, "workflow": {"call", "flow"}, "subflow": {"call"}, "invoke": {"call"}, "spawn": {"start"}, "async": {"start"}, "background": {"start"},
	"assign": {"set"}, "let": {"set"}, "var": {"set"}, "output": {"return", "returns"}, "outputs": {"return", "returns"}, "result": {"return", "returns"},
	"skip": {"stop"}, "exit": {"stop"}, "end": {"stop"}, "break": {"stop"}, "continue": {"stop"}, "throw": {"fail"}, "raise": {"fail"}, "error": {"fail"},
	"sleep": {"wait", "delay"}, "pause": {"wait"}, "delay": {"wait"}, "branches": {"parallel"}, "rescue": {"catch"}, "except": {"catch"}, "ensure": {"finally"},
	"on_failure": {"on_error"}, "continue_on_error": {"on_error"}, "ignore_errors": {"on_error"}, "retries": {"retry", "attempts"}, "max_attempts": {"attempts"},
	"parallelism": {"concurrency"}, "workers": {"concurrency"}, "batch": {"concurrency"}, "limit": {"max"}, "key_by": {"key"}, "on": {"triggers"},
	"trigger": {"triggers"}, "schedule": {"triggers"}, "cron": {"schedule", "triggers"}, "tz": {"timezone"}, "time_zone": {"timezone"}, "state": {"pass"}, "with": {"give"},
}

// renames are the synonyms that can only mean one key, where the form has it.
var renames = map[string]string{
	"foreach": "each", "for_each": "each", "forEach": "each", "tz": "timezone", "time_zone": "timezone",
	"params": "with", "parameters": "with", "args": "with", "arguments": "with",
}

// cardName matches names of cards, and not of flows.
var cardName = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+){2,}$`)

// isList reports whether a value is a list, or the path of one, such as steps.users.items, and not the name of a card.
func isList(value *Node) bool {
	text := strings.TrimSpace(strings.TrimPrefix(value.Text, "${"))
	return value.Kind == List || strings.HasPrefix(text, "[") || slices.ContainsFunc([]string{"steps.", "inputs.", "vars.", "trigger.", "record."}, func(root string) bool { return strings.HasPrefix(text, root) })
}

// synonym returns the key of a form that is meant by a name of other languages, as one of names or of another verb; empty if there is
// none.
func (f *Form) synonym(name string, names []string) string {
	i := slices.IndexFunc(synonyms[name], func(meant string) bool { return slices.Contains(names, meant) })
	if i < 0 {
		i = slices.IndexFunc(synonyms[name], func(meant string) bool { return len(f.owners(meant)) > 0 })
	}
	if i < 0 {
		return ""
	}
	return synonyms[name][i]
}

// meantBy is synonym for a key with a value, which may decide between two keys.
func (f *Form) meantBy(field Field, names []string) string {
	switch meant := f.synonym(field.Key.Text, names); {
	case meant == "stream" && isList(field.Value):
		return "each"
	case meant == "call" && cardName.MatchString(field.Value.Text):
		return "card"
	default:
		return meant
	}
}
