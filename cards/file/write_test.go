package file_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestEachFormatIsWritten(t *testing.T) {
	t.Parallel()
	people := []any{map[string]any{"login": "ann", "n": 1, "ok": true}, map[string]any{"login": "bo, \"b\"", "x": nil, "n": 1.5}}
	for _, test := range []struct {
		name    string
		content any
		options map[string]any
		want    string
	}{
		{"a.csv", people, nil, "login,n,ok,x\nann,1,true,\n\"bo, \"\"b\"\"\",1.5,,\n"},
		{"a.csv", people, map[string]any{"columns": []any{"n", "login"}, "separator": ";"}, "n;login\n1;ann\n1.5;\"bo, \"\"b\"\"\"\n"},
		{"a.csv", []any{[]any{"a", 1}, []any{"b", nil}}, nil, "a,1\nb,\n"},
		{"a.csv", []any{[]any{""}, []any{"x"}}, nil, "\"\"\nx\n"},
		{"a.csv", []any{}, nil, ""},
		{"a.csv", []any{}, map[string]any{"columns": []any{"login"}}, "login\n"},
		{"a.csv", map[string]any{"login": "ann"}, nil, "login\nann\n"},
		{"a.csv", "any,text", nil, "any,text"},
		{"a.json", map[string]any{"b": "<&>", "a": []any{1, nil}}, nil, "{\n  \"a\": [\n    1,\n    null\n  ],\n  \"b\": \"<&>\"\n}\n"},
		{"a.json", nil, nil, "null\n"},
		{"a.json", "{\"as\": \"it is\"}", nil, "{\"as\": \"it is\"}"},
		{"a.jsonl", []any{map[string]any{"a": "x\ny"}, 1, nil}, nil, "{\"a\":\"x\\ny\"}\n1\nnull\n"},
		{"a.jsonl", map[string]any{"a": 1}, nil, "{\"a\":1}\n"},
		{"a.jsonl", []any{}, nil, ""},
		{"a.txt", "ä\n", nil, "ä\n"},
		{"a.txt", people[:1], map[string]any{"format": "jsonl"}, "{\"login\":\"ann\",\"n\":1,\"ok\":true}\n"},
	} {
		w := newWorkspace(t, nil)
		in := map[string]any{"path": "out/" + test.name, "content": test.content}
		for name, v := range test.options {
			in[name] = v
		}
		for _, changed := range []bool{true, false} {
			out, err := w.run("file.write", in)
			want := map[string]any{"path": "out/" + test.name, "name": test.name, "bytes": len(test.want), "changed": changed}
			if diff := cmp.Diff(want, out); err != nil || diff != "" || w.text("out/"+test.name) != test.want {
				t.Errorf("%v: wrote %q, %v (-want +got):\n%s", in, w.text("out/"+test.name), err, diff)
			}
		}
	}
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]any{
		"a.csv":   []any{object("a", "x\r\ny", "b", ""), object("a", " \"q\", ", "b", "ü")},
		"b.csv":   []any{object("", "x")},
		"c.csv":   []any{object("a;b", "1;2"), object("a;b", "x")},
		"d.csv":   []any{object("a|b", "\ufeff", "\ufeffc", "x")},
		"e.csv":   []any{object("x;y", "1;2", "z", "3")},
		"a.jsonl": []any{map[string]any{"a": []any{1, nil, "\u2028"}}, "x", true},
		"a.json":  []any{map[string]any{"a": 1.5}, nil},
		"a.txt":   "any\r\ntext",
	} {
		w := newWorkspace(t, nil)
		if _, err := w.run("file.write", map[string]any{"path": name, "content": content}); err != nil {
			t.Fatal(err)
		}
		got, err := w.content(map[string]any{"path": name})
		if diff := cmp.Diff(content, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

// Source: OWASP, "CSV Injection"
func TestNoSpreadsheetRunsAnEscapedCell(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, nil)
	content := []any{map[string]any{"=name": "=1+1", "b": "+1", "c": "-1", "d": "@x", "e": "\tx", "f": "\rx", "g": "\nx", "h": "＝1", "i": -1, "j": "a=1", "k": "", "l": -0.5}}
	_, err := w.run("file.write", map[string]any{"path": "a.csv", "content": content, "escape_formulas": true})
	want := "'=name,b,c,d,e,f,g,h,i,j,k,l\n'=1+1,'+1,'-1,'@x,\"'\tx\",\"'\rx\",\"'\nx\",'＝1,-1,a=1,,-0.5\n"
	if got := w.text("a.csv"); err != nil || got != want {
		t.Errorf("got  %q, %v\nwant %q", got, err, want)
	}
	if _, err := w.run("file.append", map[string]any{"path": "a.csv", "content": object("=name", "=2", "b", "2"), "escape_formulas": true}); err != nil || w.text("a.csv") != want+"'=2,2,,,,,,,,,,\n" {
		t.Errorf("appended %q, %v", w.text("a.csv"), err)
	}
	for i, cell := range []string{"\ufeff=1", "\u00a0=1", "\u200b+1", "\x00-1", "\v@x", "  =1", "\ufeff \u200b=1"} {
		name := fmt.Sprintf("c%d.csv", i)
		for range 2 { // in the header and a cell, at the start of the file and of a row that is appended
			if _, err := w.run("file.append", map[string]any{"path": name, "content": object(cell, cell), "escape_formulas": true}); err != nil {
				t.Fatal(err)
			}
		}
		if rows, err := w.content(map[string]any{"path": name}); !cmp.Equal(rows, any([]any{object("'"+cell, "'"+cell), object("'"+cell, "'"+cell)})) || err != nil {
			t.Errorf("%q: got %q, %v", cell, rows, err)
		}
	}
	if _, err := w.run("file.write", map[string]any{"path": "d.csv", "content": object("a", "a;=1+1", "b", "a|=1"), "escape_formulas": true}); err != nil || w.text("d.csv") != "a,b\n\"a;=1+1\",\"a|=1\"\n" {
		t.Errorf("got %q, %v", w.text("d.csv"), err)
	}
	if _, err := w.run("file.write", map[string]any{"path": "b.csv", "content": "=1", "escape_formulas": true}); err == nil || !strings.Contains(err.Error(), "escape_formulas") {
		t.Errorf("got %v", err)
	}
}

func TestContentThatDoesNotFitIsRefusedAndWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, map[string]string{"a.csv": "login\n", "a.txt": "old", "a.json": "{}"})
	for _, test := range []struct {
		card    string
		in      map[string]any
		message string
	}{
		{"file.write", map[string]any{"path": "a.txt", "content": []any{1}}, "content of a text file must be a string, not a list"},
		{"file.write", map[string]any{"path": "a.csv", "content": 7}, "row 0 must be an object or list"},
		{"file.write", map[string]any{"path": "a.csv", "content": []any{object("a", "1"), []any{"x"}}}, "row 1 is a list, but the columns have names"},
		{"file.write", map[string]any{"path": "a.csv", "content": []any{[]any{"x"}, object("a", "1")}}, "row 1 is an object, but the first row is a list"},
		{"file.write", map[string]any{"path": "a.csv", "content": []any{map[string]any{"a": []any{}}}}, "a cell in row 0 must be a string, number or boolean, not a list"},
		{"file.write", map[string]any{"path": "a.csv", "content": []any{[]any{}}}, "row 0 has no cells"},
		{"file.write", map[string]any{"path": "a.csv", "content": []any{}, "separator": "ab"}, "one character"},
		{"file.write", map[string]any{"path": "a.json", "content": []any{}, "columns": []any{"a"}}, "`columns` is for CSV"},
		{"file.write", map[string]any{"path": "flows/x.yaml", "content": "flow: x"}, "may be a flow"},
		{"file.write", map[string]any{"path": "a.csv", "content": []any{[]any{"x"}, []any{"x", "y"}}}, "row 1 has 2 cells, and the rows before have 1"},
		{"file.append", map[string]any{"path": "a.csv", "content": []any{[]any{"x", "y"}}}, "row 0 has 2 cells, and the rows before have 1"},
		{"file.write", map[string]any{"path": "a.csv", "content": []any{object("a", "1")}, "columns": []any{"a", "b", "a"}}, "duplicate column \"a\" in `columns`"},
		{"file.append", map[string]any{"path": "a.json", "content": 1}, "nothing can be added to a JSON file"},
		{"file.append", map[string]any{"path": "a.csv", "content": object("lgin", "x")}, `a.csv has no column "lgin"`},
		{"file.append", map[string]any{"path": "a.txt", "content": 1, "escape_formulas": true}, "`escape_formulas` is for CSV"},
		{"file.append", map[string]any{"path": "flowdeck.yaml", "content": "x"}, "may be a flow"},
	} {
		_, err := w.run(test.card, test.in)
		e := card.AsError(err)
		if e == nil || e.Kind != card.Invalid || !strings.Contains(e.Message, test.message) || e.MayBeDone() {
			t.Errorf("%s of %v: got %+v, want %q", test.card, test.in, e, test.message)
		}
	}
	if got := w.text("a.csv") + w.text("a.txt") + w.text("a.json"); got != "login\nold{}" {
		t.Errorf("the files have %q", got)
	}
	page, err := w.cards["file.list"].Page(t.Context(), w.call, map[string]any{}, "")
	if err != nil || len(page.Items) != 3 {
		t.Errorf("files: %v, %v", page.Items, err)
	}
}

