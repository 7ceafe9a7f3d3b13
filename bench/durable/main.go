// Command durable does the job of bench/handwritten on libraries for durable workflows, so that bench/throughput and
// bench/steps can compare flowdeck with them.
//
// It is a module of its own, so that flowdeck does not get the dependencies of these libraries.
//
// Usage:
//
//	durable LIBRARY STATE sweep ORG GROUP   suspend the idle members of a group; the API token is in OKTA_API_TOKEN
//	durable LIBRARY STATE steps N WIDTH     run N steps that do nothing, WIDTH of them at a time
//
// LIBRARY is go-workflows, whose STATE is a SQLite file, dbos, whose STATE is the URL of a database, or temporal, whose STATE is the
// address of a server.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"
)

const (
	width = 16 // members at a time
	idle  = 90 * 24 * time.Hour
)

// job is the input of a sweep.
type job struct {
	Group  string    // name
	Cutoff time.Time // who has signed in since is skipped
}

// work is the input of a workflow that only runs steps.
type work struct {
	Steps, Width int
}

// tally counts the members by outcome.
type tally struct {
	Suspended int `json:"suspended"`
	Skipped   int `json:"skipped"`
}

// library runs the workflows on a library. A new library is started, and close stops it.
type library interface {
	sweep(context.Context, job) (tally, error)
	steps(context.Context, work) error
	close() error
}

func main() {
	if len(os.Args) != 6 {
		fmt.Fprintln(os.Stderr, "usage: durable go-workflows|dbos|temporal STATE sweep ORG GROUP\n       durable go-workflows|dbos|temporal STATE steps N WIDTH")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4:]); err != nil {
		fmt.Fprintf(os.Stderr, "durable: %s %s: %v\n", os.Args[1], os.Args[3], err)
		os.Exit(1)
	}
}

func run(name, state, what string, args []string) error {
	ctx := context.Background()
	switch what {
	case "sweep":
		lib, err := open(ctx, name, state, newOrg(args[0], os.Getenv("OKTA_API_TOKEN")), width)
		if err != nil {
			return err
		}
		done, err := lib.sweep(ctx, job{Group: args[1], Cutoff: time.Now().Add(-idle)})
		if err != nil {
			return err
		}
		if err := lib.close(); err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(done)
	case "steps":
		n, err := strconv.Atoi(args[0])
		if err != nil {
			return fmt.Errorf("read the number of steps: %w", err)
		}
		at, err := strconv.Atoi(args[1])
		if err != nil || at < 1 {
			return fmt.Errorf("the number of steps at a time is %q, not a number from 1", args[1])
		}
		lib, err := open(ctx, name, state, nil, at)
		if err != nil {
			return err
		}
		if err := lib.steps(ctx, work{Steps: n, Width: at}); err != nil {
			return err
		}
		return lib.close()
	default:
		return fmt.Errorf("%q is not a job: sweep, steps", what)
	}
}

// open starts a library that runs at most so many steps at a time.
func open(ctx context.Context, name, state string, o *org, at int) (library, error) {
	switch name {
	case "go-workflows":
		return newGoWorkflows(ctx, state, o, at)
	case "dbos":
		return newDBOS(ctx, state, o, at)
	case "temporal":
		return newTemporal(state, o, at)
	default:
		return nil, fmt.Errorf("not a library: go-workflows, dbos, temporal")
	}
}
