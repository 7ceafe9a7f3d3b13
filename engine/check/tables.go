package check

import (
	"slices"
	"sync"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/words"
)

// tables has the tables of a workspace, and the cards for them. It is safe for concurrent use.
type tables struct {
	names    []string
	declared map[string]flow.Table
	cards    sync.Map // "card table" → *tabled: schemas are compiled once for each
}

func newTables(w *flow.Workspace) *tables {
	all := &tables{declared: map[string]flow.Table{}}
	for _, t := range w.Tables {
		all.names = append(all.names, t.Name.Text)
		all.declared[t.Name.Text] = t
	}
	slices.Sort(all.names)
	return all
}

// Table returns a declared table as its cards know it. Its Key is empty if the declaration has a problem.
func Table(t flow.Table) card.Table {
	made := card.Table{Name: t.Name.Text, About: text(t.About), Key: text(t.Key)}
	for _, c := range t.Columns {
		made.Columns = append(made.Columns, card.Column{Name: c.Name.Text, About: text(c.About), Type: card.ColumnType(c.Type.Text)})
	}
	return made
}

// tabled is a card for one table.
type tabled struct {
	card     card.Card
	columns  []string
	row      expr.Type
	problems flow.Problems // of the names of its columns
}

// ofTable returns a card for the table that its inputs name. It returns other cards unchanged, and a card whose table is not known.
func (b *builder) ofTable(with *flow.Node, c card.Card) card.Card {
	b.table = nil
	input := c.TableInput()
	n := with.Field(input)
	if input == "" || n == nil || !n.IsText() { // a missing one is reported with the other inputs
		return c
	}
	declared, ok := b.tables.declared[n.Text]
	switch {
	case holdsExpression(n):
		b.problem(n, flow.CodeWrongType, "a flow that works on several tables has a step for each", "input %q of %s must be the name of a table, not an expression", input, c.Name)
		return c
	case !ok:
		hint := words.Hint("tables", n.Text, b.tables.names)
		if len(b.tables.names) == 0 {
			hint = "declare it under `tables` in " + flow.WorkspaceFile + ": flowdeck explain " + CodeUnknownTable
		}
		b.problem(n, CodeUnknownTable, hint, "unknown table %q", n.Text)
		return c
	}
	key := c.Name + " " + n.Text
	known, ok := b.tables.cards.Load(key)
	if !ok {
		known, _ = b.tables.cards.LoadOrStore(key, b.tabled(declared, c))
	}
	of := known.(*tabled)
	b.problems = append(b.problems, of.problems...)
	if declared.Key == nil { // package flow reported the reason
		return c
	}
	b.table = of
	return of.card
}

func (r *report) tabled(declared flow.Table, c card.Card) *tabled {
	names := report{Checker: r.Checker}
	names.columnNames(declared)
	t := Table(declared)
	return &tabled{card: c.For(t), columns: t.Names(), row: expr.FromSchema(t.RowSchema()), problems: names.problems}
}

// columnNames reports the columns of a table whose names expressions know as something else, or could not read.
func (r *report) columnNames(t flow.Table) {
	for _, c := range t.Columns {
		read, err := expr.Compile(c.Name.Text, expr.ObjectOf(map[string]expr.Type{c.Name.Text: expr.String}, false))
		if slices.Contains(rootNames, c.Name.Text) || err != nil || read.Type().Kind() != expr.KindString {
			r.problem(c.Name, flow.CodeBadName, "another name, such as "+c.Name.Text+"_value", "a column cannot have the name %s, which a condition over the columns knows already", c.Name.Text)
		}
	}
}

// where compiles a condition on the rows of a table.
func (b *builder) where(n *flow.Node) engine.Template {
	if n.Kind != flow.Scalar || n.IsNull() {
		b.problem(n, flow.CodeWrongType, `such as where: active == true`, "`where` must be a condition over the columns of the table")
		return engine.Template{}
	}
	if b.table == nil { // its columns are not known, which is reported
		return engine.Template{}
	}
	env := b.env
	for _, name := range b.table.columns {
		column, _ := b.table.row.Field(name)
		env = env.With(name, column)
	}
	condition := b.condition(n, env)
	if condition == nil {
		return engine.Template{}
	}
	return engine.Template{Where: &engine.Where{Program: condition.Program, Columns: b.table.columns}}
}

// keyOf returns the field that identifies a record of a list card; empty if none does.
func (b *builder) keyOf(c card.Card) string {
	if b.table != nil {
		return text(b.tables.declared[c.Table].Key)
	}
	return c.Key
}
