package tables

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
)

// match selects rows of a table: SQLite looks up what it can, by the key, and the condition decides about each row of these.
type match struct {
	table   card.Table
	program *expr.Program // nil: every row matches
	scope   expr.Scope
	sql     []string
	args    []any
}

func newMatch(t card.Table, where *card.Where) (*match, error) {
	m := &match{table: t}
	if where == nil {
		return m, nil
	}
	env := expr.ObjectOf(nil, false)
	for name := range where.Given {
		env = env.With(name, expr.Any)
	}
	row := expr.FromSchema(t.RowSchema())
	for _, c := range t.Columns {
		column, _ := row.Field(c.Name)
		env = env.With(c.Name, column)
	}
	program, err := expr.CompileBool(where.Expression, env)
	if err != nil {
		return nil, m.wrong(err, "")
	}
	m.program = program
	m.scope.Roots = map[string]any{}
	maps.Copy(m.scope.Roots, where.Given)
	if where.Now != "" {
		now, err := time.Parse(time.RFC3339Nano, where.Now)
		if err != nil {
			return nil, &card.Error{Kind: card.Internal, Message: fmt.Sprintf("the time %q of a condition is not one", where.Now), Err: err}
		}
		m.scope.Site = &site{now: now, seed: where.Expression + " " + where.Now}
	}
	for _, b := range expr.Bounds(where.Expression, env, t.Key, t.Names()) {
		m.lookUp(b)
	}
	return m, nil
}

// site is where the condition is evaluated: now() is the time of the step.
type site struct {
	now  time.Time
	seed string
	n    int
}

func (s *site) Now() time.Time { return s.now }
func (s *site) Seed() string   { return s.seed }
func (s *site) Count() int     { s.n++; return s.n - 1 }

// most is the maximum number of keys that SQLite looks up at once.
const most = 10_000

// lookUp leaves a bound of the key to SQLite, if it compares as the expression does.
func (m *match) lookUp(b expr.Bound) {
	v, err := b.Value.Eval(context.Background(), m.scope)
	if err != nil { // the condition has the same error, if it comes that far
		return
	}
	if b.Op != "in" {
		if key, ok := m.key(v); ok {
			m.bound(columnName(m.table.Key)+" "+b.Op+" ?", key)
		}
		return
	}
	list, ok := v.([]any)
	if !ok || len(list) > most {
		return
	}
	keys := make([]any, 0, len(list))
	for _, v := range list {
		if key, ok := m.key(v); ok { // no key is equal to a value of another kind
			keys = append(keys, key)
		}
	}
	m.bound(columnName(m.table.Key)+" IN ("+strings.TrimSuffix(strings.Repeat("?, ", len(keys)), ", ")+")", keys...)
}

// key returns a value that SQLite compares with keys as an expression does.
func (m *match) key(v card.Value) (any, bool) {
	c, _ := m.table.Column(m.table.Key)
	switch v := v.(type) {
	case string:
		return v, c.Type == card.ColumnString
	case int:
		return int64(v), c.Type == card.ColumnInteger
	case float64:
		return v, c.Type == card.ColumnInteger
	}
	return nil, false
}

func (m *match) bound(condition string, args ...any) {
	m.sql, m.args = append(m.sql, condition), append(m.args, args...)
}

func (m *match) where() string {
	if len(m.sql) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(m.sql, " AND ")
}

// holds reports whether the condition is true for a row.
func (m *match) holds(ctx context.Context, row card.Row) (bool, error) {
	if m.program == nil {
		return true, nil
	}
	maps.Copy(m.scope.Roots, row)
	ok, err := m.program.EvalBool(ctx, m.scope)
	if err != nil {
		return false, m.wrong(err, fmt.Sprintf(" for the row with the key %v", row[m.table.Key]))
	}
	return ok, nil
}

// wrong returns the error of a condition.
func (m *match) wrong(err error, of string) error {
	e := (*expr.Error)(nil)
	if !errors.As(err, &e) {
		return err
	}
	return &card.Error{Kind: card.Invalid, Message: "`where`" + of + ": " + e.Message, Hint: e.Hint, Err: err}
}
