package cases

import (
	"regexp"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
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
