// The race detector needs memory for what it remembers of each row.

//go:build linux && !race

package table_test

import (
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/cards/file"
	"github.com/flowdeck/flowdeck/cards/table"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/tables"
)

const (
	many = 200_000
	few  = 20_000   // after which the memory is measured for the first time
	more = 16 << 20 // bytes that it may have grown by at the end: the rows need about 100 MB
)

// peoples is a CSV file with many rows, which calls at for each 1,000 of them.
func peoples(at func(n int)) io.Reader {
	r, w := io.Pipe()
	go func() {
		_, err := io.WriteString(w, "login,left,active,note\n")
		for i := 0; i < many && err == nil; i += 1000 {
			var lines strings.Builder
			for j := range 1000 {
				fmt.Fprintf(&lines, "user%06d@acme.example,2026-11-28,true,the laptop is still open\n", i+j)
			}
			_, err = io.WriteString(w, lines.String())
			at(i + 1000)
		}
		w.CloseWithError(err) // nil is the end
	}()
	return r
}

// growth measures the memory of this process: SQLite does not use Go's.
type growth struct {
	testing.TB
	first, last int
}

func (g *growth) at(n int) {
	if n != few && n != many-1000 {
		return
	}
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	var size, resident int
	if err == nil {
		_, err = fmt.Sscan(string(text), &size, &resident)
	}
	if err != nil {
		g.Error(err)
	}
	if g.last = resident * os.Getpagesize(); n == few {
		g.first = g.last
	}
}

func (g *growth) check(what string) {
	g.Helper()
	if g.first == 0 || g.last-g.first > more {
		g.Errorf("%s: %d MB after %d rows, and %d MB after %d", what, g.first>>20, few, g.last>>20, many)
	}
}

// The test is not parallel, since it measures the memory of the process.
func TestImportListAndExportNeedTheSameMemoryForAnyNumberOfRows(t *testing.T) {
	if testing.Short() {
		t.Skip("it imports 200,000 rows")
	}
	store := tables.New(tables.Config{State: t.TempDir(), Tables: []card.Table{{Name: "people", Key: "login", Columns: []card.Column{
		{Name: "login", Type: card.ColumnString}, {Name: "left", Type: card.ColumnDate}, {Name: "active", Type: card.ColumnBoolean}, {Name: "note", Type: card.ColumnString},
	}}}})
	defer store.Close()
	for _, what := range []string{"an import of new rows", "an import of rows that exist"} {
		g := &growth{TB: t}
		out, err := table.Import(t.Context(), store, "people", "people.csv", "csv", file.ReadRows(peoples(g.at), "people.csv", "", ""))
		if err != nil || out.Rows != many {
			t.Fatalf("%s: %+v, %v", what, out, err)
		}
		g.check(what)
	}
	listed, exported := &growth{TB: t}, &growth{TB: t}
	pages := func(g *growth, where *card.Where) func(card.Cursor) ([]card.Row, card.Cursor, error) {
		n := 0
		return func(at card.Cursor) ([]card.Row, card.Cursor, error) {
			rows, next, err := store.Rows(t.Context(), "people", where, at, table.PageRows)
			n += len(rows)
			g.at(n)
			return rows, next, err
		}
	}
	n := 0
	list := pages(listed, &card.Where{Expression: `active == true and login endsWith "@acme.example"`})
	for at := card.Cursor(""); ; {
		rows, next, err := list(at)
		if err != nil {
			t.Fatal(err)
		}
		if n += len(rows); next == "" {
			break
		}
		at = next
	}
	listed.check("a list")
	written, err := table.Export(io.Discard, "people.csv", "", "", []string{"login", "left", "active", "note"}, false, pages(exported, nil))
	if n != many || written != many || err != nil {
		t.Errorf("listed %d rows and exported %d, %v", n, written, err)
	}
	exported.check("an export")
}
