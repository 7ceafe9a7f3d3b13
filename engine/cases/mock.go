package cases

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// A mock is what calls of a card get whose inputs fit a condition.
type mock struct {
	at      *flow.Node
	when    *expr.Program // nil: all calls
	answers []answer      // for calls with the same inputs, one after another; the last one repeats
}

// readMocks reads the answers of cards.
func (p *preparation) readMocks() {
	mocks := p.at("mocks")
	if mocks == nil {
		return
	}
	for _, field := range mocks.Fields {
		c, ok := p.card(field.Key)
		if !ok {
			continue
		}
		env := expr.ObjectOf(map[string]expr.Type{"input": expr.FromSchema(c.In)}, false)
		for _, item := range field.Value.Items {
			m := mock{at: item}
			if when := item.Field("when"); when != nil {
				program, err := expr.CompileBool(when.Text, env)
				if err != nil {
					p.badExpression(when, err)
				}
				m.when = program
			}
			if answers := item.Field("answers"); answers != nil {
				for _, one := range answers.Items {
					m.answers = append(m.answers, p.answer(c, one, env))
				}
			} else {
				m.answers = []answer{p.answer(c, item, env)}
			}
			p.mocks[c.Name] = append(p.mocks[c.Name], m)
		}
	}
}

func (p *preparation) badExpression(n *flow.Node, err error) {
	wrong := (*expr.Error)(nil)
	if !errors.As(err, &wrong) {
		p.problem(n, check.CodeBadExpression, "", "%v", err)
		return
	}
	p.problems = append(p.problems, flow.Problem{Pos: n.At(wrong.Offset), Width: wrong.Width, Code: check.CodeBadExpression, Message: wrong.Message, Hint: wrong.Hint})
}

// mocking is a mock: the card, and its number among those of the card.
type mocking struct {
	card string
	n    int
}

// mocked answers the calls of a run. It is safe for concurrent use.
type mocked struct {
	now func() time.Time

	mu       sync.Mutex
	answered map[mocking]bool // the mocks that a call got an answer of
	refused  []string         // decisions of people who may not decide
	turns    map[string]int   // how often a mock has answered calls with the same inputs
	lacks    []string         // calls that nothing answers, and conditions that fail
}

// answer returns what a call gets from the first mock that fits it; false if none does. The answer depends on the inputs of the call and on how
// many calls with the same inputs came before, not on the order of the records of a loop.
func (m *mocked) answer(ctx context.Context, c card.Card, mocks []mock, in card.Value) (card.Value, bool, error) {
	scope := expr.Scope{Roots: map[string]any{"input": in}, Site: site{m.now()}}
	for i, one := range mocks {
		if one.when != nil {
			fits, err := one.when.EvalBool(ctx, scope)
			if err != nil {
				m.answers(mocking{c.Name, i})
				return nil, true, m.wrong(fmt.Sprintf("`when` of a mock of %s: %v", c.Name, err))
			}
			if !fits {
				continue
			}
		}
		m.answers(mocking{c.Name, i})
		a := one.answers[min(m.turn(fmt.Sprintf("%s %d %s", c.Name, i, asJSON(in))), len(one.answers)-1)]
		if a.err != nil {
			failure := *a.err
			return nil, true, &failure
		}
		v, wrong, err := a.eval(ctx, scope)
		switch {
		case err != nil:
			return nil, true, m.wrong(fmt.Sprintf("an answer of a mock of %s: %v", c.Name, err))
		case wrong != "":
			return nil, true, m.wrong(fmt.Sprintf("a mock of %s: %s", c.Name, wrong))
		}
		return v, true, nil
	}
	return nil, false, nil
}

// turn counts the calls with the same inputs, from 0.
func (m *mocked) turn(key string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.turns[key]
	m.turns[key]++
	return n
}

// wrong notes what is wrong with a mock, and returns the error of the call. The case fails, whatever the flow does with the error.
func (m *mocked) wrong(what string) error {
	m.lack(what)
	return &card.Error{Kind: card.Invalid, Code: "no_mock", Writes: card.Answered, Message: what}
}

// unanswered is the error of a call that nothing answers. The case fails, whatever the flow does with the error.
func (m *mocked) unanswered(c card.Card, in card.Value) error {
	shown := asJSON(card.Shown(c.In, in))
	what := fmt.Sprintf("%s was called with %s", c.Name, shown)
	m.lack(what + ", and nothing answers it: add an answer to `mocks`")
	return &card.Error{
		Kind: card.Invalid, Code: "no_mock", Writes: card.Answered, Message: what + ", and nothing answers it",
		Hint: fmt.Sprintf("add an answer to `mocks` of the test: %s: [{answer: …}]", c.Name),
	}
}

// refuse notes that somebody decided who may not.
func (m *mocked) refuse(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refused = append(m.refused, err.Error())
}

// replace notes that a run would stop others.
func (m *mocked) replace(why string) {
	m.lack(why + ": a test does not show which steps a run has made when a later one replaces it")
}

// answers notes that a call got what a mock says, or that it cannot say.
func (m *mocked) answers(one mocking) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answered[one] = true
}

// lack notes what is wrong once.
func (m *mocked) lack(what string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !slices.Contains(m.lacks, what) {
		m.lacks = append(m.lacks, what)
	}
}

// site is the place of conditions: it has a time.
type site struct{ now time.Time }

func (s site) Now() time.Time { return s.now }
func (s site) Seed() string   { return "" }
func (s site) Count() int     { return 0 }

// asJSON returns a value as one line of JSON with sorted keys.
func asJSON(v card.Value) string {
	text, err := card.EncodeJSON(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}
