package temporal

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// What a stream in a workflow of its own did comes where it started: after what was done before, and before the record around it ends.
func TestThePiecesOfARunAreInTheOrderInWhichTheyWereDone(t *testing.T) {
	t.Parallel()
	record := func(around engine.Place, key string) engine.Record {
		return engine.Record{Place: around.Record(0, key, 0), Value: "value of " + key}
	}
	wrote := func(at engine.Place, second int) Written {
		return Written{Intent: engine.Intent{Place: at, Attempt: 1, Card: "w.thing.set"}, Began: time.Unix(int64(second), 0), Times: 1}
	}
	sweep := engine.Place{}.Step("sweep")
	outer := record(sweep, "a")
	apps := outer.Place.Step("apps")
	one, two := record(apps, "1"), record(apps, "2")
	results := map[string]any{
		"far":   Streamed{Chunks: 3, Secrets: []string{"last"}},
		"far/0": Chunked{Made: Made{Rows: []Row{{Record: one}}, Writes: []Written{wrote(one.Place.Step("do"), 5)}, Secrets: []string{"sw0rdfish"}}},
		"far/2": Chunked{Made: Made{Rows: []Row{{Record: two}}}}, // far/1 was not started
	}
	ended := Made{
		Writes: []Written{ // in the order of their ends
			wrote(outer.Place.Step("second"), 2), wrote(outer.Place.Step("first"), 1), wrote(outer.Place.Step("third"), 8), wrote(engine.Place{}.Step("last"), 9),
		},
		Rows:    []Row{{Record: outer}},
		Streams: []Child{{ID: "far", Stream: apps, Writes: 2}},
	}
	var got []string
	w := walk{
		result: func(id string, to any) error {
			result, ok := results[id]
			if !ok {
				return &card.Error{Kind: card.NotFound, Message: "there is no " + id}
			}
			text, err := json.Marshal(result)
			if err != nil {
				return err
			}
			return json.Unmarshal(text, to)
		},
		yield: func(p Piece, err error) bool {
			if err != nil {
				t.Error(err)
			}
			for _, r := range p.Around {
				got = append(got, fmt.Sprint("open ", r.Place, " ", r.Value))
			}
			for _, w := range p.Writes {
				got = append(got, "write "+w.Intent.Place.String())
			}
			for _, r := range p.Rows {
				got = append(got, "end "+r.Record.Place.String())
			}
			if len(p.Secrets) > 0 {
				got = append(got, "hide "+strings.Join(p.Secrets, " "))
			}
			return true
		},
	}
	if err := w.made(ended); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"open sweep[a] value of a", "write sweep[a].first", "write sweep[a].second",
		"hide last",
		"open sweep[a].apps[1] value of 1", "write sweep[a].apps[1].do", "end sweep[a].apps[1]", "hide sw0rdfish",
		"end sweep[a].apps[2]",
		"write sweep[a].third", "write last", "end sweep[a]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if err := w.made(Made{Cut: true}); card.AsError(err).Kind != card.Storage {
		t.Errorf("what was left out: got %v", err)
	}
}
