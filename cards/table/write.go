package table

import (
	"context"
	"maps"
	"reflect"
	"slices"

	"github.com/flowdeck/flowdeck/engine/card"
)

type rowInput struct {
	Table string `json:"table" jsonschema:"the table, as flowdeck.yaml declares it; a literal name" table:"name"`
	Row   row    `json:"row" jsonschema:"the values by column, with the key; a column that is left out is null in a new row, and keeps its value in one that exists" table:"row"`
}

type updateInput struct {
	Table string `json:"table" jsonschema:"the table, as flowdeck.yaml declares it; a literal name" table:"name"`
	Key   any    `json:"key" jsonschema:"the key of the row, such as a login" table:"key"`
	Set   row    `json:"set" jsonschema:"the new values by column; null empties one, and a column that is left out keeps its value" table:"set"`
}

type changed struct {
	Key     any  `json:"key" jsonschema:"the key of the row"`
	Changed bool `json:"changed" jsonschema:"false if the row had these values already"`
}

type upserted struct {
	Key      any  `json:"key" jsonschema:"the key of the row"`
	Inserted bool `json:"inserted" jsonschema:"the row is new"`
	Changed  bool `json:"changed" jsonschema:"false if the row had these values already"`
}

type deleted struct {
	Row     row  `json:"row" jsonschema:"the row as it was; null if there was none" table:"row"`
	Changed bool `json:"changed" jsonschema:"false if there was no such row"`
}

var rowWrites = []card.Card{
	card.NewWrite(card.Spec{
		Name: "table.row.insert", Title: "Create Row", Also: []string{"Insert Row", "Add Row"}, Summary: "add a row to a table; a conflict if the key exists",
		Effect: card.Creates, Undo: card.Undo{Extent: card.Exact, Card: "table.row.delete"}, Target: "{table}", NoConnection: true,
		Example: "card: table.row.insert\nwith: {table: leavers, row: {login: bo@acme.example, left: \"2026-11-28\", count: 1}}",
	}, card.Write[rowInput, changed]{
		Do: func(ctx context.Context, call card.Call, in rowInput) (changed, error) {
			key, _, err := save(ctx, call, in.Table, card.Insert, in.Row)
			return changed{Key: key, Changed: err == nil}, err
		},
		Before: beforeRow,
		After: func(in rowInput, before card.State) card.Predicted {
			if !before.Missing && !before.IsZero() {
				return card.Predicted{} // a conflict
			}
			return card.Predicted{Fields: in.Row}
		},
		Back: func(in rowInput, out changed, _ card.State) any {
			return getInput{Table: in.Table, Key: out.Key}
		},
		Did: didInsert,
	}),

	card.NewWrite(card.Spec{
		Name: "table.row.upsert", Title: "Create or Update Row", Also: []string{"Upsert Row", "Save Row"}, Summary: "add a row to a table, or update the one with its key",
		Effect: card.Idempotent, Undo: card.Undo{Extent: card.Partial, Card: "table.row.upsert", Rest: "a row that it inserted stays, with nothing but its key", NeedsBefore: true},
		Target: "{table}", NoConnection: true,
		Example: "card: table.row.upsert\nwith: {table: leavers, row: {login: ada@acme.example, note: laptop returned}}",
	}, card.Write[rowInput, upserted]{
		Do: func(ctx context.Context, call card.Call, in rowInput) (upserted, error) {
			key, n, err := save(ctx, call, in.Table, card.Upsert, in.Row)
			return upserted{Key: key, Inserted: n.Inserted > 0, Changed: n.Unchanged == 0 && err == nil}, err
		},
		Before: beforeRow,
		After:  func(in rowInput, _ card.State) card.Predicted { return card.Predicted{Fields: in.Row} },
		Back: func(in rowInput, out upserted, before card.State) any {
			if before.IsZero() {
				return nil
			}
			was := make(row, len(in.Row))
			for name, v := range in.Row {
				if was[name] = before.Fields[name]; reflect.DeepEqual(v, out.Key) && before.Missing {
					was[name] = v
				}
			}
			return rowInput{Table: in.Table, Row: was}
		},
	}),

	card.NewWrite(card.Spec{
		Name: "table.row.update", Title: "Update Row", Summary: "set columns of the row with a key, which must exist",
		Effect: card.Idempotent, Undo: card.Undo{Extent: card.Exact, Card: "table.row.update", NeedsBefore: true}, Target: "{table}: {key}", NoConnection: true,
		Example: "card: table.row.update\nwith: {table: leavers, key: ada@acme.example, set: {active: false}}",
	}, card.Write[updateInput, changed]{
		Do: updateRow,
		Before: func(ctx context.Context, call card.Call, in updateInput) (card.State, error) {
			return before(ctx, call, in.Table, in.Key, slices.Collect(maps.Keys(in.Set)))
		},
		After: func(in updateInput, _ card.State) card.Predicted { return card.Predicted{Fields: in.Set} },
		Back: func(in updateInput, _ changed, before card.State) any {
			if before.Fields == nil {
				return nil
			}
			was := make(row, len(in.Set))
			for name := range in.Set {
				was[name] = before.Fields[name]
			}
			return updateInput{Table: in.Table, Key: in.Key, Set: was}
		},
	}),

	card.NewWrite(card.Spec{
		Name: "table.row.delete", Title: "Delete Row", Also: []string{"Remove Row"}, Summary: "delete the row with a key; nothing happens if there is none",
		Effect: card.Idempotent, Undo: card.Undo{Extent: card.Exact, Card: "table.row.insert"}, Target: "{table}: {key}", NoConnection: true,
		Example: "card: table.row.delete\nwith: {table: leavers, key: ada@acme.example}",
	}, card.Write[getInput, deleted]{
		Do: func(ctx context.Context, call card.Call, in getInput) (out deleted, err error) {
			err = sending(ctx, "delete from table "+in.Table, func() error {
				out.Row, err = call.Tables.Delete(ctx, in.Table, in.Key)
				return err
			})
			out.Changed = out.Row != nil
			return out, err
		},
		Before: func(ctx context.Context, call card.Call, in getInput) (card.State, error) {
			return before(ctx, call, in.Table, in.Key, nil)
		},
		After: func(getInput, card.State) card.Predicted { return card.Predicted{Gone: true} },
		Back: func(in getInput, out deleted, _ card.State) any {
			return rowInput{Table: in.Table, Row: out.Row}
		},
	}),
}

