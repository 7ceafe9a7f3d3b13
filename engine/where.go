package engine

import (
	"slices"
	"time"

	"github.com/flowdeck/flowdeck/engine/expr"
)

// Where is a condition on the rows of a table. The table card evaluates it for each row: its columns are roots of the condition, in
// addition to those of the step.
type Where struct {
	Program *expr.Program
	Columns []string
}

// value returns the condition with the values that it reads besides the columns, as card.Where has them.
func (w *Where) value(f *frame, scope expr.Scope) Value {
	if w.Program.ReadsRoot() {
		f.lend()
	}
	v := map[string]any{"expression": w.Program.Source(), "now": scope.Site.Now().UTC().Format(time.RFC3339Nano)}
	given, reads := map[string]any{}, w.Program.Reads()
	for _, read := range reads {
		within := func(other expr.Read) bool { // other reads the whole of which this is a part
			return len(other.Path) < len(read.Path) && slices.Equal(other.Path, read.Path[:len(other.Path)])
		}
		if !slices.Contains(w.Columns, read.Path[0]) && !slices.ContainsFunc(reads, within) {
			give(given, scope.Roots, read.Path)
		}
	}
	if len(given) > 0 {
		v["given"] = given
	}
	return v
}

// give copies the value at a path of an object to the same path of another one. The path ends early at a value that is not an object.
func give(to, from map[string]any, path []string) {
	v := from[path[0]]
	fields, ok := v.(map[string]any)
	if len(path) == 1 || !ok {
		to[path[0]] = v
		return
	}
	inside, _ := to[path[0]].(map[string]any)
	if inside == nil {
		inside = map[string]any{}
		to[path[0]] = inside
	}
	give(inside, fields, path[1:])
}
