// Command temporal runs the demo flow on Temporal with several workers, kills some of them, and shows that every member was
// changed once: go run ./bench/temporal [-members 10000] [-workers 2] [-kills 1] bin/flowdeck bin/temporal
//
// The simulated org, the workers, the run and, without TEMPORAL_ADDRESS, Temporal's dev server are processes of their own. A worker that was
// killed is started again. It fails unless the run succeeded, all members are suspended, and the org has answered exactly one
// suspension of each with success. It imports nothing of flowdeck.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// config is what the flags say.
type config struct {
	flowdeck, temporal      string // the binaries
	members, workers, kills int
	server                  string // the address of Temporal; empty: a dev server of its own
	file                    string // the database of the dev server; empty: in memory
	flows                   string // the files of the flow, which has the name of the first one, and its helpers, with commas between them
}

func main() {
	c := config{server: os.Getenv("TEMPORAL_ADDRESS")}
	flag.IntVar(&c.members, "members", 10_000, "how many members the group has")
	flag.IntVar(&c.workers, "workers", 2, "how many workers")
	flag.IntVar(&c.kills, "kills", 1, "how many times a worker is killed")
	flag.StringVar(&c.file, "db", "", "the `FILE` in which the dev server keeps its histories; without it, they are in memory")
	flag.StringVar(&c.flows, "flow", "flows/suspend-idle-members.yaml,flows/suspend-if-idle.yaml", "the `FILES` of the flow, which suspends the members of inputs.group, and its helpers")
	flag.Parse()
	if flag.NArg() != 2 || c.members < 1 || c.workers < 1 || c.kills < 0 {
		fmt.Fprintln(os.Stderr, "usage: temporal [-members N] [-workers N] [-kills N] [-db FILE] [-flow FILES] FLOWDECK TEMPORAL")
		os.Exit(2)
	}
	c.flowdeck, c.temporal = flag.Arg(0), flag.Arg(1)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := demo(ctx, c); err != nil {
		fmt.Fprintln(os.Stderr, "temporal:", err)
		os.Exit(1)
	}
}

// flow returns the name of the flow.
func (c config) flow() string {
	first, _, _ := strings.Cut(c.flows, ",")
	return strings.TrimSuffix(filepath.Base(first), ".yaml")
}

func demo(ctx context.Context, c config) (err error) {
	dir, err := os.MkdirTemp("", "temporal")
	if err != nil {
		return err
	}
	started := &processes{log: filepath.Join(dir, "processes.log")}
	defer func() {
		err = errors.Join(err, started.stop())
		if err != nil {
			fmt.Fprintln(os.Stderr, "what the processes wrote is in", started.log)
			return
		}
		err = os.RemoveAll(dir)
	}()

	address, err := c.prepare(ctx, started, dir)
	if err != nil {
		return err
	}
	org := orgClient{address: address}
	fmt.Printf("A simulated org has %d people, who have not signed in for a long time: http://%s\n", c.members, address)

	work := []string{c.flowdeck, "worker", "-C", dir, "--temporal", c.server}
	fmt.Printf("%d workers run flows of the workspace:\n\n$ flowdeck worker --temporal %s\n\n", c.workers, c.server)
	var workers []*process
	for range c.workers {
		w, err := started.start(environment(c.server), work...)
		if err != nil {
			return err
		}
		workers = append(workers, w)
	}

	run := []string{c.flowdeck, "run", c.flow(), "-C", dir, "--input", "group=Everyone", "--on", "temporal", "--yes", "--json"}
	fmt.Printf("The run is started from a third process:\n\n$ flowdeck run %s --input group=Everyone --on temporal\n\n", c.flow())
	began := time.Now()
	watched, stopWatching := context.WithCancel(ctx)
	defer stopWatching()
	killed := make(chan error, 1)
	go func() {
		killed <- kills(watched, c, &org, func(n int) error {
			victim := n % len(workers)
			fmt.Printf("%6.1fs  worker %d (process %d) is killed with kill -9\n", time.Since(began).Seconds(), victim+1, workers[victim].Pid())
			if err := workers[victim].kill(); err != nil {
				return err
			}
			again, err := started.start(environment(c.server), work...)
			workers[victim] = again
			return err
		}, func(n int) {
			fmt.Printf("%6.1fs  %6d of %d members are suspended\n", time.Since(began).Seconds(), n, c.members)
		})
	}()
	report, err := play(ctx, environment(c.server), run)
	took := time.Since(began)
	stopWatching()
	if killing := <-killed; err == nil {
		err = killing
	}
	if err != nil {
		return err
	}
	if err := org.look(ctx); err != nil {
		return err
	}
	fmt.Printf("%6.1fs  the run %s has ended: %s, %d suspended, %d failed; %.0f members per second\n\n",
		took.Seconds(), report.Run, report.Status, report.Result.Suspended, report.Result.Failed, float64(c.members)/took.Seconds())
	return verdict(c, report, &org)
}

// report is what the demo reads of the report of a run.
type report struct {
	Run    string
	Status string
	Result struct{ Suspended, Failed int }
}

// play runs the flow, and returns its report.
func play(ctx context.Context, env, argv []string) (r report, err error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var out, errs bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = env, &out, &errs
	if err := cmd.Run(); err != nil {
		return r, fmt.Errorf("the run: %w\n%s%s", err, out.Bytes(), errs.Bytes())
	}
	return r, json.Unmarshal(out.Bytes(), &r)
}

// verdict checks that each member was suspended once.
func verdict(c config, r report, org *orgClient) error {
	twice := 0
	for _, n := range org.suspended {
		if n > 1 {
			twice++
		}
	}
	if r.Result.Suspended != c.members || len(org.suspended) != c.members || twice > 0 || org.missed > 0 {
		return fmt.Errorf("of %d members, %d were suspended at the org, %d of them more than once, and the run counts %d; %d requests were not seen",
			c.members, len(org.suspended), twice, r.Result.Suspended, org.missed)
	}
	fmt.Printf("The org's log of requests has %d suspensions that succeeded: each member was suspended once.\n", len(org.suspended))
	if org.again > 0 {
		fmt.Printf("%d were sent a second time, since a worker ended before the answer arrived, and changed nothing.\n", org.again)
	}
	return nil
}
