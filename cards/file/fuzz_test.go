package file_test

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// FuzzRead reads any text in each format. Nothing panics, the rows of all pages are those of the whole file, and what is written again is read as
// the same value.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		"", "a,b\n1,2\n", "\ufeffa\r\n\"x\r\ny\"\r\n", "\"", "a\n\"b", "a;b\n", "a\rb\r", "\n\na\n\n", "{\"a\": 1}\n[2]\nnull", "{", "a,a\n", "\xff", "\"\"\n\"\"\n", "=1,+2\n-3,@4\n",
	} {
		f.Add(text, true)
	}
	f.Fuzz(func(t *testing.T, text string, header bool) {
		w := newWorkspace(t, map[string]string{"a": text})
		for _, format := range []string{"csv", "jsonl"} {
			in := map[string]any{"path": "a", "format": format, "header": header}
			whole, err := w.content(in)
			rows, _, wrong := w.rows(in)
			if (err == nil) != (wrong == nil) {
				t.Fatalf("as %s: the whole file: %v; in pages: %v", format, err, wrong)
			}
			if err != nil {
				if card.AsError(err).Kind != card.Invalid {
					t.Fatalf("as %s: %v", format, err)
				}
				continue
			}
			all := whole.([]any)
			if len(all) != len(rows) || len(rows) > 0 && !reflect.DeepEqual(all, rows) {
				t.Fatalf("as %s: the whole file has %v, the pages %v", format, all, rows)
			}
			if len(all) == 0 {
				continue
			}
			if _, err := w.run("file.write", map[string]any{"path": "b", "format": format, "content": all}); err != nil {
				t.Fatalf("as %s: write %v: %v", format, all, err)
			}
			in["path"] = "b"
			if format == "csv" {
				in["separator"] = "," // the first line may look as if it had another one
			}
			again, err := w.content(in)
			same := format == "jsonl" && reflect.ValueOf(again).Len() == len(all) || reflect.DeepEqual(again, whole) // JSON may have numbers such as 1.0
			if err != nil || !same {
				content, _ := os.ReadFile(filepath.Join(w.dir, "b"))
				t.Fatalf("as %s: %v was written as %q and read as %v, %v", format, whole, content, again, err)
			}
		}
	})
}
