package machines

import "github.com/flowdeck/flowdeck/engine/temporal"

// queues names task queues by marks of texts, which only those with the same key make: a worker with another key gets no task that it could not read.
type queues struct{ mark func(string) string }

// runs returns the task queue of workflows, and of calls without a connection.
func (q queues) runs() string { return "flowdeck-" + q.mark("runs") }

// calls returns the task queue for the calls of a connection that leads to an org and that write, or that only read, so that a worker that does not reach
// a service, reaches another org by a connection of this name, or may not write, does not get them. Its name says no more about the org than whether two
// queues are of the same one.
func (q queues) calls(to temporal.Connected, writes bool) string {
	queue := q.runs() + "/" + to.Name + "/" + q.mark(led(to))
	if !writes {
		queue += "/reads"
	}
	return queue
}

// led returns whom a connection reaches, as a text that is the same for all connections that a run may use alike: see host.Connections.SameAs.
func led(to temporal.Connected) string {
	switch {
	case to.Key != "" && to.Simulated:
		return "simulated key " + to.Key
	case to.Key != "":
		return "key " + to.Key
	case to.Simulated:
		return "simulated"
	}
	return "org " + to.Org
}
