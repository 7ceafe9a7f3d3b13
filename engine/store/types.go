package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
)

// Status is the status of a run: that of its Outcome, or one of these.
type Status = engine.Status

const (
	Queued      Status = "queued" // it waits for others with its Quota
	Running     Status = "running"
	Paused      Status = "paused"
	Interrupted Status = "interrupted" // it was running, and its process has ended; never in the database
)

// Statuses returns the texts of all statuses that a run can have.
func Statuses() []string {
	return []string{
		string(Queued), string(Running), string(Paused), string(Interrupted), string(engine.Succeeded), string(engine.SucceededWithErrors), string(engine.Skipped),
		string(engine.Failed), string(engine.Canceled),
	}
}

// Run is a run as it is kept.
type Run struct {
	ID          string
	Flow        string
	Status      Status
	Reason      string
	Started     time.Time
	Ended       time.Time         // zero while it has not ended
	Parent      string            // the run that started it
	Occasion    int64             // of Create: the ID of what starts the run; 0 for a run that a person or a run starts
	As          *Leadership       // of Create with an Occasion: the run is only created if this process still leads; nil: in any case
	Quota       string            // runs with the same quota are counted together: see Log.Enter; empty for a run without a limit
	Digest      string            // of the plan
	Sources     map[string]string // the texts of the flows by name; only read by Take and Store.Run
	Counted     bool              // it keeps its counts only: it cannot be resumed
	Start       engine.Start      // its secrets are only read by Take
	Missing     []string          // of Take: the inputs with secrets that were not kept, or cannot be read
	Connections []Connection
	Plan        json.RawMessage // of Create: the plan to which it is held: see Store.Plan; nil for none
	Limits      json.RawMessage // how much it and the runs that it started may do in all of its processes; nil for no limit
	Report      json.RawMessage // so far, or final; nil if there is none
	Origin      *Origin         // where it ran that was fetched from there: see Fetch; nil for one that a process of this workspace ran
	Owner       *Owner          // the process that runs it; nil if it has none that is alive
}

// Origin is where a run ran that was fetched from there.
type Origin struct {
	Engine    string    `json:"engine"` // such as temporal
	Address   string    `json:"address,omitempty"`
	Namespace string    `json:"namespace,omitempty"`
	Fetched   time.Time `json:"fetched"`
}

// Name returns the name of the engine for people.
func (o Origin) Name() string { return strings.ToUpper(o.Engine[:1]) + o.Engine[1:] }

// GoesOn reports whether a process runs the run, or waits to do so.
func (r Run) GoesOn() bool { return r.Status == Running || r.Status == Queued }

// Resumable reports whether the run has not come to its end and can go on here.
func (r Run) Resumable() bool {
	return r.Origin == nil && (r.Status == Paused || r.Status == Interrupted || r.Status == engine.Canceled)
}

// Connection is a connection that a run uses.
type Connection struct {
	Name      string `json:"name"`
	Service   string `json:"service"`
	Org       string `json:"org"`
	As        string `json:"as"`
	Simulated bool   `json:"simulated"`
	Key       string `json:"key,omitempty"` // see card.Identity
}

// Owner is a process that runs runs.
type Owner struct {
	PID       int
	Host      string
	Heartbeat time.Time
}

// OwnedError is the error of Take for a run that another process runs.
type OwnedError struct {
	Run string
	Owner
}

func (e *OwnedError) Error() string {
	return fmt.Sprintf("process %d on %s runs run %s", e.PID, e.Host, e.Run)
}

// Write is an attempt of a write.
type Write struct {
	Run string
	engine.Intent
	Began  time.Time
	Ended  time.Time    // zero if there is no result
	Result engine.Value // the answer
	Err    error
	// Times is the number of times that the attempt was begun and may have been sent: more than one if a process ended before the answer
	// arrived.
	Times   int
	Changed bool
	Doubt   bool  // it may have changed something that is not known
	Settled *bool // what a person decided: whether it was done
	At      int64 // its place in the list: see Page
}

// Record is a record of a stream.
type Record struct {
	engine.Record
	Status Status // Going if it has not ended
	Reason string
	Err    error
	At     int64 // its place in the list: see Page
}

// Going is the Status of a Record that has not ended.
const Going Status = "going"

// Page selects a part of a list.
type Page struct {
	After int64 // At of the last item of the page before; 0 for the first page
	Limit int   // 0: 100
}

func (p Page) limit() int {
	if p.Limit <= 0 {
		return 100
	}
	return p.Limit
}

// Filter selects runs. Zero fields select all.
type Filter struct {
	Flow   string
	Flows  []string // runs of any of these flows; nil: of any flow
	By     string   // only runs that this has started
	Status Status
	Parent *string // "": only runs that no run started
	// Open selects, if Parent is "", also runs that a run started which wait for a person: they are paused, or have a write in doubt.
	Open  bool
	Since time.Time
	// InDoubt selects runs that do not go on and have a write of which nobody knows whether it was done.
	InDoubt bool
	Before  string // the id of a run: only earlier ones
	Limit   int    // 0: 100
}

// Control is what another process asks the owner of a run to do.
type Control struct {
	Kind   ControlKind
	Value  int    // Concurrency
	Stream string // Concurrency: the Place.Name of the streams; empty: every stream that is not in a record
	By     string // who asks; empty for a person at a terminal
	At     time.Time
}

// ControlKind is the kind of a Control.
type ControlKind string

const (
	Stop        ControlKind = "stop"
	Pause       ControlKind = "pause"
	Concurrency ControlKind = "concurrency"
)
