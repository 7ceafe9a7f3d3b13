package keep_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/keep"
	"github.com/flowdeck/flowdeck/engine/local"
	"github.com/flowdeck/flowdeck/engine/veil"
)

var (
	outer = engine.Place{}.Step("outer")
	only  = engine.Place{}.Step("s")
)

// page returns a reader of one page of numbers for the stream at a place.
func page(at engine.Place, keys ...string) func(engine.Runtime, card.Cursor) (engine.Batch, error) {
	return func(engine.Runtime, card.Cursor) (engine.Batch, error) {
		var b engine.Batch
		for i, key := range keys {
			b.Records = append(b.Records, engine.Record{Place: at.Record(0, key, 0), Index: i, Value: i})
		}
		return b, nil
	}
}

func lines(t *testing.T, file string) (rows []map[string]any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n") {
		var row map[string]any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		rows = append(rows, row)
	}
	return rows
}

func TestResultsHaveALineForEachRecord(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "run")
	folder := keep.NewFolder(dir, ".", nil, nil)
	rt := local.New(t.Context(), local.Config{Keeper: folder})
	tally, err := rt.Stream(engine.Window{Place: outer, Width: 2}, page(outer, "a", "../b]."), func(rt engine.Runtime, r engine.Record) (engine.Outcome, error) {
		inner := r.Place.Step("inner")
		_, err := rt.Stream(engine.Window{Place: inner, Width: 3}, page(inner, "k0", "k1", "k2", "k3"), func(_ engine.Runtime, r engine.Record) (engine.Outcome, error) {
			switch r.Index {
			case 0:
				return engine.Outcome{Status: engine.Skipped, Reason: "no"}, nil
			case 1:
				return engine.Outcome{}, &engine.Error{
					Cause: &card.Error{Kind: card.Conflict, Message: "busy", Wait: time.Second, Details: map[string]any{"a": 1}},
					Pos:   flow.Pos{File: "f.yaml", Line: 3, Col: 5}, Place: r.Place.Step("do"), Card: "x.y.do", Attempts: 4,
				}
			}
			return engine.Outcome{Status: engine.Succeeded, Value: "<v>", Returned: r.Index == 2}, nil
		})
		return engine.Outcome{Status: engine.Succeeded}, err
	})
	if err != nil || tally.Results != "outer" || len(lines(t, folder.File("outer"))) != 2 {
		t.Fatalf("got %+v, %v", tally, err)
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
	var want []string
	for _, in := range []string{"outer[../b].]", "outer[a]"} {
		want = append(want,
			`{"error":{"attempts":4,"card":"x.y.do","details":{"a":1},"kind":"conflict","message":"busy","place":"f.yaml:3:5","step":"`+
				in+`.inner[k1].do"},"in":"`+in+`","key":"k1","status":"failed"}`,
			`{"in":"`+in+`","key":"k0","reason":"no","status":"skipped"}`,
			`{"in":"`+in+`","key":"k2","status":"succeeded","value":"\u003cv\u003e"}`,
			`{"in":"`+in+`","key":"k3","status":"succeeded"}`) // the value is that of the last step, which is not kept
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if info, err := os.Stat(folder.File("outer")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("what an org answers is its owner's: %v, %v", info.Mode(), err)
	}
	if files, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(files) != 2 {
		t.Errorf("the run's folder has %v, %v; want a file for each stream of the flow, whatever the keys are", files, err)
	}
}

func TestATornLastLineIsCutOffBeforeResultsAreAppended(t *testing.T) {
	t.Parallel()
	long := `{"key":"` + strings.Repeat("x", 10_000)
	for name, test := range map[string]struct{ before, after string }{
		"nothing":            {"", ""},
		"whole lines":        {"{}\n{}\n", "{}\n{}\n"},
		"a torn line":        {"{}\n{\"key", "{}\n"},
		"a long torn line":   {"{}\n{}\n" + long, "{}\n{}\n"},
		"nothing but a part": {long, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			folder := keep.NewFolder(dir, ".", nil, nil)
			if err := os.WriteFile(folder.File("s"), []byte(test.before), 0o600); err != nil {
				t.Fatal(err)
			}
			results, err := folder.Results(only)
			if err != nil {
				t.Fatal(err)
			}
			if err := results.Add(engine.Record{Place: only.Record(0, "k", 0)}, engine.Outcome{Status: engine.Succeeded}, nil); err != nil {
				t.Fatal(err)
			}
			if _, err := results.Close(); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(folder.File("s"))
			if want := test.after + `{"key":"k","status":"succeeded"}` + "\n"; err != nil || string(got) != want {
				t.Errorf("got %q, %v; want %q", got, err, want)
			}
		})
	}
}

