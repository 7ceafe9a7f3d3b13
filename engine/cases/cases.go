// Package cases runs tests of flows: each case on simulated orgs of its own, with a clock that jumps, and with answers in place of services that
// have no simulator.
//
//	flow.Cases ──Prepare──▶ Case ──Run──▶ Result
//
// A case runs the flow as people run it: with the same interpreter, cards and connections. What differs is where the connections lead: to servers
// in the memory of this process, or to nobody. No request leaves the process, no secret is resolved, and nothing of the workspace is written.
//
// The package must not know flags, terminals or formats of reports.
package cases

import (
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/inside"
)

// A Suite has the cases of a workspace that are run together. It is safe for concurrent use.
type Suite struct {
	Workspace *host.Workspace
	Cards     card.Set
	Services  map[string]card.Service
	Limit     time.Duration // the real time that a case may take; 0 means no limit

	mu      sync.Mutex
	checked map[string]func() (*host.Checked, error) // by flow and chosen connections
	seeds   map[string]func() ([]byte, error)        // by path in the workspace
	answers map[string]func() (*check.Answer, error) // by card
}

// A Case is a test that can be run. It is immutable.
type Case struct {
	*flow.Case
	suite   *Suite
	checked *host.Checked
	now     time.Time
	seeds   map[string][]byte // by connection
	org     string            // the connection with the org; empty if the flow uses none
	mocks   map[string][]mock // by card
	start   engine.Start
	refused bool // it starts no run, as expected
}

// Prepare checks a case. It returns nil if there are problems. If the flow itself has problems, the error is a host.ProblemsError.
func (s *Suite) Prepare(c *flow.Case) (*Case, flow.Problems, error) {
	p := &preparation{Case: &Case{Case: c, suite: s, seeds: map[string][]byte{}, mocks: map[string][]mock{}}}
	err := p.safely()
	p.problems.Sort()
	if err != nil || p.problems.Err() != nil {
		return nil, p.problems, err
	}
	return p.Case, p.problems, nil
}

// at returns the value at a path of keys in the case; nil if there is none.
func (c *Case) at(keys ...string) *flow.Node {
	n := c.Node
	for _, key := range keys {
		n = n.Field(key)
	}
	return n
}

// startsNothing reports whether the case expects that no run starts.
func (c *Case) startsNothing() bool {
	n := c.at("expect", "starts")
	if n == nil {
		return false
	}
	starts, _ := n.Value.(bool)
	return !starts
}

// text returns the text at a path of keys; empty if there is none.
func (c *Case) text(keys ...string) string {
	if n := c.at(keys...); n != nil {
		return n.Text
	}
	return ""
}

// check checks a flow once.
func (s *Suite) check(f *flow.Flow, chosen map[string]string) (*host.Checked, error) {
	key := f.Name.Text
	for _, service := range slices.Sorted(maps.Keys(chosen)) {
		key += " " + service + "=" + chosen[service]
	}
	return once(s, &s.checked, key, func() (*host.Checked, error) { return s.Workspace.Check(f, chosen) })()
}

// file reads a seed once.
func (s *Suite) file(name string, most int64) ([]byte, error) {
	return once(s, &s.seeds, name, func() ([]byte, error) {
		return inside.Read(inside.FS(s.Workspace.Dir), name, most)
	})()
}

// once returns the function of a key, which calls do once.
func once[T any](s *Suite, all *map[string]func() (T, error), key string, do func() (T, error)) func() (T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if *all == nil {
		*all = map[string]func() (T, error){}
	}
	if (*all)[key] == nil {
		(*all)[key] = sync.OnceValues(do)
	}
	return (*all)[key]
}

// inWorkspace returns the path in the workspace of a file that is named relative to the file with the case.
func (c *Case) inWorkspace(file string) (string, bool) {
	dir := path.Dir(relative(c.suite.Workspace.Dir, c.File.Name))
	name := path.Join(dir, file)
	return name, !path.IsAbs(file) && name != ".." && !strings.HasPrefix(name, "../")
}
