package inputs

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// person is the schema of a row in these tests.
var person = &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{
	"name": {Type: "string"}, "age": {Types: []string{"null", "integer"}}, "pay": {Type: "number"},
	"remote": {Type: "boolean"}, "tags": {Type: "array"}, "any": {},
}}

func TestCellsAreReadByTheTypeOfTheirColumn(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]any{
		"name,age,pay,remote\nAnn,30,1.5,true\n":        {map[string]any{"name": "Ann", "age": 30, "pay": 1.5, "remote": true}},
		"\uFEFFname\r\n30\r\n":                          {map[string]any{"name": "30"}},
		"name,age\nAnn,\n,\n":                           {map[string]any{"name": "Ann"}, map[string]any{}},
		"name\n\"a \"\"b\"\",\nc\"\n":                   {map[string]any{"name": "a \"b\",\nc"}},
		"tags,any\n\"[\"\"a\"\", {\"\"b\"\": 1}]\",1\n": {map[string]any{"tags": []any{"a", map[string]any{"b": 1}}, "any": "1"}},
		"remote\nTRUE\nFalse\n":                         {map[string]any{"remote": true}, map[string]any{"remote": false}},
		"name\n":                                        nil,
		"name\na;b\n":                                   {map[string]any{"name": "a;b"}},
		"name,any\na;b,\n":                              {map[string]any{"name": "a;b"}},
		"name\n\n  \n":                                  {map[string]any{"name": "  "}},
	} {
		n, err := readCSV("x.csv", []byte(text), person)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := n.Literal(); !cmp.Equal(got, append([]any{}, want...)) {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

func TestMistakesInATableHaveAPlace(t *testing.T) {
	t.Parallel()
	texts := &jsonschema.Schema{Type: "string"}
	for text, test := range map[string]struct {
		items *jsonschema.Schema
		want  string
	}{
		"":                                  {person, "x.csv is empty"},
		"name,\nAnn,1\n":                    {person, "x.csv:1:6: column 2 has no name"},
		"name,name\nAnn,Bob\n":              {person, `x.csv:1:6: duplicate column "name"`},
		"nam\nAnn\n":                        {person, `x.csv:1:1: the input has no field for column "nam"`},
		"name\nAnn\n\nBob,1\n":              {person, "x.csv:4: the number of cells must be 1, one for each column, not 2"},
		"name\n\"Ann\n":                     {person, `x.csv:2:6: a cell in quotes does not end, or has a quote that is not written twice`},
		"name,age\nAnn,3.5\n":               {person, `x.csv:2:5: column "age": must be an integer, not "3.5"`},
		"name,remote\nAnn,no\n":             {person, `x.csv:2:5: column "remote": must be true or false, not "no"`},
		"name\n\xff\n":                      {person, "x.csv is not UTF-8"},
		"name;age\nAnn;3\n":                 {nil, "x.csv: the columns are separated by semicolons, not by commas"},
		"Login;Name, First\nann;Doe, Ann\n": {nil, "x.csv: the columns are separated by semicolons, not by commas"},
		"\"name\";\"age\"\n":                {nil, "x.csv: the columns are separated by semicolons, not by commas"},
		"\uFEFFsep=;\nname;age":             {nil, "x.csv: the columns are separated by semicolons, not by commas"},
		"name\tage\nAnn\t3\n":               {nil, "x.csv: the columns are separated by tabs, not by commas"},
		"name|age\nAnn|3\n":                 {texts, "x.csv: the columns are separated by vertical bars, not by commas"},
		"name,age\rAnn,3\r":                 {nil, `x.csv: the lines end with \r alone`},
		"\r\nname;age\n":                    {texts, "x.csv: the columns are separated by semicolons, not by commas"},
		"a,b\n1,2\n":                        {texts, "x.csv:1:1: the input is a list of single values, but there are 2 columns"},
	} {
		if _, err := readCSV("x.csv", []byte(text), test.items); err == nil || err.Error() != test.want {
			t.Errorf("%q: %v, want %s", text, err, test.want)
		}
	}
}

// Every table is either refused or read in the same way as by encoding/csv. Every place is inside the file.
func FuzzReadCSV(f *testing.F) {
	for _, text := range []string{"name,age\nAnn,3\n", "\uFEFFany\r\n\"a\r\n\"\"b\"\n", "any\n\n,\n", "name;age", "a,a", "\"", "any,name\n\"x\ny\",z\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		n, err := readCSV("x.csv", text, nil)
		if err != nil {
			return
		}
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\uFEFF")))).ReadAll()
		if err != nil || len(rows) != len(n.Items)+1 {
			t.Fatalf("%d rows of %d, %v", len(n.Items), len(rows)-1, err)
		}
		lines := bytes.Count(text, []byte("\n")) + 1
		for i, item := range n.Items {
			for j, column := range rows[0] {
				want, got := rows[i+1][j], item.Field(column)
				if want == "" != (got == nil) || got != nil && strings.ReplaceAll(got.Literal().(string), "\r\n", "\n") != want {
					t.Errorf("row %d, column %q: %v, want %q", i, column, got.Literal(), want)
				}
			}
			item.Walk(func(n *flow.Node) bool {
				if n.Pos.Line < 2 || n.Pos.Line > lines || n.Pos.Col < 1 {
					t.Errorf("a place outside the file: %v", n.Pos)
				}
				return true
			})
		}
	})
}
