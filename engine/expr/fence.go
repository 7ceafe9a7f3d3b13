package expr

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/parser/lexer"
)

// The budgets. An expression that exceeds one is an error. Longer work belongs in an `each`, which keeps a result for
// every record and can be canceled and resumed.
const (
	maxSource = 64 << 10 // bytes; expr-lang's parser is recursive, and a stack overflow cannot be recovered
	maxDepth  = 200      // nested brackets: they make no nodes, so the node limit of expr-lang does not count them
	maxNodes  = 10_000
	maxVisits = 100_000     // visits of nodes by the checker, which visits some nodes repeatedly
	maxType   = 5_000       // types in a type; of a larger type only the kind is known
	maxMemory = 1_000_000   // elements of the lists and objects that closures and literals make
	maxRounds = 100_000     // evaluations of closures, including nested ones
	maxWork   = 200_000_000 // elements and bytes that functions and operators read
	maxMade   = 64 << 20    // bytes that functions and operators make
	maxParts  = 4_000_000   // elements of a result; a part that occurs twice counts twice, here and below
	maxText   = 320 << 20   // bytes of a result as indented JSON, without numbers: more than the list of a step may have, or a variable in a repeat
	maxNested = 1_000       // nesting depth of a result: JSON is not read deeper than 10,000

	elementSize = 16 // size of a list element in bytes
)

const budgetHint = "work of this size belongs in an each step"

// fenced returns the configuration of expr-lang's parser for one compilation: without built-in functions and without an
// environment.
func fenced() *conf.Config { return &conf.Config{Disabled: disabled, MaxNodes: maxNodes} }

var disabled = func() map[string]bool {
	names := make(map[string]bool, len(builtin.Names))
	for _, name := range builtin.Names {
		names[name] = true
	}
	return names
}()

// parse parses the source.
func parse(src source) (ast.Node, *Error) {
	if err := sane(src.text); err != nil {
		return nil, err
	}
	tree, err := parser.ParseWithConfig(src.code, fenced())
	if err != nil {
		return nil, syntaxError(src, err)
	}
	if err := inDecimalDigits(src); err != nil {
		return nil, err
	}
	return tree.Node, nil
}

// sane rejects input that the parser cannot handle safely.
func sane(text string) *Error {
	if strings.TrimSpace(text) == "" {
		return &Error{Width: len(text), Message: "the expression is empty"}
	}
	if len(text) > maxSource {
		return &Error{Width: len(text), Message: fmt.Sprintf("the expression is too long: %d bytes, at most %d", len(text), maxSource)}
	}
	s := scanner{text: text}
	depth := 0
	for !s.done() {
		start := s.pos
		switch c := s.next(); {
		case c == '$' && s.peek() == '{':
			return &Error{
				Offset: start, Width: 2, Message: "${ inside an expression",
				Hint: already(text),
			}
		case c == '{' && s.peek() == '{':
			return &Error{Offset: start, Width: 2, Message: `unexpected "{{"`, Hint: already(text)}
		case (c == '"' || c == '\'') && strings.Contains(text[start:s.pos], "\r"): // the parser makes it "\n" (expr-lang v1.17.8, parser/lexer/utils.go)
			return &Error{
				Offset: start + strings.Index(text[start:], "\r"), Width: 1, Message: "a carriage return would become a line break in this string",
				Hint: `write it as \r; in a YAML string in double quotes that is \\r`,
			}
		case c == '(' || c == '[' || c == '{':
			if depth++; depth > maxDepth {
				return &Error{Offset: start, Width: 1, Message: fmt.Sprintf("brackets are nested more than %d deep", maxDepth)}
			}
		case c == ')' || c == ']' || c == '}':
			depth--
		}
	}
	return nil
}

