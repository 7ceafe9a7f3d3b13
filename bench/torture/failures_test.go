package torture

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// await waits until the org has made n writes for the job.
func (j job) await(t *testing.T, n int) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		total := 0
		for _, count := range j.org.writes(t) {
			total += count
		}
		if total >= n {
			return
		}
	}
	t.Fatalf("the org has not made %d writes", n)
}

// resume resumes the run of the job until it ends, without another kill, and compares it with the unbroken one.
func (j job) resume(t *testing.T, p *process) {
	t.Helper()
	finish(t, j, p, func(args ...string) *process { return j.start(t, "", args...) })
}

func TestOneOfTwoProcessesThatResumeARunGoesOn(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	first := j.start(t, "", "run", "sweep", "--json")
	j.await(t, 60)
	first.killAfter(t, 0)
	one := j.start(t, "", "resume", "--last", "--json")
	two := j.start(t, "", "resume", "--last", "--json")
	winner, loser := one, two
	if one.code() == 2 {
		winner, loser = two, one
	}
	if loser.code() == 5 { // it found the run paused by the other one: a write was in doubt
		winner, loser = loser, winner
	} else if code := loser.code(); code != 2 || !strings.Contains(loser.text(), "runs run") && !strings.Contains(loser.text(), "goes on in process") && !strings.Contains(loser.text(), "no run can be resumed") {
		t.Errorf("the other process ended with %d: %s", code, loser.text())
	}
	j.resume(t, winner)
}

func TestTheRunOfAProcessThatIsStoppedIsNotResumed(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	old := j.start(t, "", "run", "sweep", "--json")
	j.await(t, 60)
	if err := old.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	// Its lock is held as long as it lives, so that on this machine nobody takes its run while it is stopped. If it was stopped in a
	// transaction, nobody can even read.
	refused := j.start(t, "", "resume", "--last", "--json")
	if code := refused.code(); code != 2 && !strings.Contains(refused.text(), "another process has locked it for too long") {
		t.Errorf("a run whose process is stopped was resumed: %d, %s", code, refused.text())
	}
	if err := old.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	j.resume(t, old)
}

func TestARunWhoseJournalWasRemovedStopsOrIsReported(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	p := j.start(t, "", "run", "sweep", "--json")
	j.await(t, 60)
	p.killAfter(t, 0)
	files, err := filepath.Glob(filepath.Join(j.dir, ".flowdeck/journal.db*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	lost := j.start(t, "", "resume", "--last", "--json")
	if code := lost.code(); code != 2 || !strings.Contains(lost.text(), "no run can be resumed") {
		t.Errorf("resume ended with %d: %s", code, lost.text())
	}
}

func TestARunWhoseFolderWasRemovedGoesOn(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	p := j.start(t, "", "run", "sweep", "--json")
	j.await(t, 60)
	p.killAfter(t, 0)
	if err := os.RemoveAll(filepath.Join(j.dir, ".flowdeck/runs")); err != nil {
		t.Fatal(err)
	}
	for p.code() == -1 || p.code() == 5 {
		p = j.start(t, "", append([]string{"resume", "--last", "--json"}, j.decide(t, p)...)...)
	}
	if code := p.code(); code != 6 {
		t.Errorf("the run ended with %d: %s", code, p.text())
	}
	j.decide(t, p)
	if lines := len(j.kept(t).Lines["people.jsonl"]); lines >= members {
		t.Errorf("the results have %d records, of which some ended before the folder was removed", lines)
	}
	for _, write := range twice(reference(t).writes, j.org.writes(t)) {
		t.Errorf("done more than once: %s", write)
	}
	if got, want := string(j.org.get(t, "/-/dump")), reference(t).result.Dump; got != want {
		t.Error("the org differs from that of an unbroken run")
	}
}

func TestARunOnAFullDiskStopsAndGoesOn(t *testing.T) {
	t.Parallel()
	for _, kib := range []int{200, 300, 400, 600} { // of each file
		t.Run(fmt.Sprint(kib), func(t *testing.T) {
			t.Parallel()
			j := newJob(t)
			full := j.startAs(t, "", []string{"bash", "-c", fmt.Sprintf("ulimit -f %d; exec %s run sweep --json", kib, binary)})
			if code := full.code(); code != 1 || !strings.Contains(full.text(), `"kind": "storage"`) {
				t.Fatalf("on a full disk the run ended with %d: %s", code, full.text())
			}
			j.resume(t, j.start(t, "", "resume", "--last", "--json"))
		})
	}
}
