package flow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/words"
)

// shape checks the value under a key. It skips a value that already has a problem, so nothing is reported twice.
func (r *reader) shape(key, v *Node, s *Shape) bool {
	if s.Kind == ShapeOr {
		return r.shape(key, v, s.fitting(v))
	}
	if s.Kind == ShapeExpression {
		return r.expression(key, v)
	}
	if v.reported {
		return false
	}
	if !s.admits(v) {
		r.wrongType(key, v, s)
		return false
	}
	if s.Kind != ShapeWhole && s.Kind != ShapeNumber && s.Kind != ShapeDuration && len(v.Items)+len(v.Fields) < s.Min {
		r.empty(key, s)
		return false
	}
	switch s.Kind {
	case ShapeName, ShapeFlowName, ShapeIdentifier:
		return r.name(key, v, s)
	case ShapeDuration:
		if slices.Contains(s.Choices, v.Text) {
			return true
		}
		if strings.Contains(v.Text, "${") {
			if !s.Late {
				r.wrongType(key, v, s)
			}
			return s.Late
		}
		switch d, err := ParseDuration(v.Text); {
		case err != nil:
			r.problem(v, CodeWrongType, "a number and a unit (ms, s, m, h, d, w), such as 30s, 5m or 1h30m", "%s: %v", quoted(key.Text), err)
			return false
		case d == 0 && s.Min > 0:
			r.problem(v, CodeWrongType, "leave it out for no limit of your own", "%s must be more than 0s", quoted(key.Text))
			return false
		}
	case ShapeWhole, ShapeNumber:
		return r.bounds(key, v, s)
	case ShapeChoice:
		return r.choice(key, v, s)
	case ShapeForm:
		_, ok := r.read(v, s.Form)
		return ok
	case ShapeMap:
		for _, f := range v.Fields {
			if s.Keys != nil {
				r.shape(f.Key, f.Key, s.Keys)
			}
			r.shape(f.Key, f.Value, s.Of)
		}
	case ShapeList:
		for _, item := range v.Items {
			if s.Of.Kind != ShapeForm {
				r.shape(key, item, s.Of)
			} else if e, ok := r.read(item, s.Of.Form); ok {
				r.items[item] = e
			}
		}
	case ShapeSchema:
		r.keywords(v)
	}
	return true
}

// empty reports an empty list or mapping.
func (r *reader) empty(key *Node, s *Shape) {
	code, hint := CodeWrongType, ""
	switch s.Kind {
	case ShapeSteps:
		code, hint = CodeMissingSteps, "a step is a list item such as: - return: done"
	case ShapeMap:
		hint = "one line for each, such as name: value"
		if s.Of.Kind == ShapeSteps {
			hint = "a name for each branch, and its steps below"
		}
	case ShapeList:
		hint = s.itemHint()
	}
	r.problem(key, code, hint, "%s is empty", quoted(key.Text))
}

// itemHint returns the hint for a list: how its items start and, if they are mappings, their keys.
func (s *Shape) itemHint() string {
	hint := `start each item with "- "`
	if s.Kind == ShapeList && s.Of.Kind == ShapeForm {
		hint += "; its keys: " + strings.Join(s.Of.Form.names(nil), ", ")
	}
	return hint
}

// fitting returns the first alternative of a ShapeOr that admits a value; the first of all if none does.
func (s *Shape) fitting(v *Node) *Shape {
	for i := range s.Any {
		if s.Any[i].admits(v) {
			return &s.Any[i]
		}
	}
	return &s.Any[0]
}

// admits reports whether a value has the kind that a shape requires. Mappings and lists may be empty.
func (s *Shape) admits(v *Node) bool {
	switch s.Kind {
	case ShapeAny:
		return true
	case ShapeText, ShapeProse:
		return v.Kind == Scalar && !v.IsNull()
	case ShapeExpression:
		return v.Kind == Scalar
	case ShapeName, ShapeFlowName, ShapeIdentifier, ShapeChoice, ShapeDuration:
		return v.IsText()
	case ShapeWhole:
		_, ok := v.Value.(int)
		return ok
	case ShapeNumber:
		switch v.Value.(type) {
		case int, float64:
			return true
		}
		return false
	case ShapeBoolean:
		_, ok := v.Value.(bool)
		return ok
	case ShapeSchema:
		return v.Kind == Mapping || v.IsText()
	case ShapeForm:
		return v.Kind == Mapping
	case ShapeMap:
		return v.Kind == Mapping || v.IsNull()
	case ShapeList, ShapeSteps:
		return v.Kind == List || v.IsNull()
	}
	return false
}

