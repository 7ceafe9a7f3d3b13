package grant_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/flowdeck/flowdeck/cards/grant"
	"github.com/flowdeck/flowdeck/engine/card"
)

// saver is the variable that makes this program save grants again and again, in the folder that it names.
const saver = "GRANT_TEST_SAVER"

// saveForever saves grants, and prints the number of each that is saved.
func saveForever(state string) {
	s := grant.Store{State: state, Key: card.NewSecret(os.Getenv("FLOWDECK_KEY"))}
	for n := 1; ; n++ {
		if err := s.Save(context.Background(), "okta", example(n)); err != nil {
			panic(err)
		}
		fmt.Println(n)
	}
}

// T25: kill -9 at any time leaves the old grant or the new one, and the last one that was saved is not lost.
func TestT25AKilledProcessLeavesAWholeGrant(t *testing.T) {
	t.Parallel()
	state, key := t.TempDir(), identity(t)
	s := grant.Store{State: state, Key: key}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for round := range 20 {
		cmd := exec.CommandContext(t.Context(), program)
		cmd.Env = append(os.Environ(), saver+"="+state, "FLOWDECK_KEY="+key.Reveal())
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines, saved := bufio.NewScanner(out), 0
		for range round%4 + 1 {
			lines.Scan()
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for more := true; more; more = lines.Scan() {
			if _, err := fmt.Sscan(lines.Text(), &saved); err != nil {
				t.Fatal(err)
			}
		}
		_ = cmd.Wait() // it was killed
		g, err := s.Load(t.Context(), "okta")
		if err != nil || g == nil || g.Refresh != example(saved).Refresh && g.Refresh != example(saved+1).Refresh {
			t.Errorf("after %d were saved: got %v, %v", saved, g, err)
		}
	}
	save(t, s, "okta", example(1)) // what was left does not matter
}
