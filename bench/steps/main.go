// Command steps measures what it costs to keep a step in flowdeck's journal, next to a step of other programs.
//
// flowdeck runs a flow of N cheap steps with its journal and with --no-history: the difference is the cost of the journal.
// Another program runs N steps that do nothing, and none: the difference is the cost of its steps. All runs are made in
// turns, so that other load on the machine affects all of them.
//
// Usage: steps [-n N] [-runs N] [-with 'NAME=COMMAND']... FLOWDECK
//
// The command of a program is split at spaces. It is run with the number of steps and how many of them run at a time.
package main

import (
	"embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed *.yaml note.txt
var workspace embed.FS

// wide is the number of steps at a time, as of bench/throughput.
const wide = 16

// comparison has two commands, which differ in what is measured.
type comparison struct{ with, without []string }

// row compares steps one after another, and steps that run at a time.
type row struct {
	name  string
	cells [2]comparison
	costs [2][]float64 // microseconds for each step, one for each run
}

func main() {
	var others []row
	n := flag.Int("n", 4000, "number of steps")
	runs := flag.Int("runs", 5, "number of runs of each program")
	flag.Func("with", "a further program, as `NAME=COMMAND`; may be repeated", func(s string) error {
		name, command, ok := strings.Cut(s, "=")
		if !ok || name == "" || len(strings.Fields(command)) == 0 {
			return errors.New("want NAME=COMMAND")
		}
		others = append(others, row{name: name})
		for i, at := range []int{1, wide} {
			others[len(others)-1].cells[i] = comparison{
				with:    append(strings.Fields(command), strconv.Itoa(*n), strconv.Itoa(at)),
				without: append(strings.Fields(command), "0", strconv.Itoa(at)),
			}
		}
		return nil
	})
	flag.Parse()
	if flag.NArg() != 1 || *n < 1 || *runs < 1 {
		fmt.Fprintln(os.Stderr, "usage: steps [-n N] [-runs N] [-with NAME=COMMAND]... FLOWDECK")
		os.Exit(2)
	}
	if err := measure(flag.Arg(0), others, *n, *runs); err != nil {
		fmt.Fprintln(os.Stderr, "steps:", err)
		os.Exit(1)
	}
}

func measure(flowdeck string, others []row, n, runs int) (err error) {
	dir, err := os.MkdirTemp("", "steps")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.CopyFS(dir, workspace); err != nil {
		return fmt.Errorf("write the workspace: %w", err)
	}
	names := filepath.Join(dir, "names.json")
	if err := writeNames(names, n); err != nil {
		return fmt.Errorf("write the names of the records: %w", err)
	}
	flow := func(name string, input ...string) comparison {
		argv := append([]string{flowdeck, "run", "-C", dir, name, "--json"}, input...)
		return comparison{with: argv, without: append(slices.Clone(argv), "--no-history")}
	}
	count, records := []string{"--input", fmt.Sprint("n=", n)}, []string{"--input-file", names}
	rows := append([]row{
		{name: "flowdeck's journal, reads (`file.read`)", cells: [2]comparison{flow("reads", count...), flow("read-records", records...)}},
		{name: "flowdeck's journal, writes (`table.row.upsert`)", cells: [2]comparison{flow("writes", count...), flow("write-records", records...)}},
	}, others...)
	for run := range runs {
		for i := range rows {
			if err := rows[i].measure(n, run%2 == 1); err != nil {
				return fmt.Errorf("%s: %w", rows[i].name, err)
			}
		}
	}
	fmt.Printf("| µs per step, median of the runs | one after another | of each run | %d at a time | of each run |\n|---|---:|---:|---:|---:|\n", wide)
	for _, r := range rows {
		fmt.Printf("| %s | %s | %s |\n", r.name, cost(r.costs[0]), cost(r.costs[1]))
	}
	return nil
}

// writeNames writes a file with the inputs of the flows that have records.
func writeNames(file string, n int) error {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint("name", i)
	}
	inputs, err := json.Marshal(map[string][]string{"names": names})
	if err != nil {
		return err
	}
	return os.WriteFile(file, inputs, 0o600)
}

// measure runs the commands of a row once. If swapped, each command without comes first.
func (r *row) measure(n int, swapped bool) error {
	for i, c := range r.cells {
		first, second := c.with, c.without
		if swapped {
			first, second = second, first
		}
		a, err := run(first)
		if err != nil {
			return err
		}
		b, err := run(second)
		if err != nil {
			return err
		}
		if swapped {
			a, b = b, a
		}
		r.costs[i] = append(r.costs[i], float64((a-b).Nanoseconds())/1e3/float64(n))
	}
	return nil
}

// run returns how long a command takes.
func run(argv []string) (time.Duration, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "FLOWDECK_TRUST=1")
	cmd.Stderr = os.Stderr
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("%s: %w", strings.Join(argv, " "), err)
	}
	return time.Since(start), nil
}

// cost returns the median and the range of costs as two cells.
func cost(all []float64) string {
	sorted := slices.Sorted(slices.Values(all))
	middle := sorted[len(sorted)/2]
	if len(sorted)%2 == 0 {
		middle = (sorted[len(sorted)/2-1] + middle) / 2
	}
	return fmt.Sprintf("%.0f | %.0f–%.0f", middle, sorted[0], sorted[len(sorted)-1])
}
