package file_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/cards/file"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/files"
)

// workspace is a folder with files.
type workspace struct {
	testing.TB
	dir   string
	cards card.Set
	call  card.Call
}

func newWorkspace(tb testing.TB, content map[string]string) *workspace {
	tb.Helper()
	w := &workspace{TB: tb, dir: tb.TempDir(), cards: card.NewSet(file.Cards()...)}
	w.call = card.Call{Run: "r1", Files: files.New(w.dir, filepath.Join(w.dir, ".flowdeck")).Run("runs/r1/files")}
	for name, text := range content {
		path := filepath.Join(w.dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			tb.Fatal(err)
		}
	}
	return w
}

func (w *workspace) run(name string, in map[string]any) (map[string]any, error) {
	out, err := w.cards[name].Run(w.Context(), w.call, in)
	fields, _ := out.(map[string]any)
	return fields, err
}

// content returns the content of a file as file.read has it.
func (w *workspace) content(in map[string]any) (any, error) {
	out, err := w.run("file.read", in)
	return out["content"], err
}

func (w *workspace) text(name string) string {
	w.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil {
		w.Fatal(err)
	}
	return string(text)
}

// rows reads all pages of file.row.list.
func (w *workspace) rows(in map[string]any) (rows []any, pages int, err error) {
	for at := card.Cursor(""); ; {
		page, err := w.cards["file.row.list"].Page(w.Context(), w.call, in, at)
		if err != nil {
			return rows, pages, err
		}
		rows, pages = append(rows, page.Items...), pages+1
		if at = page.Next; at == "" {
			return rows, pages, nil
		}
	}
}

func object(pairs ...string) map[string]any {
	o := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		o[pairs[i]] = pairs[i+1]
	}
	return o
}

func TestEachFormatIsRead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text string
		options    map[string]any
		want       any
	}{
		{"a.csv", "login,n\nann,1\n\"bo, b\",\n", nil, []any{object("login", "ann", "n", "1"), object("login", "bo, b", "n", "")}},
		{"a.CSV", "\ufefflogin\r\nann\r\n\"x\r\ny\"\r\n", nil, []any{object("login", "ann"), object("login", "x\r\ny")}},
		{"a.csv", "\n\na\n\n1\n\n\n2", nil, []any{object("a", "1"), object("a", "2")}},
		{"a.csv", "a;b\n1;2\n", map[string]any{"separator": ";"}, []any{object("a", "1", "b", "2")}},
		{"a.csv", "a;b\n1;2\n", map[string]any{"separator": ","}, []any{object("a;b", "1;2")}},
		{"a.txt", "a\tb\n1\t2\n", map[string]any{"separator": "\t", "format": "csv"}, []any{object("a", "1", "b", "2")}},
		{"a.csv", "1,2\n3,4\n", map[string]any{"header": false}, []any{[]any{"1", "2"}, []any{"3", "4"}}},
		{"a.csv", "a,b\n", nil, []any{}},
		{"a.csv", "", nil, []any{}},
		{"a.json", "\ufeff{\"a\": [1, null, 12345678901234567890]}\n", nil, map[string]any{"a": []any{1, nil, mustDecode(t, "12345678901234567890")}}},
		{"a.jsonl", "{\"a\": 1}\n\n  [2]  \r\nnull", nil, []any{map[string]any{"a": 1}, []any{2}, nil}},
		{"a.ndjson", "", nil, []any{}},
		{"a.txt", "\ufeffa\r\nb", nil, "a\r\nb"},
		{"noending", "{}", nil, "{}"},
		{"a.csv", "a,b\n", map[string]any{"format": "text"}, "a,b\n"},
	} {
		w := newWorkspace(t, map[string]string{test.name: test.text})
		in := map[string]any{"path": test.name}
		for name, v := range test.options {
			in[name] = v
		}
		out, err := w.run("file.read", in)
		if diff := cmp.Diff(map[string]any{"path": test.name, "bytes": len(test.text), "content": test.want}, out); err != nil || diff != "" {
			t.Errorf("%v of %q: %v (-want +got):\n%s", in, test.text, err, diff)
		}
	}
}

