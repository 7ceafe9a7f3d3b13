//go:build unix

package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// The tests below run the test binary as another process.

const (
	childRole  = "STORE_TEST_ROLE"
	childState = "STORE_TEST_STATE"
)

func TestMain(m *testing.M) {
	role := os.Getenv(childRole)
	if role == "" {
		os.Exit(m.Run())
	}
	if err := roles[role](os.Getenv(childState)); err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	os.Exit(0)
}

var roles = map[string]func(state string) error{
	"writer": writeForever,
	"owner":  ownRun,
	"filler": fillDisk,
}

// writeForever resumes the run, and writes until it is killed. After each Begin it prints the write, as if it had been sent.
func writeForever(state string) error {
	s, err := Open(Config{State: state})
	if err != nil {
		return err
	}
	l, r, err := s.Take(context.Background(), "r1", Resumption{})
	if err != nil {
		return err
	}
	fmt.Println("took", r.ID)
	failed := make(chan error)
	for strand := range 4 {
		go func() {
			for i := 0; ; i++ {
				record := engine.Record{Place: engine.Place{}.Step("sweep").Record(i/10, fmt.Sprintf("%d-%d-%d", os.Getpid(), strand, i), 0), Index: i}
				w := engine.Intent{Place: record.Place.Step("s"), Card: "fake", In: map[string]any{"user": "x"}}
				if err := errors.Join(l.Open(record), l.Begin(w)); err != nil {
					failed <- err
				}
				fmt.Println("sent", w.Place.ID())
				if err := errors.Join(l.End(w, engine.Effect{Kind: engine.CallEffect, Place: w.Place, Value: map[string]any{"changed": true}}),
					l.Close(record, engine.Outcome{Status: engine.Succeeded}, nil)); err != nil {
					failed <- err
				}
			}
		}()
	}
	return <-failed
}

// ownRun creates a run, prints what is asked of it, and ends when its standard input ends.
func ownRun(state string) error {
	s, err := Open(Config{State: state})
	if err != nil {
		return err
	}
	l, err := s.Create(context.Background(), Run{ID: "owned", Flow: "sweep"})
	if err != nil {
		return err
	}
	fmt.Println("created")
	go func() {
		for c := range l.Controls() {
			fmt.Println("asked", c.Kind, c.Value)
		}
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
	return nil // without Release: as a process that ends
}

// fillDisk writes until its limit for the size of files is reached, and prints the errors.
func fillDisk(state string) error {
	s, err := Open(Config{State: state})
	if err != nil {
		return err
	}
	l, err := s.Create(context.Background(), Run{ID: "r1", Flow: "sweep"})
	if err != nil {
		return err
	}
	fmt.Println("created")
	value := map[string]any{"text": strings.Repeat("0123456789", 400)}
	for i := range 100_000 {
		w := engine.Intent{Place: engine.Place{}.Step("s").Round(i), Card: "fake", In: value}
		if err := l.Begin(w); err != nil {
			kept := (*card.Error)(nil)
			fmt.Println("failed", i, errors.As(err, &kept) && kept.Kind == card.Storage, err)
			fmt.Println("again", l.Begin(w) != nil, l.Add(engine.Place{}, engine.Effect{Kind: engine.NowEffect, Place: w.Place}) != nil)
			return nil
		}
		fmt.Println("sent", w.Place.ID())
	}
	return errors.New("the disk never became full")
}

// child starts the test binary in a role. Its lines are read by next.
func child(t *testing.T, role, state string, wrap ...string) (cmd *exec.Cmd, in io.Closer, next func() string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := append(wrap, self)
	cmd = exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Env = append(os.Environ(), childRole+"="+role, childState+"="+state)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stdout)
	return cmd, stdin, func() string {
		line, err := lines.ReadString('\n')
		if err != nil { // a line that was cut off was not sent
			return ""
		}
		return strings.TrimSpace(line)
	}
}

