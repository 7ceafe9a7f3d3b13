package expr

import (
	"regexp"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
)

// filterOperators are the operators of a filter of SCIM and of Okta, with ours.
var filterOperators = map[string]string{
	"eq": "==", "ne": "!=", "gt": ">", "ge": ">=", "lt": "<", "le": "<=", "co": "contains", "sw": "startsWith", "ew": "endsWith", "pr": "!= nil",
}

// filterWord matches an operator of a filter between blanks.
var filterWord = regexp.MustCompile(`(^|\s)(eq|ne|gt|ge|lt|le|co|sw|ew|pr)(\s|$)`)

// fromFilter returns the hint for a condition that is written as a filter, such as status eq "ACTIVE": the expression to write. It is empty
// if the text is not one.
func fromFilter(text string, env Type) string {
	if len(text) > maxFilterHint || strings.ContainsAny(text, "\r\n") {
		return ""
	}
	var b strings.Builder
	plain := 0 // the offset of the part outside of strings
	put := func(end int) {
		b.WriteString(filterWord.ReplaceAllStringFunc(text[plain:end], func(word string) string {
			operator := strings.TrimSpace(word)
			return strings.Replace(word, operator, filterOperators[operator], 1)
		}))
	}
	for s := (scanner{text: text}); !s.done(); {
		at := s.pos
		if c := s.next(); strings.IndexByte("\"'`", c) >= 0 {
			put(at)
			str := text[at:s.pos]
			if c == '\'' && !strings.ContainsAny(str, "\"\\") {
				str = strings.ReplaceAll(str, "'", `"`)
			}
			b.WriteString(str)
			plain = s.pos
		}
	}
	put(len(text))
	ours := b.String()
	if sane(ours) != nil {
		return ""
	}
	tree, err := parser.ParseWithConfig(ours, fenced())
	if err != nil {
		return ""
	}
	c := &checker{src: source{text: ours, code: ours, ascii: true}, env: env, functions: byName}
	names := unknownNames{c: c, owners: map[string]string{}}
	ast.Walk(&tree.Node, &names)
	for name, owner := range names.owners {
		ours = regexp.MustCompile(`(^|[\s(])`+regexp.QuoteMeta(name)+`\b`).ReplaceAllString(ours, "${1}"+owner+"."+name)
	}
	return "write " + ours
}

// maxFilterHint is the length of the longest condition for which a hint is written.
const maxFilterHint = 200

// unknownNames finds the names in an expression that are fields of a record or of a step.
type unknownNames struct {
	c      *checker
	owners map[string]string
}

// Visit implements [ast.Visitor].
func (u *unknownNames) Visit(n *ast.Node) {
	name, ok := (*n).(*ast.IdentifierNode)
	if !ok || u.c.env.Lists(name.Value) {
		return
	}
	if owner := u.c.owner(name.Value); owner != "" {
		u.owners[name.Value] = owner
	}
}