func TestRowsAreAppendedUnderTheHeader(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, map[string]string{"log.csv": "\ufefflogin;action;note\r\nann;none;by hand"})
	add := func(name string, content any, options ...any) {
		t.Helper()
		in := map[string]any{"path": name, "content": content}
		for i := 0; i < len(options); i += 2 {
			in[options[i].(string)] = options[i+1]
		}
		if out, err := w.run("file.append", in); err != nil || out["bytes"] != len(w.text(name)) || out["changed"] != true {
			t.Errorf("%v: got %v, %v", in, out, err)
		}
	}
	add("log.csv", object("action", "suspended", "login", "bo"), "separator", ";")
	add("log.csv", []any{map[string]any{"login": "cy", "password": "x", "note": nil}}, "separator", ";", "columns", []any{"login", "note"})
	add("log.csv", []any{[]any{"as", "it", "is"}}, "separator", ";")
	add("log.csv", "raw;text;line", "separator", ";")
	if want := "\ufefflogin;action;note\r\nann;none;by hand\nbo;suspended;\ncy;;\nas;it;is\nraw;text;line\n"; w.text("log.csv") != want {
		t.Errorf("got %q", w.text("log.csv"))
	}
	add("new.csv", []any{object("b", "2", "a", "1"), object("a", "3")})
	add("new.csv", object("b", "4"))
	if w.text("new.csv") != "a,b\n1,2\n3,\n,4\n" {
		t.Errorf("got %q", w.text("new.csv"))
	}
	add("new.jsonl", []any{1, map[string]any{"a": 2}})
	add("new.jsonl", map[string]any{"a": 3})
	if w.text("new.jsonl") != "1\n{\"a\":2}\n{\"a\":3}\n" {
		t.Errorf("got %q", w.text("new.jsonl"))
	}
	add("new.txt", "one")
	add("new.txt", "two\n")
	if w.text("new.txt") != "one\ntwo\n" {
		t.Errorf("got %q", w.text("new.txt"))
	}
	if out, err := w.run("file.append", map[string]any{"path": "new.jsonl", "content": []any{}}); err != nil || out["changed"] != false {
		t.Errorf("nothing: got %v, %v", out, err)
	}
}

