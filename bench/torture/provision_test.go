package torture

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// atATime is how many people provision-people works on at a time.
const atATime = 8

// mostMemory is what flowdeck may take for tens of thousands of people. A hundred thousand are the most.
const mostMemory = 1 << 30

// orgWithPeople returns the seed of an org where n people are assigned to an application; three more in a hundred are deactivated, so that they are not.
func orgWithPeople(n int) []byte {
	return fmt.Appendf(nil, `now: 2026-03-01T00:00:00Z
generate: {seed: 7, users: %d, groups: {Portal: all}}
apps: [{id: 0oaportal, label: Nintex Process Manager, signOnMode: BOOKMARK}]
app_groups: [{app: 0oaportal, group: Portal}]
`, (n+96)/97*100)
}

// Everybody who is assigned to an application gets into a target that refuses requests above its limit, exactly once, although flowdeck is killed again and
// again. `make provision` does it with 50,000 people.
func TestPeopleAreProvisionedOnceAlthoughTheTargetRefusesAndFlowdeckIsKilled(t *testing.T) {
	t.Parallel()
	people, limit, kills := numberIn(t, "TORTURE_PEOPLE", 300), numberIn(t, "TORTURE_LIMIT", 200), numberIn(t, "TORTURE_PROVISION_KILLS", 4)
	org, x := serve(t, orgWithPeople(people)), newTarget(t, limit)
	connection := fmt.Sprintf("  process_manager: {type: scim, base_url: %q, simulated: true, auth: {bearer: {env: SCIM_TOKEN}}}\n", x.address+"/scim/v2")
	const flows = "../../flows/provision-"
	j := job{workspace(t, org, connection, flows+"process-manager.yaml", flows+"people.yaml", flows+"person.yaml"), org}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 0))

	began, peak, started := time.Now(), 0, 0
	start := func(args ...string) *process {
		started++
		p := j.start(t, "", args...)
		memory := p.watch()
		if kills > 0 {
			x.await(p, chance.IntN(max(1, 2*people/kills)))
			if p.killAfter(t, 0) {
				kills--
			}
		}
		<-p.ended
		peak = max(peak, <-memory)
		return p
	}
	run := []string{"run", "provision-process-manager", "--json", "--input", "propagation=1"}
	p := start(run...)
	for p.code() == -1 {
		if p = start("resume", "--last", "--json"); strings.Contains(p.text(), "no run can be resumed") {
			p = start(run...)
		}
	}
	if code := p.code(); code != 0 {
		t.Fatalf("the run ended with %d:\n%s", code, p.text())
	}
	first := x.counts()
	t.Logf("%d people, %d requests a second: %v with %d processes; %d requests, %d refused in %d windows; peak memory %d MB",
		people, limit, time.Since(began).Round(time.Second/10), started, first.answered, first.refused, first.full, peak>>20)

	assigned := org.assigned(t)
	if diff := cmp.Diff(assigned, x.users(t)); diff != "" {
		t.Errorf("people (-assigned +at the target)\n%.3000s", diff)
	}
	if first.created != len(assigned) || len(assigned) < people {
		t.Errorf("%d people are assigned, and %d were created", len(assigned), first.created)
	}
	if most := (atATime + 1) * (first.full + started); first.refused > most {
		t.Errorf("%d requests were refused, of which %d can have been on their way when the target began to refuse", first.refused, most)
	}

	kills, began = 0, time.Now()
	if p := start(run...); p.code() != 0 || x.counts().writes != first.writes {
		t.Errorf("a second run ended with %d after %d writes", p.code(), x.counts().writes-first.writes)
	}
	t.Logf("a second run: %v, %d requests; peak memory of both %d MB", time.Since(began).Round(time.Second/10), x.counts().answered-first.answered, peak>>20)
	if peak > mostMemory {
		t.Errorf("flowdeck took %d MB", peak>>20)
	}
}

// await waits until the target has answered n more requests, or the process has ended.
func (x *target) await(p *process, n int) {
	for until := x.counts().answered + n; x.counts().answered < until; {
		select {
		case <-p.ended:
			return
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// watch reports the peak memory of the process in bytes after it has ended; 0 where the system does not tell.
func (p *process) watch() <-chan int {
	peak := make(chan int, 1)
	go func() {
		most := 0
		for {
			status, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "status")) // none after its end
			if _, rest, ok := strings.Cut(string(status), "VmHWM:"); ok {
				kilobytes, _ := strconv.Atoi(strings.Fields(rest)[0])
				most = max(most, kilobytes<<10)
			}
			select {
			case <-p.ended:
				peak <- most
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return peak
}

// assigned returns the names in the application of those who are assigned to it, by their ids.
func (o org) assigned(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for url := o.address + "/api/v1/apps/0oaportal/users?limit=500"; url != ""; {
		r, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "SSWS demo-token")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var page []struct {
			ID          string
			Credentials struct{ UserName string }
		}
		err = json.NewDecoder(resp.Body).Decode(&page)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v", url, resp.Status, err)
		}
		for _, u := range page {
			all[u.ID] = append(all[u.ID], u.Credentials.UserName)
		}
		url = ""
		if next := nextPage.FindStringSubmatch(strings.Join(resp.Header.Values("Link"), ", ")); next != nil {
			url = next[1]
		}
	}
	return all
}

var nextPage = regexp.MustCompile(`<([^>]*)>; rel="next"`)
