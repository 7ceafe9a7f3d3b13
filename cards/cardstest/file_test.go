package cardstest_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/cards/cardstest"
	"github.com/flowdeck/flowdeck/cards/file"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/files"
)

// fileBench runs the file cards on a folder with a list of people. It has no service.
func fileBench() cardstest.Bench {
	return cardstest.Bench{
		Cards: file.Cards(), Start: startFolder, Short: true,
		More: map[string][]cardstest.Case{
			"file.write": calls(
				object{"path": "lists/people.csv", "content": []any{[]any{"login", "name"}, []any{"ada@acme.example", "Ada"}}}, object{"path": "lists/people.csv", "content": "login,name\nada@acme.example,Ida\n"},
				object{"path": "new.txt", "content": ""}, object{"path": "run:people.json", "content": []any{1, nil}},
			),
			"file.append": calls(
				object{"path": "lists/people.csv", "content": object{"login": "bo@acme.example", "name": "Bo"}}, object{"path": "lists/people.csv", "content": []any{}}, object{"path": "new.jsonl", "content": []any{}},
				object{"path": "new.csv", "content": []any{object{"a": 1}}}, object{"path": "new.txt", "content": "line"},
			),
		},
	}
}

func TestFileCards(t *testing.T) {
	t.Parallel()
	cardstest.Run(t, fileBench())
}

func startFolder(tb testing.TB, _ []string) cardstest.Server {
	tb.Helper()
	dir := tb.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "lists"), 0o700), os.WriteFile(filepath.Join(dir, "lists", "people.csv"), []byte("login,name\nada@acme.example,Ada\n"), 0o600)); err != nil {
		tb.Fatal(err)
	}
	dump := func() cardstest.Facts { return filesIn(tb, dir) }
	return cardstest.Server{
		Dump: dump, Requests: func() []cardstest.Request { return nil },
		Files: files.New(dir, filepath.Join(dir, ".flowdeck")).Run("runs/example/files"),
		State: func(_ card.Card, in map[string]card.Value) card.State {
			path, _ := in["path"].(string)
			if content, there := dump()["/"+path].(string); there && path == "reports/idle.csv" {
				return card.State{Fields: map[string]any{"bytes": len(content), "written": content == "login,days\nada@acme.example,91\n"}}
			} else if there {
				return card.State{Fields: map[string]any{"bytes": len(content)}}
			}
			return card.State{Missing: true}
		},
	}
}

// filesIn returns the content of each file below a folder.
func filesIn(tb testing.TB, dir string) cardstest.Facts {
	tb.Helper()
	facts := cardstest.Facts{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		facts[strings.TrimPrefix(path, dir)] = string(text)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return facts
}