func TestNoLinkLeadsResultsOutOfTheRoot(t *testing.T) {
	t.Parallel()
	root, elsewhere := t.TempDir(), t.TempDir()
	if err := os.Symlink(elsewhere, filepath.Join(root, "runs")); err != nil {
		t.Fatal(err)
	}
	folder := keep.NewFolder(root, filepath.Join("runs", "r1"), nil, nil)
	if _, err := folder.Results(only); err == nil {
		t.Error("results were opened")
	}
	if _, err := folder.Snapshot(only); err == nil {
		t.Error("a snapshot was made")
	}
	if made, err := os.ReadDir(elsewhere); err != nil || len(made) > 0 {
		t.Errorf("made %v, %v", made, err)
	}
}

// A pipe is refused, not waited for; what a link leads to is not changed.
func TestOnlyARegularFileIsAFileOfARun(t *testing.T) {
	t.Parallel()
	for name, put := range map[string]func(path string) error{
		"link":   func(path string) error { return os.Symlink("elsewhere", path) },
		"folder": func(path string) error { return os.Mkdir(path, 0o700) },
		"pipe":   pipe,
	} {
		root := t.TempDir()
		dir := filepath.Join(root, "r1")
		if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, "elsewhere"), []byte("a line\n"), 0o600)); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{only.Name() + ".jsonl", "run.log"} {
			if err := put(filepath.Join(dir, file)); errors.Is(err, errors.ErrUnsupported) {
				t.Skip("this system has no pipes in folders")
			} else if err != nil {
				t.Fatal(err)
			}
		}
		folder := keep.NewFolder(root, "r1", nil, nil)
		_, adding := folder.Results(only)
		_, reading := keep.Open(root, "r1", only.Name())
		_, logging := keep.OpenLog(root, "r1")
		for did, err := range map[string]error{"add": adding, "read": reading, "read the log": logging, "log": folder.Log().Add([]byte("{}"))} {
			if e := (*card.Error)(nil); !errors.As(err, &e) || e.Kind != card.Storage || !strings.Contains(e.Message, "not a regular file") {
				t.Errorf("%s, %s: %v", name, did, err)
			}
		}
		if text, err := os.ReadFile(filepath.Join(dir, "elsewhere")); err != nil || string(text) != "a line\n" {
			t.Errorf("%s: the other file has %q, %v", name, text, err)
		}
	}
}

func TestASnapshotIsReadWholeFirstAndLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rt := local.New(t.Context(), local.Config{Keeper: keep.NewFolder(dir, ".", nil, nil)})
	pages, begun := 0, 0
	read := func(_ engine.Runtime, at card.Cursor) (engine.Batch, error) {
		if begun > 0 {
			t.Error("a page was read after a record had started")
		}
		b := engine.Batch{Records: []engine.Record{{
			Place: only.Record(pages, "]/%.", pages%2), Index: pages,
			Value: map[string]any{"n": json.Number("18446744073709551617"), "at": string(at), "f": 2.0},
		}}}
		if pages == 2 {
			b.Records[0].Err = &card.Error{Kind: card.Invalid, Message: "no key"}
		}
		if pages++; pages < 2500 {
			b.Next = card.Cursor(strings.Repeat("x", pages))
		}
		return b, nil
	}
	tally, err := rt.Stream(engine.Window{Place: only, Width: 1, Snapshot: true}, read, func(_ engine.Runtime, r engine.Record) (engine.Outcome, error) {
		begun++
		switch {
		case r.Index == 1 && (r.Value.(map[string]any)["n"] != json.Number("18446744073709551617") || r.Value.(map[string]any)["at"] != "x" || r.Value.(map[string]any)["f"] != 2.0):
			t.Errorf("the snapshot changed a record: %v", r.Value)
		case !r.Place.Equal(only.Record(r.Index, "]/%.", r.Index%2)):
			t.Errorf("record %d is at %s", r.Index, r.Place.ID())
		case (r.Err != nil) != (r.Index == 2):
			t.Errorf("record %d has the error %v", r.Index, r.Err)
		}
		return engine.Outcome{Status: engine.Succeeded}, nil
	})
	if err != nil || tally.Read != 2500 || tally.Total != 2500 {
		t.Errorf("got %+v, %v", tally, err)
	}
	begun, pages = 0, 2498
	if tally, err := rt.Stream(engine.Window{Place: only, Width: 1, Snapshot: true, Max: 1}, read, func(engine.Runtime, engine.Record) (engine.Outcome, error) {
		return engine.Outcome{Status: engine.Succeeded}, nil
	}); err != nil || tally.Read != 1 || tally.Total != 1 {
		t.Errorf("one of two records may start: got %+v, %v", tally, err)
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
	rt := local.New(ctx, local.Config{Keeper: keep.NewFolder(dir, ".", nil, nil)})
	_, err := rt.Stream(engine.Window{Place: only, Width: 1, Snapshot: true}, func(_ engine.Runtime, at card.Cursor) (engine.Batch, error) {
		if at != "" {
			return engine.Batch{}, &card.Error{Kind: card.Unavailable, Message: "page 2"}
		}
		return engine.Batch{Records: []engine.Record{{Place: only.Record(0, "1", 0), Value: 1}}, Next: "2"}, nil
	}, func(engine.Runtime, engine.Record) (engine.Outcome, error) {
		t.Error("a record started")
		return engine.Outcome{}, nil
	})
	files, globErr := filepath.Glob(filepath.Join(dir, "*"))
	if card.AsError(err).Message != "page 2" || globErr != nil || len(files) > 0 {
		t.Errorf("got %v, and it left %v", err, files)
	}
}