func TestRecordsOfAStreamAppendWholeLinesUnderOneHeader(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, nil)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 20 {
				if _, err := w.run("file.append", map[string]any{"path": "a.csv", "content": object("a", "1", "b", "2")}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if got, want := w.text("a.csv"), "a,b\n"+strings.Repeat("1,2\n", 320); got != want {
		t.Errorf("got %d bytes, want %d", len(got), len(want))
	}
}

func TestDidFindsOutWhetherLinesWereAppended(t *testing.T) {
	t.Parallel()
	const had = "login\nann" // without an end of the line
	in := map[string]any{"path": "a.csv", "content": object("login", "bo")}
	for name, test := range map[string]struct {
		before card.State
		now    string
		done   bool
		doubt  string
	}{
		"it was":                     {card.State{Fields: map[string]any{"bytes": len(had)}}, had + "\nbo\n", true, ""},
		"it was not":                 {card.State{Fields: map[string]any{"bytes": len(had)}}, had, false, ""},
		"only another line was":      {card.State{Fields: map[string]any{"bytes": len(had)}}, had + "\ncy\n", false, ""},
		"it and another line were":   {card.State{Fields: map[string]any{"bytes": len(had)}}, had + "\ncy\nbo\n", false, "other lines"},
		"the file was cut":           {card.State{Fields: map[string]any{"bytes": len(had)}}, "login\n", false, "other lines"},
		"the state before is no use": {card.State{}, had + "\nbo\n", false, "not known"},
		"a new file":                 {card.State{Missing: true}, "login\nbo\n", true, ""},
		"no file":                    {card.State{Missing: true}, "", false, ""},
	} {
		content := map[string]string{}
		if test.now != "" {
			content["a.csv"] = test.now
		}
		w := newWorkspace(t, content)
		out, done, err := w.cards["file.append"].Did(t.Context(), w.call, in, test.before)
		e := card.AsError(err)
		if done != test.done || (e != nil) != (test.doubt != "") || e != nil && (e.Kind != card.Failed || !strings.Contains(e.Message, test.doubt)) {
			t.Errorf("%s: got %v, %t, %v", name, out, done, err)
		}
	}
}