// save saves one row, and returns its key.
func save(ctx context.Context, call card.Call, table string, how card.Saving, r row) (key any, n card.Saved, err error) {
	t, err := call.Tables.Table(table)
	if err != nil {
		return nil, n, err
	}
	err = sending(ctx, "save in table "+table, func() error {
		n, err = call.Tables.Save(ctx, table, how, func(yield func(card.Row, error) bool) { yield(r, nil) })
		return err
	})
	return r[t.Key], n, err
}

func updateRow(ctx context.Context, call card.Call, in updateInput) (changed, error) {
	t, err := call.Tables.Table(in.Table)
	if err != nil {
		return changed{}, err
	}
	if _, given := in.Set[t.Key]; given {
		return changed{}, &card.Error{
			Kind: card.Invalid, Message: "column \"" + t.Key + "\" is the key of table " + in.Table + ", which stays the same", Hint: "delete the row, and insert one with the new key",
		}
	}
	r := maps.Clone(in.Set)
	if r == nil {
		r = row{}
	}
	r[t.Key] = in.Key
	_, n, err := save(ctx, call, in.Table, card.Update, r)
	return changed{Key: in.Key, Changed: n.Updated > 0}, err
}

func beforeRow(ctx context.Context, call card.Call, in rowInput) (card.State, error) {
	t, err := call.Tables.Table(in.Table)
	if err != nil {
		return card.State{}, err
	}
	return before(ctx, call, in.Table, in.Row[t.Key], slices.Collect(maps.Keys(in.Row)))
}

// before returns the columns of a row, and its key; with nil, all columns.
func before(ctx context.Context, call card.Call, table string, key any, columns []string) (card.State, error) {
	t, err := call.Tables.Table(table)
	if err != nil {
		return card.State{}, err
	}
	found, err := call.Tables.Row(ctx, table, key)
	switch {
	case err != nil:
		return card.State{}, err
	case found == nil:
		return card.State{Missing: true}, nil
	case columns == nil:
		return card.State{Fields: found}, nil
	}
	fields := row{t.Key: found[t.Key]}
	for _, name := range columns {
		fields[name] = found[name]
	}
	return card.State{Fields: fields}, nil
}

// didInsert looks for the row: if it did not exist before the call and has its values now, the call was done.
func didInsert(ctx context.Context, call card.Call, in rowInput, was card.State) (changed, bool, error) {
	t, err := call.Tables.Table(in.Table)
	if err != nil {
		return changed{}, false, err
	}
	now, err := beforeRow(ctx, call, in)
	if err != nil || now.Missing || was.Fields != nil {
		return changed{}, false, err
	}
	for name, v := range in.Row {
		if !reflect.DeepEqual(now.Fields[name], v) {
			return changed{}, false, nil
		}
	}
	if was.IsZero() {
		return changed{}, false, &card.Error{Kind: card.Failed, Message: "not known whether it was done: it is not known whether the row existed before the call"}
	}
	return changed{Key: in.Row[t.Key], Changed: true}, true, nil
}
