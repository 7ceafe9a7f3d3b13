package torture

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/killpoint"
)

// unbroken is the run that nobody killed, and the writes that it made. It is made once, since all tests compare with it.
type unbroken struct {
	result result
	writes map[string]int
}

var whole struct {
	once sync.Once
	unbroken
}

func reference(t *testing.T) unbroken {
	t.Helper()
	whole.once.Do(func() {
		j := newJob(t)
		whole.result = j.result(t, j.start(t, "", "run", "sweep", "--json"))
		whole.writes = j.org.writes(t)
	})
	return whole.unbroken
}

// finish resumes the run of a job until it ends, and compares it with the unbroken one. p is the process that was killed
// last, and again starts and perhaps kills the next one.
func finish(t *testing.T, j job, p *process, again func(args ...string) *process) {
	t.Helper()
	for p.code() == -1 || p.code() == 5 {
		p = again(append([]string{"resume", "--last", "--json"}, j.decide(t, p)...)...)
		if strings.Contains(p.text(), "no run can be resumed") {
			if len(j.org.writes(t)) > 0 { // it was killed between the end of the run and its own
				check(t, j, nil)
				return
			}
			p = again("run", "sweep", "--json")
		}
	}
	j.decide(t, p)
	check(t, j, p)
}

// check compares a run that has ended with the unbroken one. p is its last process; nil if it was killed after the end.
func check(t *testing.T, j job, p *process) {
	t.Helper()
	unbroken := reference(t)
	want, got := unbroken.result.settled(), j.kept(t)
	if p == nil {
		want = result{Lines: want.Lines, Dump: want.Dump}
	} else {
		got = j.result(t, p).settled()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-unbroken +resumed):\n%s", diff)
	}
	for _, write := range twice(unbroken.writes, j.org.writes(t)) {
		t.Errorf("done more than once: %s", write)
	}
}

// phases counts the kills by phase.
type phases struct {
	mu     sync.Mutex
	counts map[string]int
}

func (p *phases) add(phase string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts[phase]++
}

func (p *phases) String() string {
	total := 0
	var lines []string
	for phase, n := range p.counts {
		total += n
		lines = append(lines, fmt.Sprintf("\n%5d %s", n, phase))
	}
	slices.Sort(lines)
	slices.Reverse(lines)
	return fmt.Sprintf("%d kills%s", total, strings.Join(lines, ""))
}

// kills is the number of kills at random times: TORTURE_KILLS, or enough for each change.
func kills(t *testing.T) int {
	text := os.Getenv("TORTURE_KILLS")
	if text == "" {
		return 30
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestARunThatIsKilledAtRandomTimesDoesEverythingOnce(t *testing.T) {
	t.Parallel()
	const workers = 3
	fell := phases{counts: map[string]int{}}
	t.Cleanup(func() { t.Log(&fell) })
	for worker := range workers {
		t.Run(fmt.Sprint(worker), func(t *testing.T) {
			t.Parallel()
			seed := uint64(time.Now().UnixNano())
			t.Logf("seed %d", seed)
			chance := rand.New(rand.NewPCG(seed, 0))
			for left := kills(t) / workers; left > 0 && !t.Failed(); {
				j := newJob(t)
				again := func(args ...string) *process {
					p := j.start(t, "", args...)
					if left > 0 && p.killAfter(t, time.Duration(20+chance.IntN(600))*time.Millisecond) {
						left--
						fell.add(p.phase())
					}
					return p
				}
				finish(t, j, again("run", "sweep", "--json"), again)
			}
		})
	}
}

func TestARunThatIsKilledAtAPointDoesEverythingOnce(t *testing.T) {
	t.Parallel()
	for _, point := range killpoint.All {
		t.Run(string(point), func(t *testing.T) {
			t.Parallel()
			j := newJob(t)
			chance := rand.New(rand.NewPCG(1, 0))
			most := map[killpoint.Point]int{killpoint.BeforeFinish: 4, killpoint.LastPage: 1, killpoint.StreamEnded: 30}[point]
			if most == 0 {
				most = 40
			}
			killed := 0
			again := func(args ...string) *process {
				kill := ""
				if killed < 3 {
					kill = fmt.Sprint(point, ":", 1+chance.IntN(most))
				}
				p := j.start(t, kill, args...)
				if p.code() == -1 {
					killed++
				}
				return p
			}
			finish(t, j, again("run", "sweep", "--json"), again)
			if killed == 0 {
				t.Error("the process was never killed")
			}
		})
	}
}