// already returns the hint for an expression with braces around it or a part of it: those of a text, or those of other tools.
func already(text string) string {
	hint := "this is an expression already: write it without ${ }"
	plain, jinja, github := strings.TrimSpace(text), false, false
	plain = bracesOf.ReplaceAllStringFunc(plain, func(part string) string {
		jinja, github = jinja || part[0] == '{', github || part[0] == '$' && part[1:3] == "{{"
		return strings.TrimSpace(strings.Trim(part, "${}-"))
	})
	switch {
	case github:
		hint = "${{ }} is GitHub Actions' syntax; this is an expression already"
	case jinja:
		hint = "{{ }} is Jinja's syntax; this is an expression already"
	}
	if _, err := parser.ParseWithConfig(plain, fenced()); (github || jinja) && sane(plain) == nil && err == nil {
		return hint + ": write " + plain
	}
	return hint
}

// bracesOf matches the expressions in braces of other tools, and those of a text.
var bracesOf = regexp.MustCompile(`\$?\{\{[^{}]*\}\}|\$\{[^{}]*\}`)

// syntaxError rewrites an error of expr-lang's parser.
func syntaxError(src source, err error) *Error {
	wrong := (*file.Error)(nil)
	if !errors.As(err, &wrong) {
		return &Error{Width: len(src.text), Message: "cannot parse this expression: " + err.Error()}
	}
	at := src.span(wrong.Location)
	e := &Error{Offset: at.from, Width: at.to - at.from, Message: wrong.Message}
	switch {
	case strings.HasPrefix(wrong.Message, "unexpected token EOF"), strings.HasPrefix(wrong.Message, "unexpected end"):
		e.Offset, e.Width = len(strings.TrimRightFunc(src.text, unicode.IsSpace)), 0
		e.Message = "unexpected end of expression"
		if name, before := lastWord(src.text); byName[name] != nil && strings.HasSuffix(strings.TrimRight(before, blanks), "|") {
			e.Hint = fmt.Sprintf("a function after | has parentheses: %s()", name)
		}
	case strings.HasPrefix(wrong.Message, "unexpected token "):
		if i := strings.Index(src.text[at.from:], "=>"); at.from == at.to && i >= 0 { // it stands for the arrow
			at = span{at.from + i, at.from + i + len("=>")}
			e.Offset, e.Width = at.from, len("=>")
		}
		e.Message = fmt.Sprintf("unexpected %q", src.text[at.from:at.to])
		e.Hint = misread(src, at)
	case strings.HasPrefix(wrong.Message, "unrecognized character"):
		e.Message = fmt.Sprintf("unexpected %q", src.text[at.from:at.to])
		e.Hint = misread(src, at)
	case strings.HasPrefix(wrong.Message, "bad number syntax: "):
		_, number, _ := strings.Cut(wrong.Message, ": ")
		number, _ = strconv.Unquote(number)
		e.Offset = max(strings.LastIndex(src.text[:at.to], number), 0)
		e.Width = len(number)
		e.Message = fmt.Sprintf("%q is not a number", number)
		if _, ok := parseDuration(number); ok {
			e.Hint = fmt.Sprintf("write duration(%q)", number)
		}
	case strings.HasPrefix(wrong.Message, "a map key must be"):
		e.Message = fmt.Sprintf("%q cannot be the name of a field", src.text[at.from:at.to])
		e.Hint = `a name is a word, a string in "quotes", or an expression in (parentheses)`
	case strings.Contains(wrong.Message, "cannot be mixed"):
		e.Message = "?? needs parentheses next to another operator"
		e.Hint = "write (a ?? b) == c, or a ?? (b == c)"
	case strings.Contains(wrong.Message, "literal not terminated"):
		e.Message = "unterminated string"
	case strings.Contains(wrong.Message, "invalid char escape"):
		e.Message, e.Hint = "unknown escape in a string", "\\\\ is a backslash; a string in `backquotes` has no escapes"
	case strings.Contains(wrong.Message, "exceeds maximum allowed nodes"):
		e.Message, e.Hint = "the expression is too large", budgetHint
	case strings.HasPrefix(wrong.Message, "invalid integer literal"), strings.HasPrefix(wrong.Message, "integer literal is too large"),
		strings.HasPrefix(wrong.Message, "invalid float literal"), strings.HasPrefix(wrong.Message, "float literal is too large"),
		strings.HasPrefix(wrong.Message, "invalid hex literal"), strings.HasPrefix(wrong.Message, "invalid binary literal"),
		strings.HasPrefix(wrong.Message, "invalid octal literal"):
		// The parser reports the token after the mistake.
		number := numberBefore(src, wrong.From)
		e.Offset, e.Width = number.from, number.to-number.from
		e.Message = fmt.Sprintf("the number %s is too large or malformed", src.text[number.from:number.to])
		if strings.HasSuffix(src.text[:number.to], "-9223372036854775808") {
			e.Hint = "write -9223372036854775807 - 1" // the parser reads the number without its sign
		}
	}
	return e
}