func mustDecode(t *testing.T, text string) card.Value {
	t.Helper()
	v, err := card.DecodeJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestMistakesInFilesHaveAPlaceAndAReason(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, says, hint string }{
		{"a.csv", "a,b\n1,2\n3\n", `a.csv:3:1: the row has not as many cells as the first line has columns`, `written in quotes`},
		{"a.csv", "a\n\n\"x\ny\"\nb\"c\n", `a.csv:5:2: a cell that is not in quotes has a quote`, `written in quotes`},
		{"a.csv", "a\n\"x\ny", `a.csv:3:2: a cell in quotes does not end`, ``},
		{"a.csv", "a;b\n1;2\n", "the columns are separated by semicolons, not by commas", `separator: ";"`},
		{"a.csv", "a\tb\n1\t2\n", "the columns are separated by tabs, not by commas", `separator: "\t"`},
		{"a.csv", "a,b\r1,2\r", `the lines end with \r alone`, ""},
		{"a.csv", "a,b,a\n1,2,3\n", `duplicate column "a"`, ""},
		{"a.csv", "a,,b,\n1,2,3,4\n", `duplicate column ""`, ""},
		{"a.csv", "a\n\xff\n", "a.csv is not UTF-8", "UTF-8"},
		{"a.jsonl", "{}\n\n{]\n", "a.jsonl:3: unexpected ']'", "each line"},
		{"a.jsonl", "{} {}\n", "a.jsonl:1: unexpected", "each line"},
	} {
		w := newWorkspace(t, map[string]string{test.name: test.text})
		_, whole := w.run("file.read", map[string]any{"path": test.name})
		_, _, paged := w.rows(map[string]any{"path": test.name})
		for _, err := range []error{whole, paged} {
			if e := card.AsError(err); e == nil || e.Kind != card.Invalid || !strings.Contains(e.Message, test.says) || !strings.Contains(e.Hint, test.hint) {
				t.Errorf("%q: got %+v, want %q", test.text, e, test.says)
			}
		}
	}
	w := newWorkspace(t, map[string]string{"a.json": "{\n", "b.json": "\xff", "c.txt": "\xff"})
	for name, says := range map[string]string{"a.json": "a.json: it ends too early", "b.json": "is not UTF-8", "c.txt": "is not UTF-8", "none.csv": `there is no file "none.csv"`} {
		if _, err := w.run("file.read", map[string]any{"path": name}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, _, err := w.rows(map[string]any{"path": "a.json"}); err == nil || !strings.Contains(err.Error(), "no rows by its name") {
		t.Errorf("got %v", err)
	}
	w = newWorkspace(t, map[string]string{"a.csv": "login,n\na,1\n", "c.txt": "\xff"})
	if _, err := w.run("file.read", map[string]any{"path": "a.csv", "separator": ";"}); err == nil || !strings.Contains(err.Error(), "the columns are separated by commas, not by ';'") {
		t.Errorf("got %v", err)
	}
	if _, err := w.run("file.read", map[string]any{"path": "a.csv", "separator": ";", "header": false}); err != nil {
		t.Error(err)
	}
	if _, err := w.run("file.read", map[string]any{"path": "c.txt", "format": "csv", "separator": ";;"}); err == nil || !strings.Contains(err.Error(), "one character") {
		t.Errorf("got %v", err)
	}
}

func TestAFileThatIsTooLargeForAValueIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, map[string]string{
		"text.txt": strings.Repeat("x", 64<<20+1), "rows.csv": "a\n" + strings.Repeat("1\n", 700_000), "quote.csv": "a\n\"" + strings.Repeat("x\n", 9<<20),
		"lines.jsonl": strings.Repeat("{\"a\":1}\n", 700_000),
	})
	for name, says := range map[string]string{"text.txt": "too much data", "rows.csv": "too much data", "lines.jsonl": "too much data", "quote.csv": "longer than 16 MiB"} {
		if _, err := w.run("file.read", map[string]any{"path": name}); card.AsError(err).Kind != card.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if rows, _, err := w.rows(map[string]any{"path": "rows.csv"}); err != nil || len(rows) != 700_000 {
		t.Errorf("got %d rows, %v", len(rows), err)
	}
}

func TestPagesHaveTheRowsOfTheWholeFile(t *testing.T) {
	t.Parallel()
	var csv, lines strings.Builder
	csv.WriteString("\ufeffid,note\r\n\r\n")
	for i := range 2500 {
		fmt.Fprintf(&csv, "%d,\"line\r\nbreak, \"\"%d\"\"\"\r\n\n", i, i)
		fmt.Fprintf(&lines, "{\"id\": %d}\n\n", i)
	}
	fmt.Fprintf(&csv, "last,%s", strings.Repeat("x", 2<<20))
	w := newWorkspace(t, map[string]string{"a.csv": csv.String(), "a.jsonl": lines.String()})
	for name, want := range map[string]int{"a.csv": 3, "a.jsonl": 3} {
		whole, err := w.content(map[string]any{"path": name})
		if err != nil {
			t.Fatal(err)
		}
		rows, pages, err := w.rows(map[string]any{"path": name})
		if diff := cmp.Diff(whole, any(rows)); err != nil || diff != "" || pages != want {
			t.Errorf("%s: %d pages, %v, %.1000s", name, pages, err, diff)
		}
	}
}

// counting counts the bytes that are read.
type counting struct {
	card.Files
	read int
}

type countingFile struct {
	*os.File
	of *counting
}

func (c *counting) Open(name string) (fs.File, error) {
	file, err := c.Files.Open(name)
	if err != nil {
		return nil, err
	}
	return countingFile{file.(*os.File), c}, nil
}

func (f countingFile) Read(to []byte) (int, error) {
	n, err := f.File.Read(to)
	f.of.read += n
	return n, err
}

func TestAPageReadsNoMoreOfTheFileThanItNeeds(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, map[string]string{"a.csv": "id\n" + strings.Repeat("1234567\n", 1_000_000)})
	counted := &counting{Files: w.call.Files}
	w.call.Files = counted
	page, err := w.cards["file.row.list"].Page(t.Context(), w.call, map[string]any{"path": "a.csv"}, "")
	if err != nil || len(page.Items) != 1000 || counted.read > 256<<10 {
		t.Errorf("the first page has %d rows and read %d bytes, %v", len(page.Items), counted.read, err)
	}
	counted.read = 0
	page, err = w.cards["file.row.list"].Page(t.Context(), w.call, map[string]any{"path": "a.csv"}, page.Next)
	if err != nil || len(page.Items) != 1000 || counted.read > 256<<10 {
		t.Errorf("the second page has %d rows and read %d bytes, %v", len(page.Items), counted.read, err)
	}
}

