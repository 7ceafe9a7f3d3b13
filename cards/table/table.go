// Package table has the cards for the tables of the workspace. They need no connection.
//
// It must not know how rows are kept, which is up to card.Tables, or formats of files, which package file knows.
package table

import (
	"context"
	"fmt"
	"slices"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Cards returns every card of this package.
func Cards() []card.Card { return slices.Concat(reads, rowWrites, tableWrites) }

// row is a row of any table. For a flow the checker knows its columns: see card.Card.For.
type row = map[string]any

// PageRows is the number of rows of a page.
const PageRows = 1000

type getInput struct {
	Table string `json:"table" jsonschema:"the table, as flowdeck.yaml declares it; a literal name" table:"name"`
	Key   any    `json:"key" jsonschema:"the key of the row, such as a login" table:"key"`
}

type findInput struct {
	Table string      `json:"table" jsonschema:"the table, as flowdeck.yaml declares it; a literal name" table:"name"`
	Where *card.Where `json:"where" jsonschema:"a condition over the columns, written without ${ }, such as: active == true" table:"where"`
}

type listInput struct {
	Table string      `json:"table" jsonschema:"the table, as flowdeck.yaml declares it; a literal name" table:"name"`
	Where *card.Where `json:"where,omitempty" jsonschema:"only rows for which this is true: a condition over the columns, written without ${ }, such as: active == true" table:"where"`
}

var reads = []card.Card{
	card.NewRead(card.Spec{
		Name: "table.row.get", Title: "Read Row", Also: []string{"Get Row"}, Summary: "read the row with a key",
		Effect: card.Reads, NoConnection: true,
		Example: "card: table.row.get\nwith: {table: leavers, key: ada@acme.example}",
	}, getRow),

	card.NewRead(card.Spec{
		Name: "table.row.find", Title: "Search Row", Also: []string{"Find Row"}, Summary: "find the first row, by the order of the keys, for which a condition is true; nil if there is none",
		Effect: card.Reads, NoConnection: true,
		Example: "card: table.row.find\nwith: {table: leavers, where: active == true}",
	}, findRow),

	card.NewList(card.Spec{
		Name: "table.row.list", Title: "List Rows", Also: []string{"Read Table", "Stream Rows"}, Summary: "list the rows of a table by their keys, all or those for which a condition is true",
		Effect: card.Reads, NoConnection: true,
		Example: "card: table.row.list\nwith: {table: leavers, where: active == true}",
	}, listRows),
}

func getRow(ctx context.Context, call card.Call, in getInput) (row, error) {
	found, err := call.Tables.Row(ctx, in.Table, in.Key)
	if err == nil && found == nil {
		err = &card.Error{
			Kind: card.NotFound, Message: fmt.Sprintf("table %s has no row with the key %v", in.Table, in.Key), Hint: "table.row.find returns nil if there is none",
		}
	}
	return found, err
}

func findRow(ctx context.Context, call card.Call, in findInput) (*row, error) {
	found, _, err := call.Tables.Rows(ctx, in.Table, in.Where, "", 1)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

func listRows(ctx context.Context, call card.Call, in listInput, at card.Cursor) ([]row, card.Cursor, error) {
	return call.Tables.Rows(ctx, in.Table, in.Where, at, PageRows)
}

// sending calls do, which makes a change as a whole or not at all: if it fails, nothing was changed.
func sending(ctx context.Context, what string, do func() error) error {
	sent := card.Sending(ctx, what)
	err := do()
	if err != nil {
		sent.Refused()
		return err
	}
	sent.Confirmed()
	return nil
}
