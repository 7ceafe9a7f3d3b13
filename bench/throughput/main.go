// Command throughput compares flowdeck with bench/handwritten, which does the same job by hand, and with other programs
// that do it.
//
// Each run has a fresh simulated org in a separate process. The programs run in turns, so that other load on
// the machine affects all of them. The orgs must end in the same state, after the same requests.
//
// Usage: throughput [-with 'NAME=COMMAND']... FLOWDECK HANDWRITTEN
//
// The command of a program is split at spaces. It is run with the URL of the org and the name of the group, as
// HANDWRITTEN is.
package main

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

//go:embed flowdeck.yaml suspend-all.yaml
var workspace embed.FS

// standard is the address of the org in flowdeck.yaml. A benchmark replaces it.
const standard = "127.0.0.1:8644"

// cost is the time of one run.
type cost struct {
	wall time.Duration
	cpu  time.Duration // user and system time, of the program alone
}

// bench is the configuration of all runs.
type bench struct {
	flowdeck string // the binary, which also serves the org
	programs []program
	dir      string // the workspace
	org      string // the address of the org
	members  int
	runs     int
}

type program struct {
	name string
	argv []string
}

func main() {
	var others []program
	flag.Func("with", "a further program, as `NAME=COMMAND`; may be repeated", func(s string) error {
		name, command, ok := strings.Cut(s, "=")
		if !ok || name == "" || len(strings.Fields(command)) == 0 {
			return errors.New("want NAME=COMMAND")
		}
		others = append(others, program{name, strings.Fields(command)})
		return nil
	})
	members := flag.Int("members", 10_000, "number of members of the group")
	runs := flag.Int("runs", 5, "number of runs of each program")
	flag.Parse()
	if flag.NArg() != 2 || *members < 1 || *runs < 1 {
		fmt.Fprintln(os.Stderr, "usage: throughput [-members N] [-runs N] [-with NAME=COMMAND]... FLOWDECK HANDWRITTEN")
		os.Exit(2)
	}
	if err := measure(flag.Arg(0), flag.Arg(1), others, *members, *runs); err != nil {
		fmt.Fprintln(os.Stderr, "throughput:", err)
		os.Exit(1)
	}
}

func measure(flowdeck, handwritten string, others []program, members, runs int) (err error) {
	dir, err := os.MkdirTemp("", "throughput")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	org, err := freeAddress()
	if err != nil {
		return fmt.Errorf("find an address for the org: %w", err)
	}
	if err := writeWorkspace(dir, org); err != nil {
		return fmt.Errorf("write the workspace: %w", err)
	}
	b := bench{flowdeck: flowdeck, dir: dir, org: org, members: members, runs: runs, programs: []program{
		{"by hand", []string{handwritten, "http://" + org, "Everyone"}},
		{"flowdeck", []string{flowdeck, "run", "-C", dir, "suspend-all", "--input", "group=Everyone", "--json"}},
	}}
	for _, p := range others {
		b.programs = append(b.programs, program{p.name, append(p.argv, "http://"+org, "Everyone")})
	}
	fmt.Println(header)
	for _, latency := range []time.Duration{5 * time.Millisecond, 0} {
		costs, err := b.at(latency)
		if err != nil {
			return err
		}
		fmt.Print(b.rows(latency, costs))
	}
	return nil
}

// writeWorkspace writes the workspace, with the org at an address.
func writeWorkspace(dir, org string) error {
	if err := os.CopyFS(dir, workspace); err != nil {
		return err
	}
	config := filepath.Join(dir, "flowdeck.yaml")
	text, err := os.ReadFile(config)
	if err != nil {
		return err
	}
	return os.WriteFile(config, bytes.ReplaceAll(text, []byte(standard), []byte(org)), 0o600)
}

// at runs the programs in turns on orgs with a latency, and returns the costs of each program.
func (b bench) at(latency time.Duration) ([][]cost, error) {
	costs := make([][]cost, len(b.programs))
	seed := filepath.Join(b.dir, "seed.yaml")
	if err := os.WriteFile(seed, people(b.members, latency), 0o600); err != nil {
		return nil, fmt.Errorf("write the seed of the org: %w", err)
	}
	var first *state
	for run := range b.runs {
		for turn := range b.programs {
			i := (run + turn) % len(b.programs) // another one goes first
			took, end, err := b.run(b.programs[i], seed)
			if err == nil {
				first = cmp.Or(first, &end)
				err = end.differs(*first, b.members)
			}
			if err != nil {
				return nil, fmt.Errorf("%s, latency %v: %w", b.programs[i].name, latency, err)
			}
			costs[i] = append(costs[i], took)
		}
	}
	return costs, nil
}

// run runs a program once on a new org, and returns the cost and the resulting state of the org.
func (b bench) run(p program, seed string) (took cost, end state, err error) {
	stop, err := serve(b.flowdeck, seed, b.org)
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
	end, err = look(b.org)
	return took, end, err
}
