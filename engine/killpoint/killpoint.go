// Package killpoint names points at which tests kill the process, to prove that its runs survive. Without the build tag
// killpoints, it does nothing.
package killpoint

// Point is a point in the work of a process.
type Point string

// All has the points, in the order in which a write, a record and a run pass them.
var All = []Point{
	BeginQueued, InCommit, Committed, BeginCommitted, CallAnswered, EndQueued, LineWritten, LastPage, StreamEnded, BeforeFinish,
}

const (
	BeginQueued    Point = "begin-queued"    // a write is queued for the journal
	InCommit       Point = "in-commit"       // between two statements of a transaction
	Committed      Point = "committed"       // after a transaction, before anybody knows of it
	BeginCommitted Point = "begin-committed" // a write is durable, and the call is about to leave
	CallAnswered   Point = "call-answered"   // a write was made, and its result is not queued
	EndQueued      Point = "end-queued"      // the result of a write is queued
	LineWritten    Point = "line-written"    // the results have the line of a record that is not closed
	LastPage       Point = "last-page"       // the last page of a stream was read
	StreamEnded    Point = "stream-ended"    // the end of a stream is queued
	BeforeFinish   Point = "before-finish"   // the run has ended, and the journal does not know it
)