func numberBefore(src source, character int) span {
	last := span{}
	tokens, _ := lexer.Lex(file.NewSource(src.code))
	for _, token := range tokens {
		if token.Kind == lexer.Number && token.From <= character {
			last = src.span(token.Location)
		}
	}
	return last
}

// tick counts a closure evaluation, and from time to time checks whether the run was canceled.
func (ev *evaluation) tick() error {
	ev.rounds++
	if ev.rounds > maxRounds {
		return tooMuch("more than %d rounds in one expression", maxRounds)
	}
	if ev.rounds%128 == 0 {
		return ev.alive()
	}
	return nil
}

// spend counts elements and bytes that are read. It also checks whether the run was canceled.
func (ev *evaluation) spend(n int) error {
	if n < 0 || n > maxWork-ev.work {
		return tooMuch("the expression works on too much data")
	}
	before := ev.work
	ev.work += n
	if before>>16 != ev.work>>16 {
		return ev.alive()
	}
	return nil
}

// grow counts the elements of a list or object that a closure or literal makes.
func (ev *evaluation) grow(n int) error {
	if ev.elements += n; ev.elements >= maxMemory {
		return tooMuch("the expression makes more than %d elements", maxMemory)
	}
	return nil
}

// made counts the bytes of a new value.
func (ev *evaluation) made(n int) error {
	if n < 0 || n > maxMade-ev.bytes {
		return tooMuch("the expression makes more than %d MiB of data", maxMade>>20)
	}
	ev.bytes += n
	return ev.spend(n)
}

// writes counts the bytes of a part of the result as JSON: its strings, names and indentation.
func (ev *evaluation) writes(n int) error {
	if ev.text += n; ev.text > maxText {
		return tooLarge("the result has more than %d MiB of text", maxText>>20)
	}
	return nil
}

// holds counts the elements of a list or an object in the result, which is at this depth.
func (ev *evaluation) holds(n, depth int) error {
	if ev.parts += n; ev.parts > maxParts {
		return tooLarge("the result has more than %d elements", maxParts)
	}
	if err := ev.writes(2 * depth * n); err != nil {
		return err
	}
	return ev.spend(4 * n)
}

// tooLarge returns the fault of a result that exceeds a budget.
func tooLarge(format string, most int) *fault {
	return tooMuch(format+"; a part that occurs twice counts twice", most)
}

// read counts the size of the arguments of a function or operator.
func (ev *evaluation) read(args ...any) error {
	n := 0
	for _, arg := range args {
		switch arg := arg.(type) {
		case string:
			n += len(arg)
		case []any:
			n += len(arg)
		case map[string]any:
			n += len(arg)
		}
	}
	return ev.spend(n)
}

// alive returns the cause if the run was canceled.
func (ev *evaluation) alive() error {
	if ev.ctx.Err() != nil {
		return context.Cause(ev.ctx)
	}
	return nil
}