// A killed process leaves its snapshots behind. The key of a record may be a secret, so their names do not contain it.
func TestTheNameOfASnapshotHasNoKey(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	folder := keep.NewFolder(root, "run", nil, nil)
	for _, key := range []string{"sw0rdfish", "sw0rdfish 2"} {
		if _, err := folder.Snapshot(outer.Record(0, key, 0).Step("inner")); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(filepath.Join(root, "run"))
	if err != nil || len(files) != 2 || strings.Contains(files[0].Name()+files[1].Name(), "sw0rdfish") {
		t.Errorf("got %v, %v; want two files without the key", files, err)
	}
}

func TestALongMessageIsShortenedAfterItsSecretsAreHidden(t *testing.T) {
	t.Parallel()
	dir, hidden := t.TempDir(), veil.New()
	hidden.Learn("sw0rdfish")
	folder := keep.NewFolder(dir, ".", hidden, nil)
	results, err := folder.Results(only)
	if err != nil {
		t.Fatal(err)
	}
	message := strings.Repeat("x", 1_995) + "sw0rdfish" + strings.Repeat("y", 1_000_000)
	for _, line := range []struct {
		out engine.Outcome
		err error
	}{
		{engine.Outcome{Status: engine.Failed}, &card.Error{Kind: card.Failed, Message: message}},
		{engine.Outcome{Status: engine.Undecidable}, &card.Error{Kind: card.Failed, Message: message}},
		{engine.Outcome{Status: engine.Failed}, &card.Error{Kind: card.Failed, Code: "failure_budget", Err: &card.Error{
			Kind: card.Invalid, Code: "E0000001", Message: message, Hint: "sw0rdfish", Details: map[string]any{"error_id": "sw0rdfish"},
		}}},
	} {
		if err := results.Add(engine.Record{Place: only.Record(0, "a", 0)}, line.out, line.err); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := results.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(folder.File("s"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines, want 3", len(lines))
	}
	for _, line := range lines {
		if len(line) > 3_000 || !strings.Contains(line, "more bytes)") || strings.Contains(line, "sw0") {
			t.Errorf("a line of %d bytes: %.3000s", len(line), line)
		}
	}
}

// closer is a Closer in memory.
type closer struct {
	before int // records that were closed before the run was resumed
	closed []string
	err    error
}

func (c *closer) Closed(string) int    { return c.before }
func (*closer) Has(engine.Record) bool { return false }
func (c *closer) Close(r engine.Record, _ engine.Outcome, _ error) error {
	c.closed = append(c.closed, r.Place.Key())
	return c.err
}

func TestAResumedRunHasTheLinesOfClosedRecordsOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	before := `{"key":"a","status":"succeeded"}` + "\n" + `{"key":"b","status":"canceled"}` + "\n" + `{"key":"c","status":"failed","value":{"status":"canceled"}}` + "\n" + `{"key":"d","status":"succeeded"}` + "\n"
	if err := os.WriteFile(filepath.Join(dir, "s.jsonl"), []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	journal := &closer{before: 2}
	folder := keep.NewFolder(dir, ".", nil, journal)
	results, err := folder.Results(only)
	if err != nil {
		t.Fatal(err)
	}
	at := func(key string) engine.Record { return engine.Record{Place: only.Record(0, key, 0)} }
	taken := engine.NotKept(&card.Error{Kind: card.Storage, Code: "run_taken", Message: "taken"})
	for _, err := range []error{
		results.Add(at("d"), engine.Outcome{Status: engine.Succeeded}, nil),
		results.Add(at("e"), engine.Outcome{Status: engine.Failed}, taken), // it goes on in another process
		results.Add(at("f"), engine.Outcome{Status: engine.Skipped}, nil),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := results.Close(); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, line := range lines(t, folder.File("s")) {
		keys = append(keys, line["key"].(string))
	}
	if want := []string{"a", "c", "d", "f"}; !slices.Equal(keys, want) || !slices.Equal(journal.closed, []string{"d", "f"}) {
		t.Errorf("the results have %v, want %v; closed: %v", keys, want, journal.closed)
	}
}
