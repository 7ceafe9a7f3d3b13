package cases

import (
	"context"
	"net/http"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// An answer is what one call gets: a value or an error. A value may have texts with expressions on `input`, the inputs of the call.
type answer struct {
	value  *flow.Node
	texts  map[*flow.Node]*expr.Template // in value; those without expressions are as they are written
	schema *check.Answer
	err    *card.Error
}

// answer reads an answer: the value under the key answer, or the error. env has the inputs of the call.
func (p *preparation) answer(c card.Card, n *flow.Node, env expr.Type) answer {
	e := n.Field("error")
	if e == nil {
		a := answer{value: n.Field("answer"), texts: map[*flow.Node]*expr.Template{}, schema: p.suite.answerOf(c)}
		found := len(p.problems)
		a.value.Walk(func(n *flow.Node) bool {
			if !n.IsText() || !strings.Contains(n.Text, "${") {
				return true
			}
			text, err := expr.CompileText(n.Text, env)
			if err != nil {
				p.badExpression(n, err)
			}
			a.texts[n] = text
			return true
		})
		if len(p.problems) == found {
			unknown := func(t *expr.Template) (card.Value, error) { return expr.Unknown{Text: t.Source()}, nil }
			v, _ := a.filled(a.value, unknown)
			p.problems = append(p.problems, a.schema.Problems(a.value, v)...)
		}
		return a
	}
	failure := &card.Error{Kind: card.Kind(e.Field("kind").Text), Message: "the mock of " + c.Name + " fails"}
	if n := e.Field("message"); n != nil {
		failure.Message = n.Text
	}
	if n := e.Field("code"); n != nil {
		failure.Code = n.Text
	}
	if n := e.Field("status"); n != nil {
		failure.Status, _ = n.Value.(int)
	}
	if failure.Status != 0 && failure.Status != http.StatusGatewayTimeout { // the service answered that it did nothing
		failure.Writes = card.Answered
	}
	return answer{err: failure}
}

// answerOf returns what checks the answers of a card.
func (s *Suite) answerOf(c card.Card) *check.Answer {
	a, _ := once(s, &s.answers, c.Name, func() (*check.Answer, error) { return check.AnswerOf(c), nil })() // never an error
	return a
}

// eval returns the value of an answer. What is wrong with a value that expressions make is the text; empty if nothing is.
func (a answer) eval(ctx context.Context, scope expr.Scope) (v card.Value, wrong string, err error) {
	if len(a.texts) == 0 {
		return a.value.Literal(), "", nil
	}
	v, err = a.filled(a.value, func(t *expr.Template) (card.Value, error) { return t.Eval(ctx, scope) })
	if err == nil {
		v, err = expr.Compose(ctx, v)
	}
	if err != nil {
		return nil, "", err
	}
	return v, a.schema.Wrong(v), nil
}

// filled returns the value of a part of the answer with values in place of its expressions.
func (a answer) filled(n *flow.Node, value func(*expr.Template) (card.Value, error)) (card.Value, error) {
	switch n.Kind {
	case flow.Mapping:
		object := map[string]any{}
		for _, field := range n.Fields {
			v, err := a.filled(field.Value, value)
			if err != nil {
				return nil, err
			}
			object[field.Key.Text] = v
		}
		return object, nil
	case flow.List:
		list := make([]any, len(n.Items))
		for i, item := range n.Items {
			v, err := a.filled(item, value)
			if err != nil {
				return nil, err
			}
			list[i] = v
		}
		return list, nil
	}
	text := a.texts[n]
	if text == nil {
		return n.Literal(), nil
	}
	if literal, ok := text.Literal(); ok { // only with $${
		return literal, nil
	}
	return value(text)
}
