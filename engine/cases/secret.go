package cases

import (
	"regexp"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// hide hides secrets in what is shown of the result: its failures and its calls.
func (r *Result) hide(secrets *veil.Veil) {
	for i, f := range r.Failures {
		r.Failures[i].What, r.Failures[i].Want, r.Failures[i].Got = secrets.String(f.What), secrets.String(f.Want), secrets.String(f.Got)
	}
	for i := range r.Calls {
		c := &r.Calls[i]
		c.Target, c.Step, c.In = secrets.String(c.Target), secrets.String(c.Step), secrets.Value(c.In)
		if c.Err != nil {
			hidden := *c.Err
			hidden.Message = secrets.String(hidden.Message)
			c.Err = &hidden
		}
	}
}

// SecretAt reports whether a line of the file with the case has a secret of the run, so that it must not be shown.
func (r *Result) SecretAt(line int) (found bool) {
	if r.veil == nil {
		return false
	}
	hides := func(n *flow.Node) bool { return n.Pos.Line == line && r.veil.String(n.Text) != n.Text }
	r.Case.Node.Walk(func(n *flow.Node) bool {
		found = found || n.IsText() && hides(n) || slices.ContainsFunc(n.Fields, func(f flow.Field) bool { return hides(f.Key) })
		return !found
	})
	return found
}

// open returns the part of a value that has no secret: an object without fields, or all of another value. It returns false if nothing is left.
func (r *Result) open(v card.Value) (card.Value, bool) {
	text := asJSON(v)
	if r.veil.String(text) == text {
		return v, true
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, false
	}
	left := map[string]any{}
	for name, field := range object {
		_, named := r.open(name)
		if field, ok := r.open(field); ok && named {
			left[name] = field
		}
	}
	return left, len(left) > 0
}

// pattern returns a regular expression for exactly this text, in which anything may be in place of hidden secrets.
func pattern(text string) string {
	parts := strings.Split(text, card.Hidden)
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return "^" + strings.Join(parts, ".*") + "$"
}
