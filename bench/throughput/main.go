// Command throughput compares flowdeck with bench/handwritten, which does the same job by hand.
//
// Each run has a fresh simulated org in a separate process. The two programs run alternately, so that other load on
// the machine affects both. The orgs must end in the same state, after the same requests.
//
// Usage: throughput FLOWDECK HANDWRITTEN
package main

import (
	"cmp"
	"embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

//go:embed flowdeck.yaml suspend-all.yaml
var workspace embed.FS

// org is the address of the org, as in flowdeck.yaml.
const org = "127.0.0.1:8644"

// cost is the time of one run.
type cost struct {
	wall time.Duration
	cpu  time.Duration // user and system time, of the program alone
}

// bench is the configuration of all runs.
type bench struct {
	flowdeck string // the binary, which also serves the org
	programs [2]program
	dir      string // the workspace
	members  int
	runs     int
}

type program struct {
	name string
	argv []string
}

func main() {
	members := flag.Int("members", 10_000, "number of members of the group")
	runs := flag.Int("runs", 5, "number of runs of each program")
	flag.Parse()
	if flag.NArg() != 2 || *members < 1 || *runs < 1 {
		fmt.Fprintln(os.Stderr, "usage: throughput [-members N] [-runs N] FLOWDECK HANDWRITTEN")
		os.Exit(2)
	}
	if err := measure(flag.Arg(0), flag.Arg(1), *members, *runs); err != nil {
		fmt.Fprintln(os.Stderr, "throughput:", err)
		os.Exit(1)
	}
}

func measure(flowdeck, handwritten string, members, runs int) (err error) {
	dir, err := os.MkdirTemp("", "throughput")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.CopyFS(dir, workspace); err != nil {
		return err
	}
	b := bench{flowdeck: flowdeck, dir: dir, members: members, runs: runs, programs: [2]program{
		{"flowdeck", []string{flowdeck, "run", "-C", dir, "suspend-all", "--input", "group=Everyone", "--json"}},
		{"by hand", []string{handwritten, "http://" + org, "Everyone"}},
	}}
	fmt.Println(header)
	for _, latency := range []time.Duration{5 * time.Millisecond, 0} {
		costs, err := b.at(latency)
		if err != nil {
			return err
		}
		fmt.Print(rows(latency, members, costs))
	}
	return nil
}

// at runs the programs alternately on orgs with a latency.
func (b bench) at(latency time.Duration) (costs [2][]cost, err error) {
	seed := filepath.Join(b.dir, "seed.yaml")
	if err := os.WriteFile(seed, people(b.members, latency), 0o600); err != nil {
		return costs, err
	}
	var first *state
	for run := range b.runs {
		for turn := range b.programs {
			i := (run + turn) % len(b.programs) // alternate which one goes first
			took, end, err := b.run(b.programs[i], seed)
			if err == nil {
				first = cmp.Or(first, &end)
				err = end.differs(*first, b.members)
			}
			if err != nil {
				return costs, fmt.Errorf("%s, latency %v: %w", b.programs[i].name, latency, err)
			}
			costs[i] = append(costs[i], took)
		}
	}
	return costs, nil
}

// run runs a program once on a new org, and returns the cost and the resulting state of the org.
func (b bench) run(p program, seed string) (took cost, end state, err error) {
	stop, err := serve(b.flowdeck, seed)
	if err != nil {
		return took, end, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	cmd := exec.Command(p.argv[0], p.argv[1:]...)
	cmd.Env = append(os.Environ(), "OKTA_API_TOKEN=demo-token", "FLOWDECK_TRUST=1")
	cmd.Stderr = os.Stderr
	start := time.Now()
	err = cmd.Run()
	took.wall = time.Since(start)
	if err != nil {
		return took, end, err
	}
	took.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	end, err = look()
	return took, end, err
}
