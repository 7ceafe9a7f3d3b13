package flow

import (
	"slices"
	"strings"
)

// missing reports missing required keys.
func (r *reader) missing(n *Node, f *Form, verb *Verb, suggested []string) {
	at := n
	if verb != nil {
		at = n.Key(verb.Name)
	}
	check := func(keys []Key) {
		for i := range keys {
			k := &keys[i]
			if !k.Required || n.Key(k.Name) != nil || slices.Contains(suggested, k.Name) {
				continue
			}
			code := CodeMissingKey
			if k.Shape.Kind == ShapeSteps {
				code = CodeMissingSteps
			}
			r.problem(at, code, k.Name+": "+k.Doc, "%s needs the key %s", f.noun(verb), quoted(k.Name))
		}
	}
	check(f.Keys)
	if verb != nil {
		check(verb.Keys)
	}
}

// rules reports the first rule that a mapping violates. at is the node for problems of the whole mapping.
func (r *reader) rules(n, at *Node, noun string, rules []Rule, suggested []string) {
	for _, rule := range rules {
		if r.rule(n, at, noun, rule, suggested) {
			return
		}
	}
}

func (r *reader) rule(n, at *Node, noun string, rule Rule, suggested []string) (broken bool) {
	var there []*Node
	missing := ""
	for _, name := range rule.Keys {
		if k := n.Key(name); k != nil {
			there = append(there, k)
		} else if slices.Contains(suggested, name) {
			return false // present, but misspelled
		} else if missing == "" {
			missing = name
		}
	}
	slices.SortFunc(there, func(a, b *Node) int { return a.start - b.start })
	switch {
	case rule.Kind == Needs && missing != "" && n.Key(rule.Keys[0]) != nil:
		r.problem(n.Key(rule.Keys[0]), CodeMissingKey, "", "%s needs %s", quoted(rule.Keys[0]), quoted(missing))
	case (rule.Kind == ExactlyOne || rule.Kind == AtMostOne) && len(there) > 1:
		r.problem(there[1], CodeKeyClash, string(rule.Kind)+" of: "+strings.Join(rule.Keys, ", "),
			"%s has %s, which excludes %s", noun, quoted(there[0].Text), quoted(there[1].Text))
	case (rule.Kind == ExactlyOne || rule.Kind == AtLeastOne) && len(there) == 0:
		r.problem(at, CodeMissingKey, "", "%s needs %s of: %s", noun, rule.Kind, strings.Join(rule.Keys, ", "))
	default:
		return false
	}
	return true
}