func (s *Shape) String() string {
	switch s.Kind {
	case ShapeText, ShapeProse:
		return "a string"
	case ShapeName:
		return "a name"
	case ShapeFlowName:
		return "the name of a " + cmp.Or(s.Noun, "flow")
	case ShapeIdentifier:
		return "a name of letters, digits and _"
	case ShapeExpression:
		return "an expression"
	case ShapeDuration:
		return strings.Join(append([]string{"a duration such as 30s, 5m or 2h"}, s.Choices...), ", or ")
	case ShapeWhole:
		return "an integer"
	case ShapeNumber:
		return "a number"
	case ShapeBoolean:
		return "a boolean"
	case ShapeChoice:
		return "one of: " + strings.Join(s.Choices, ", ")
	case ShapeSchema:
		return "a JSON Schema or the name of a type"
	case ShapeForm, ShapeMap:
		return "a mapping"
	case ShapeList:
		return "a list"
	case ShapeSteps:
		return "a list of steps"
	case ShapeOr:
		return s.Any[0].String()
	}
	return "any value"
}

// describe describes a value for a message.
func describe(n *Node) string {
	switch {
	case n.Kind == List:
		return "a list"
	case n.Kind == Mapping:
		return "a mapping"
	case n.IsNull():
		return "empty"
	case n.IsText():
		return "the string " + quoted(n.Text)
	}
	if _, ok := n.Value.(bool); ok {
		return n.Text
	}
	return "the number " + n.Text
}

func (r *reader) wrongType(key, v *Node, s *Shape) {
	hint := ""
	switch {
	case v.IsNull():
		r.problem(key, CodeWrongType, "it must be "+s.String(), "%s has no value", quoted(key.Text))
		return
	case v.IsText() && strings.Contains(v.Text, "${") && s.Kind != ShapeMap:
		hint = "an expression is not allowed here; write the value itself"
	case v.Kind == Scalar && (s.Kind == ShapeName || s.Kind == ShapeIdentifier):
		hint = "if it is a string, write it in quotes: " + quoted(v.Text)
	case s.Kind == ShapeDuration && v.Kind == Scalar:
		hint = "add the unit, such as " + v.Text + "s"
	case s.Kind == ShapeMap && s.Of.Kind == ShapeSteps:
		hint = "a name for each branch, and its steps below"
	case s.Kind == ShapeMap:
		hint = "one line for each, such as name: value"
	case s.Kind == ShapeForm:
		hint = "its keys: " + strings.Join(s.Form.names(nil), ", ")
	case s.Kind == ShapeSteps || s.Kind == ShapeList:
		hint = s.itemHint()
	}
	r.problem(v, CodeWrongType, hint, "%s must be %s, not %s", quoted(key.Text), s, describe(v))
}

func (r *reader) bounds(key, v *Node, s *Shape) bool {
	f, ok := v.Value.(float64)
	if i, is := v.Value.(int); is {
		f, ok = float64(i), true
	}
	switch {
	case !ok:
		return false
	case f < float64(s.Min):
		r.problem(v, CodeWrongType, "", "%s must be at least %d, not %s", quoted(key.Text), s.Min, v.Text)
		return false
	case s.Max > 0 && f > float64(s.Max):
		r.problem(v, CodeWrongType, "", "%s must be at most %d, not %s", quoted(key.Text), s.Max, v.Text)
		return false
	}
	return true
}

func (r *reader) choice(key, v *Node, s *Shape) bool {
	for _, c := range s.Choices {
		if c == v.Text {
			return true
		}
	}
	hint := ""
	if near, ok := words.Nearest(v.Text, s.Choices); ok {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	r.problem(v, CodeWrongType, hint, "%s must be %s; not %s", quoted(key.Text), s, describe(v))
	return false
}

// expression checks a bare expression: a text of one or more lines that YAML reads unchanged.
func (r *reader) expression(key, v *Node) bool {
	tag, tagged := v.tag()
	switch {
	case tagged:
		r.trap(v, tag, "YAML reads the start of this expression as a tag and drops it")
		return false
	case v.reported:
		return false
	case v.Kind != Scalar && v.flowStyle():
		r.trap(v, v.Pos, "YAML reads this expression as a "+v.Kind.String())
		return false
	case v.Kind != Scalar:
		r.problem(v, CodeWrongType, "", "%s must be an expression, not %s", quoted(key.Text), describe(v))
		return false
	case v.IsNull() && v.Text == "", strings.TrimSpace(v.Text) == "":
		r.problem(key, CodeWrongType, "it must be an expression", "%s has no value", quoted(key.Text))
		return false
	}
	if hash, ok := v.commentAfter(); ok && unfinished(v.Text) {
		r.problems.put(v.cutTrap(hash))
		return false
	}
	return true
}

func (r *reader) trap(v *Node, at Pos, message string) {
	p := Problem{Pos: at, Width: 1, Code: CodeTrap, Message: message, Hint: "write it in quotes"}
	if v.src != nil {
		text := v.src.excerpt(v.src.offset(at))
		if v.Kind != Scalar { // the text after it may belong to the brackets around it
			if end, _ := (&scan{src: v.src, end: len(v.src.text)}).bracketsEnd(v.start, 0); end > 0 {
				text = v.src.text[v.start:min(end, v.start+1000)]
			}
		}
		p.Hint += ": " + yamlQuoted(clip(withoutComment(strings.TrimSpace(string(text)), true)))
	}
	r.problems.put(p)
}
