package expr

import (
	"fmt"
	"slices"
	"strings"
)

// Function describes a function of the language. The documentation is generated from it, and a test runs every example.
type Function struct {
	Theme     string // time, text, list, object, number, format or random
	Name      string
	Signature string // quote(text: string) string
	Summary   string // one or two sentences
	Example   string // an expression
	Result    string // its value, as JSON
}

// Functions returns all functions of the language, by theme.
func Functions() []Function {
	all := make([]Function, len(functions))
	for i := range functions {
		f := &functions[i]
		all[i] = Function{f.theme, f.name, f.signature(), f.summary, f.example, f.result}
	}
	return all
}

// definition defines a function: its name, its parameters, its result, its implementation and its documentation.
type definition struct {
	theme, name              string
	params                   []param
	returns                  Type
	infer                    func(c *checker, args []operand) Type // returns a more exact type than returns; may report errors
	call                     func(ev *evaluation, args []any) (any, error)
	walk                     func(w *walk) operand    // checks a function with a closure; replaces params, infer and call
	hint                     func(kind string) string // returns a hint for an argument of a wrong kind; may be nil
	summary, example, result string
	written                  string // the signature, if it cannot be derived from params
	light                    bool   // the cost does not depend on the size of the arguments
	shallow                  bool   // does not look into the elements of the arguments
}

// param is a parameter. The function is only called with values that its parameters accept.
type param struct {
	name     string
	typ      Type
	optional bool
	repeated bool // any number of arguments, including none
}

func one(name string, typ Type) param      { return param{name: name, typ: typ} }
func optional(name string, typ Type) param { return param{name: name, typ: typ, optional: true} }
func repeated(name string, typ Type) param { return param{name: name, typ: typ, repeated: true} }

// functions are all functions of the language, in the order of the documentation.
var functions = slices.Concat(timeFunctions, calendarFunctions, textFunctions, patternFunctions, listFunctions, closures, objectFunctions, shapeFunctions, numberFunctions, formatFunctions, randomFunctions)

var byName = func() map[string]*definition {
	names := make(map[string]*definition, len(functions))
	for i := range functions {
		names[functions[i].name] = &functions[i]
	}
	return names
}()

// renamed are functions of expr-lang that have a different name in flowdeck.
var renamed = map[string]string{
	"toJSON": "json(value)", "fromJSON": "unjson(string)", "toBase64": "base64(string)", "fromBase64": "unbase64(string)",
	"groupBy": `group_by(list, "path")`, "get": `path(value, "path")`, "hasPrefix": "startsWith, as in string startsWith part",
	"hasSuffix": "endsWith, as in string endsWith part", "timezone": `format_date(time, layout, "Europe/Berlin")`,
	"sort_by": "sortBy(list, closure)", "size": "len(value)", "length": "len(value)", "str": "string(value)",
	"to_json": "json(value)", "from_json": "unjson(string)", "number": "float(string)", "splitAfter": "split(string, separator)",
}

// arity returns the minimum and maximum number of arguments; a maximum of -1 means no limit.
func (f *definition) arity() (least, most int) {
	for _, p := range f.params {
		switch {
		case p.repeated:
			return least, -1
		case !p.optional:
			least++
		}
		most++
	}
	return least, most
}

// param returns the parameter of the nth argument.
func (f *definition) param(n int) param { return f.params[min(n, len(f.params)-1)] }

// accepts returns the kinds that a parameter accepts. A decimal without a fraction is also an integer.
func (p param) accepts() kinds {
	set := p.typ.kinds()
	if set&kInt != 0 {
		set |= kFloat
	}
	return set
}

func (f *definition) signature() string {
	if f.written != "" {
		return f.written
	}
	var b strings.Builder
	b.WriteString(f.name + "(")
	for i, p := range f.params {
		if i > 0 {
			b.WriteString(", ")
		}
		switch {
		case p.repeated:
			fmt.Fprintf(&b, "%s…: %s", p.name, p.typ)
		case p.optional:
			fmt.Fprintf(&b, "%s?: %s", p.name, p.typ)
		default:
			fmt.Fprintf(&b, "%s: %s", p.name, p.typ)
		}
	}
	return b.String() + ") " + f.returns.String()
}

// run checks the arguments and calls the function. The function never gets an Unknown. Only a shallow function gets an
// argument that contains one.
func (f *definition) run(ev *evaluation, args []any) (any, error) {
	for i, arg := range args {
		p := f.param(i)
		kind := kindOf(arg)
		if kind == 0 {
			if u, ok := arg.(Unknown); ok {
				return u, nil
			}
			if p.typ.isAny() {
				continue
			}
		}
		if kind == kFloat && p.typ.kinds()&kNumber == kInt {
			n, ok := whole(arg)
			if !ok {
				return nil, f.refusal(i, "decimal").withHint("int(x) cuts off the fraction").at(i)
			}
			args[i], kind = n, kInt
		}
		if kind&p.accepts() == 0 {
			return nil, f.refusal(i, kindWord(arg)).at(i)
		}
	}
	if !f.light {
		if err := ev.read(args...); err != nil {
			return nil, err
		}
	}
	if !f.shallow {
		if u, some, err := ev.unknownIn(args...); some || err != nil {
			return u, err
		}
	}
	return f.call(ev, args)
}

// refusal returns the fault of the nth argument, whose kind its parameter does not accept.
func (f *definition) refusal(n int, kind string) *fault {
	p := f.param(n)
	subject := fmt.Sprintf("argument %d of %s", n+1, f.name)
	if len(f.params) == 1 && !p.repeated {
		subject = "the argument of " + f.name
	}
	fault := mustBe(subject, p.typ.String(), kind)
	switch {
	case kind == "nil" && p.typ.may(kList):
		fault.hint = "give a list for that case: x ?? []"
	case kind == "nil":
		fault.hint = "give a value for that case, as in x ?? y, or check x == nil first"
	case (kind == "time" || kind == "duration") && p.typ.may(kString):
		fault.hint = "string(x) is its text"
	case f.hint != nil:
		fault.hint = f.hint(kind)
	}
	return fault
}