func TestEveryWriteThatAKilledProcessMadeIsKept(t *testing.T) {
	t.Parallel()
	kills := 60
	if testing.Short() {
		kills = 20
	}
	state := t.TempDir()
	s := open(t, Config{State: state})
	if err := create(t, s, "r1").Release(); err != nil {
		t.Fatal(err)
	}
	sent := map[string]bool{}
	for range kills {
		cmd, _, next := child(t, "writer", state)
		if got := next(); got != "took r1" {
			t.Fatalf("got %q", got)
		}
		most := rand.IntN(400)
		for n := 0; ; n++ {
			if n == most {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
			line := next()
			if line == "" {
				break
			}
			id, ok := strings.CutPrefix(line, "sent ")
			if !ok {
				t.Fatalf("the process failed: %s", line)
			}
			sent[id] = true
		}
		_ = cmd.Wait() // it was killed
	}
	kept, doubts := map[string]bool{}, 0
	for page := (Page{Limit: 1000}); ; {
		all, err := s.Writes(t.Context(), "r1", page)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range all {
			if kept[w.Place.ID()] {
				t.Errorf("%s is kept twice", w.Place.ID())
			}
			kept[w.Place.ID()] = true
			page.After = w.At
			if w.Doubt {
				doubts++
			}
		}
		if len(all) == 0 {
			break
		}
	}
	for id := range sent {
		if !kept[id] {
			t.Errorf("%s was sent and is not kept", id)
		}
	}
	found, err := s.Doubts(t.Context(), "r1")
	if err != nil || len(found) != doubts {
		t.Errorf("%d writes in doubt, %v; want %d", len(found), err, doubts)
	}
	var result string
	if err := s.db.QueryRow("PRAGMA integrity_check").Scan(&result); err != nil || result != "ok" {
		t.Errorf("integrity: %s, %v", result, err)
	}
	t.Logf("%d kills: %d writes sent, %d kept, %d in doubt", kills, len(sent), len(kept), doubts)
}

func TestAProcessOwnsItsRunAsLongAsItLives(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	cmd, in, next := child(t, "owner", state)
	if got := next(); got != "created" {
		t.Fatal(got)
	}
	s := open(t, Config{State: state})
	_, _, err := s.Take(t.Context(), "owned", Resumption{})
	owned := (*OwnedError)(nil)
	if !errors.As(err, &owned) || owned.PID != cmd.Process.Pid || owned.Host == "" {
		t.Fatalf("taking it: %v", err)
	}
	if r, err := s.Run(t.Context(), "owned"); err != nil || r.Status != Running || r.Owner == nil {
		t.Errorf("got %+v, %v", r, err)
	}
	for _, c := range []Control{{Kind: Concurrency, Value: 4}, {Kind: Pause}, {Kind: Stop}} {
		if err := s.Ask(t.Context(), "owned", c); err != nil {
			t.Fatal(err)
		}
		if got, want := next(), fmt.Sprintf("asked %s %d", c.Kind, c.Value); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Run(t.Context(), Last); err != nil || r.Status != Interrupted || r.Owner != nil {
		t.Errorf("after its end: %+v, %v", r, err)
	}
	if err := s.Ask(t.Context(), "owned", Control{Kind: Stop}); err == nil {
		t.Error("a run that does not run was asked to stop")
	}
	take(t, s, "owned")
}

func TestAFullDiskStopsTheRun(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	_, _, next := child(t, "filler", state, "sh", "-c", `trap '' XFSZ; ulimit -f 2000; exec "$0"`)
	if got := next(); got != "created" {
		t.Fatal(got)
	}
	sent := []string{}
	line := next()
	for ; strings.HasPrefix(line, "sent "); line = next() {
		sent = append(sent, strings.TrimPrefix(line, "sent "))
	}
	if !strings.HasPrefix(line, fmt.Sprintf("failed %d true cannot use %s: ", len(sent), filepath.Join(state, Name))) || len(sent) == 0 {
		t.Errorf("after %d writes: %s", len(sent), line)
	}
	if got := next(); got != "again true true" {
		t.Errorf("later entries: %s", got)
	}
	t.Log(line)
	s := open(t, Config{State: state})
	all, err := s.Writes(t.Context(), "r1", Page{Limit: 100_000})
	if err != nil || len(all) < len(sent) {
		t.Fatalf("%d writes, %v; %d were sent", len(all), err, len(sent))
	}
	for i, id := range sent {
		if all[i].Place.ID() != id {
			t.Fatalf("write %d is %s, not %s", i, all[i].Place.ID(), id)
		}
	}
}
