package temporal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"github.com/flowdeck/flowdeck/engine"
)

// The names of the workflows. They are in histories.
const (
	// RunWorkflow is a run: its argument is a Job, its result an Ended, and its id that of the run.
	RunWorkflow = "flowdeck.Run"
	// StreamWorkflow is a stream that is too long for the workflow that it is in: its id is StreamID, and its result a Streamed.
	StreamWorkflow = "flowdeck.Stream"
	// ChunkWorkflow runs some records of such a stream: its id is ChunkID, and its result a Chunked.
	ChunkWorkflow = "flowdeck.Chunk"
)

// Job is a run to do. It has what flows and connections have, so it is only sent encrypted.
type Job struct {
	Flow        string
	Start       engine.Start
	Origin      Origin
	Sources     map[string]string `json:",omitempty"` // the text of each file of flows, by its path; nil for a run that a run starts
	Settings    string            `json:",omitempty"` // the text of the file with the settings of the workspace, with which the flows are checked
	Connections []Connected       `json:",omitempty"` // those that the run may use
	Limits      []engine.Bound    `json:",omitempty"` // how much the run may do before it pauses
	Plan        []byte            `json:",omitempty"` // to which the run is held, for its activities, in whatever form they read
}

// Origin is where the plan of a run is found.
type Origin struct {
	Run    string // the workflow whose Job has the sources: the first run of a chain of starts
	Flow   string // the flow of the run
	Digest string // of its plan; empty if it is that which the sources give
}

// Connected is a connection, and whom it reached when the run was started. An activity refuses one that leads elsewhere.
type Connected struct {
	Name, Service, Org, As string
	Simulated              bool
	Key                    string
}

// connected returns a connection of the run by its name. One that the run does not have has only the name.
func (j Job) connected(name string) Connected {
	for _, c := range j.Connections {
		if c.Name == name {
			return c
		}
	}
	return Connected{Name: name}
}

// Ended is the result of a run. A run that failed has one as well: only a bug fails its workflow.
type Ended struct {
	Outcome           engine.Outcome
	Err               engine.ErrorJSON
	Sum               json.RawMessage `json:",omitempty"` // of the run's Watch
	Limits            []Limited       `json:",omitempty"`
	Started, Finished time.Time
	Resumed           []Resumed `json:",omitempty"` // each time that it was resumed, without Limits
	Stopped           *Stopped  `json:",omitempty"` // nil unless it was stopped
	Made
}

// Streamed is the result of the workflow of a stream.
type Streamed struct {
	Tally  engine.Tally // with the values, as far as they are kept
	Err    engine.ErrorJSON
	Sum    json.RawMessage        `json:",omitempty"`
	Used   map[engine.Measure]Use `json:",omitempty"` // of the limits of the run
	Chunks int                    // the number of its chunks, whose numbers are from 0
	// Secrets are those that were learned after the last chunk had started. The results of the chunks have the others.
	Secrets []string `json:",omitempty"`
	// Responded is where the run has answered the request that started it; zero if it has not.
	Responded engine.Place `json:",omitzero"`
}

// Chunked is the result of the workflow of a chunk.
type Chunked struct {
	Tally engine.Tally // of the records that started here, without their values
	Err   engine.ErrorJSON
	Sum   json.RawMessage        `json:",omitempty"`
	Used  map[engine.Measure]Use `json:",omitempty"` // of the limits of the run
	// Rest is the number of records, at the end of the chunk, that did not start here, because the workflow had enough: another chunk has them.
	Rest      int
	Responded engine.Place `json:",omitzero"`
	Made
}

// Made is what was done in one workflow. The streams that have workflows of their own have theirs there.
type Made struct {
	Rows   []Row     `json:",omitempty"` // of the records that ended, also of streams inside of records, in this order
	Writes []Written `json:",omitempty"` // in the order in which they ended
	// Answered are the approvals that were asked for, in the order in which they were decided, or nobody waited any more.
	Answered []Answered `json:",omitempty"`
	NotMade  []NotMade  `json:",omitempty"` // the writes that the plan does not have to which the run is held
	Secrets  []string   `json:",omitempty"` // the texts that must not be shown: those of the events engine.Learned
	Streams  []Child    `json:",omitempty"` // that have run in workflows of their own, in the order in which they ended
	// Cut is set if values of the rows or answers were left out because all of it would be too large for a history.
	Cut bool `json:",omitempty"`
}

// Answered is an approval for which nobody waits any more.
type Answered struct {
	Pending
	Decision *engine.Decision // nil: nobody has decided
	Ended    time.Time
}

// NotMade is a write that was not made, since the plan to which the run is held does not have it.
type NotMade struct {
	Place  engine.Place
	Card   string
	Target string // what it would change, by the name that people know
	Err    engine.ErrorJSON
}

// Row is the result of a record: what a Keeper keeps. The record only has its Value if a history needs it: see strand.ended.
type Row struct {
	Record  engine.Record
	Outcome engine.Outcome
	Err     engine.ErrorJSON
	Ended   time.Time
}

// Written is one attempt of a write. A journal has the same from Begin and End.
type Written struct {
	Intent engine.Intent
	Effect engine.Effect
	// Began and Ended are by the clock of the worker; of an attempt whose worker was lost, by that of the workflow. Without an answer, Ended is zero:
	// it may have been done.
	Began, Ended time.Time
	Times        int   // how often it was begun: more than once if workers were lost
	Settled      *bool // what a person decided about it: whether it was done. nil: nobody did
}

type writtenJSON struct {
	Intent       engine.IntentJSON
	Effect       engine.EffectJSON
	Began, Ended time.Time
	Times        int
	Settled      *bool `json:",omitempty"`
}

// MarshalJSON encodes the write.
func (w Written) MarshalJSON() ([]byte, error) {
	return json.Marshal(writtenJSON{engine.IntentJSON{Intent: w.Intent}, engine.EffectJSON{Effect: w.Effect}, w.Began, w.Ended, w.Times, w.Settled})
}

// UnmarshalJSON decodes the output of MarshalJSON.
func (w *Written) UnmarshalJSON(data []byte) error {
	var j writtenJSON
	err := json.Unmarshal(data, &j)
	*w = Written{j.Intent.Intent, j.Effect.Effect, j.Began, j.Ended, j.Times, j.Settled}
	return err
}

// Child is the workflow of a stream, or of a chunk of it.
type Child struct {
	ID     string
	Stream engine.Place // the place of the stream
	// Rows and Writes are the numbers of those of Made that were there when it started.
	Rows   int `json:",omitempty"`
	Writes int `json:",omitempty"`
}

// mostName is the maximum number of bytes of a name in an id.
const mostName = 60

// StreamID returns the id of the workflow of the stream at a place of a run. It has the name of the stream, and no key of a record.
func StreamID(run string, stream engine.Place) string {
	sum := sha256.Sum256([]byte(run + "\x00" + stream.ID()))
	name := stream.Name()
	return run + "/" + name[:min(len(name), mostName)] + "/" + hex.EncodeToString(sum[:8])
}

// ChunkID returns the id of a chunk of a stream, given that of the stream.
func ChunkID(stream string, number int) string { return stream + "/" + strconv.Itoa(number) }
