package local_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/local"
)

// page is a reader of one page of numbers.
func page(n int) func(engine.Runtime, card.Cursor) (card.Page, error) {
	return func(engine.Runtime, card.Cursor) (card.Page, error) {
		var p card.Page
		for i := range n {
			p.Items = append(p.Items, i)
		}
		return p, nil
	}
}

func lines(t *testing.T, file string) (rows []map[string]any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		var row map[string]any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		rows = append(rows, row)
	}
	return rows
}

func TestResultsHoldALineForEachRecord(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "run")
	rt := local.New(t.Context(), local.Config{Dir: dir})
	outer, err := rt.Stream(engine.Window{Path: "outer", Width: 2}, page(2), func(rt engine.Runtime, r engine.Record) (engine.Outcome, error) {
		path := "outer[" + []string{"a", "../b"}[r.Index] + "].inner"
		_, err := rt.Stream(engine.Window{Path: path, Width: 3}, page(3), func(_ engine.Runtime, r engine.Record) (engine.Outcome, error) {
			switch r.Index {
			case 0:
				return engine.Outcome{Status: engine.Skipped, Reason: "no", Key: "k0"}, nil
			case 1:
				return engine.Outcome{Key: "k1"}, &card.Error{Kind: card.Conflict, Message: "busy"}
			}
			return engine.Outcome{Status: engine.Succeeded, Value: "<v>", Key: "k2"}, nil
		})
		return engine.Outcome{Status: engine.Succeeded}, err
	})
	if err != nil || outer.Results != filepath.Join(dir, "outer.jsonl") || len(lines(t, outer.Results)) != 2 {
		t.Fatalf("got %+v, %v", outer, err)
	}
	var got []string
	for _, row := range lines(t, filepath.Join(dir, "outer.inner.jsonl")) {
		text, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(text))
	}
	slices.Sort(got)
	want := []string{
		`{"error":{"kind":"conflict","message":"busy"},"in":"outer[../b]","key":"k1","status":"failed"}`,
		`{"error":{"kind":"conflict","message":"busy"},"in":"outer[a]","key":"k1","status":"failed"}`,
		`{"in":"outer[../b]","key":"k0","reason":"no","status":"skipped"}`,
		`{"in":"outer[../b]","key":"k2","status":"succeeded","value":"\u003cv\u003e"}`,
		`{"in":"outer[a]","key":"k0","reason":"no","status":"skipped"}`,
		`{"in":"outer[a]","key":"k2","status":"succeeded","value":"\u003cv\u003e"}`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if info, err := os.Stat(outer.Results); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("what an org answers is its owner's: %v, %v", info.Mode(), err)
	}
}

func TestASnapshotIsReadWholeFirstAndLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rt := local.New(t.Context(), local.Config{Dir: dir})
	pages, begun := 0, 0
	read := func(_ engine.Runtime, at card.Cursor) (card.Page, error) {
		if begun > 0 {
			t.Error("a page was read after a record had begun")
		}
		pages++
		p := card.Page{Items: []card.Value{map[string]any{"n": json.Number("18446744073709551617"), "at": string(at)}}}
		if pages < 2500 {
			p.Next = card.Cursor(strings.Repeat("x", pages))
		}
		return p, nil
	}
	tally, err := rt.Stream(engine.Window{Path: "s", Width: 1, Snapshot: true}, read, func(_ engine.Runtime, r engine.Record) (engine.Outcome, error) {
		if begun++; r.Index == 1 && (r.Value.(map[string]any)["n"] != json.Number("18446744073709551617") || r.Value.(map[string]any)["at"] != "x") {
			t.Errorf("the snapshot changed a record: %v", r.Value)
		}
		return engine.Outcome{Status: engine.Succeeded}, nil
	})
	if err != nil || tally.Read != 2500 || tally.Total != 2500 {
		t.Errorf("got %+v, %v", tally, err)
	}
	begun = 0
	pages = 2498
	if tally, err := rt.Stream(engine.Window{Path: "s", Width: 1, Snapshot: true, Max: 1}, read, func(engine.Runtime, engine.Record) (engine.Outcome, error) {
		return engine.Outcome{Status: engine.Succeeded}, nil
	}); err != nil || tally.Read != 1 || tally.Total != 1 {
		t.Errorf("of two records one may begin: got %+v, %v", tally, err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*snapshot*"))
	if err != nil || len(files) > 0 {
		t.Errorf("it left %v, %v", files, err)
	}
}

func TestASnapshotThatCannotBeReadLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	rt := local.New(ctx, local.Config{Dir: dir})
	_, err := rt.Stream(engine.Window{Path: "s", Width: 1, Snapshot: true}, func(_ engine.Runtime, at card.Cursor) (card.Page, error) {
		if at != "" {
			return card.Page{}, &card.Error{Kind: card.Unavailable, Message: "page 2"}
		}
		return card.Page{Items: []card.Value{1}, Next: "2"}, nil
	}, func(engine.Runtime, engine.Record) (engine.Outcome, error) {
		t.Error("a record began")
		return engine.Outcome{}, nil
	})
	files, globErr := filepath.Glob(filepath.Join(dir, "*"))
	if card.AsError(err).Message != "page 2" || globErr != nil || len(files) > 0 {
		t.Errorf("got %v, and it left %v", err, files)
	}
}