func TestAFileThatChangesWhileItIsReadIsReported(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, map[string]string{"a.csv": "id\n" + strings.Repeat("1\n", 1500)})
	page, err := w.cards["file.row.list"].Page(t.Context(), w.call, map[string]any{"path": "a.csv"}, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.run("file.append", map[string]any{"path": "a.csv", "content": []any{object("id", "2")}}); err != nil {
		t.Fatal(err)
	}
	_, err = w.cards["file.row.list"].Page(t.Context(), w.call, map[string]any{"path": "a.csv"}, page.Next)
	if e := card.AsError(err); e == nil || e.Kind != card.Conflict {
		t.Errorf("got %v", err)
	}
	for _, cursor := range []card.Cursor{"x", "1", "1 2 3"} {
		if _, err := w.cards["file.row.list"].Page(t.Context(), w.call, map[string]any{"path": "a.csv"}, cursor); card.AsError(err).Kind != card.Internal {
			t.Errorf("%q: got %v", cursor, err)
		}
	}
}

func TestFilesAreListedByName(t *testing.T) {
	t.Parallel()
	content := map[string]string{"match/rep[1].csv": "", "match/rep1.csv": "", "b.txt": "12", "a.csv": "1", "sub/c.csv": "", ".hidden": ""}
	for i := range 10_001 {
		content[fmt.Sprintf("many/%05d.csv", i)] = "x"
	}
	w := newWorkspace(t, content)
	if _, err := w.run("file.write", map[string]any{"path": "run:own/d.csv", "content": "x"}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ path, match, want string }{
		{"", "", "a.csv b.txt"}, {".", "*.csv", "a.csv"}, {"sub", "", "sub/c.csv"}, {"./sub/", "?.csv", "sub/c.csv"}, {"run:own", "", "run:own/d.csv"}, {"run:", "", ""},
		{"match", "rep[1].csv", "match/rep[1].csv"}, {"match", "rep[[]*", ""}, {"match", "[", ""}, {"match", `rep\1.csv`, ""}, {"match", "*]*", "match/rep[1].csv"},
	} {
		in := map[string]any{}
		if test.path != "" {
			in["path"] = test.path
		}
		if test.match != "" {
			in["match"] = test.match
		}
		page, err := w.cards["file.list"].Page(t.Context(), w.call, in, "")
		var got []string
		for _, item := range page.Items {
			got = append(got, item.(map[string]any)["path"].(string))
		}
		if err != nil || strings.Join(got, " ") != test.want || page.Next != "" {
			t.Errorf("%v: got %v, %v", in, got, err)
		}
	}
	first, err := w.cards["file.list"].Page(t.Context(), w.call, map[string]any{"path": "many"}, "")
	if err != nil || len(first.Items) != 10_000 {
		t.Fatalf("got %d, %v", len(first.Items), err)
	}
	second, err := w.cards["file.list"].Page(t.Context(), w.call, map[string]any{"path": "many"}, first.Next)
	if err != nil || len(second.Items) != 1 || second.Items[0].(map[string]any)["name"] != "10000.csv" || second.Next != "" {
		t.Errorf("got %v, %v", second, err)
	}
	for _, in := range []map[string]any{{"path": "none"}, {"path": "../x"}, {"path": "a.csv"}} {
		if _, err := w.cards["file.list"].Page(t.Context(), w.call, in, ""); err == nil {
			t.Errorf("%v: got no error", in)
		}
	}
}
