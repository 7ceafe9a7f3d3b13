package expr

import (
	"fmt"
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/flowdeck/flowdeck/engine/words"
)

// call checks a function call.
func (c *checker) call(n *ast.CallNode) operand {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return c.postfix(n.Callee) // a method: step reports it
	}
	at := c.src.span(callee.Location())
	f := c.functions[callee.Value]
	if f == nil || f.call == nil {
		return c.unknownFunction(callee.Value, at)
	}
	args := make([]operand, len(n.Arguments))
	runs, places := make([]thunk, len(args)), make([]span, len(args))
	whole := at
	for i, a := range n.Arguments {
		args[i] = c.visit(a)
		runs[i], places[i] = args[i].run, args[i].at
		whole = whole.cover(args[i].at)
	}
	if least, most := f.arity(); len(args) < least || most >= 0 && len(args) > most {
		return c.fail(faultf("%s takes %s, not %d", f.name, counted(least, most), len(args)).withHint(f.signature()).placed(at))
	}
	for i, a := range args {
		if p := f.param(i); !a.typ.may(p.accepts()) || a.typ.kinds() == kNil && !p.typ.Nullable() {
			wrong := f.refusal(i, a.typ.String())
			if list := a.listIn(); list != "" && p.accepts()&kList != 0 {
				wrong.hint = "its list is " + list
			}
			return c.fail(wrong.placed(a.at))
		} else if !p.typ.Nullable() {
			c.rejectsNil(a, f.name)
		}
	}
	out := operand{typ: f.returns, boolean: f.returns.set == kBool, at: c.src.closed(whole), spot: c.src.name(n.Location())}
	if f.infer != nil {
		out.typ = f.infer(c, args)
	}
	out.run = invoke(f, runs, out.spot, places)
	return out
}

func counted(least, most int) string {
	noun := "arguments"
	if least == 1 && (most == 1 || most < 0) || most == 1 {
		noun = "argument"
	}
	switch {
	case most < 0:
		return fmt.Sprintf("at least %d %s", least, noun)
	case most == 0:
		return "no arguments"
	case least == most:
		return fmt.Sprintf("%d %s", least, noun)
	}
	return fmt.Sprintf("%d to %d %s", least, most, noun)
}

func (c *checker) unknownFunction(name string, at span) operand {
	if other, ok := renamed[name]; ok {
		e := unknown(at, name, fmt.Sprintf("unknown function %q", name), "functions", nil)
		e.Hint, e.Alternatives = "use "+other, []string{other}
		if word, _, found := strings.Cut(other, "("); found {
			e.Alternatives = []string{word}
		}
		return c.fail(e)
	}
	if hint := habit(name); hint != "" {
		e := unknown(at, name, fmt.Sprintf("unknown function %q", name), "functions", nil)
		e.Hint = hint
		return c.fail(e)
	}
	near := c.nearestFunctions(name)
	e := unknown(at, name, fmt.Sprintf("unknown function %q", name), "similar functions", near)
	if len(near) == 1 {
		e.Hint = fmt.Sprintf("did you mean %q?", near[0])
	}
	if _, ok := c.env.Field(name); ok && !c.env.Open() {
		e.Hint = fmt.Sprintf("%s is a value, not a function", name)
	}
	return c.fail(e)
}

// nearestFunctions returns the names that may be meant; all of them would be too many for a message.
func (c *checker) nearestFunctions(name string) []string {
	var near []string
	for f := range c.functions {
		_, misspelled := words.Nearest(name, []string{f})
		if misspelled || len(name) > 2 && (strings.Contains(f, name) || strings.Contains(name, f)) {
			near = append(near, f)
		}
	}
	return near
}
