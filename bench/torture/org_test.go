package torture

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// members is the number of records of the flow's stream.
const members = 60

// seed returns an org with a group of users, most of whom can be suspended.
func seed() []byte {
	var b bytes.Buffer
	b.WriteString("now: 2026-03-01T00:00:00Z\nlatency: 4ms\ngroups:\n  - {name: Contractors, members: [")
	for i := range members {
		fmt.Fprintf(&b, "member%d@acme.example, ", i)
	}
	b.WriteString("]}\nusers:\n")
	for i := range members {
		status := "ACTIVE"
		if i%11 == 5 {
			status = "SUSPENDED"
		}
		fmt.Fprintf(&b, "  - {login: member%d@acme.example, firstName: Member, lastName: No%[1]d, status: %s}\n", i, status)
	}
	return b.Bytes()
}

// org is a simulated org in a process that is not killed.
type org struct{ address string }

var address = regexp.MustCompile(`on (http://127\.0\.0\.1:[0-9]+) `)

// serve starts the org of a seed, which ends with the test.
func serve(t *testing.T, seed []byte) org {
	t.Helper()
	file := filepath.Join(t.TempDir(), "org.yaml")
	if err := os.WriteFile(file, seed, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "org", file, "--listen", "127.0.0.1:0")
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // it was killed
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	found := address.FindStringSubmatch(line)
	if err != nil || found == nil {
		t.Fatalf("the org did not start: %q, %v", line, err)
	}
	return org{found[1]}
}

func (o org) get(t *testing.T, path string) []byte {
	t.Helper()
	resp, err := http.Get(o.address + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s, %v", path, resp.Status, err)
	}
	return body
}

// writes counts the requests that changed something, by method, path and status, as the org noted them.
func (o org) writes(t *testing.T) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for line := range bytes.Lines(o.get(t, "/-/requests?since=0")) {
		var r struct {
			Method, Path string
			Status       int
		}
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		if r.Method != http.MethodGet {
			counts[fmt.Sprint(r.Method, " ", r.Path, " ", r.Status)]++
		}
	}
	return counts
}

// twice returns the writes that the org did more often than want. A member that was added twice is not one: the request is
// idempotent, and the org answers both with 204.
func twice(want, got map[string]int) (list []string) {
	for write, n := range got {
		done := strings.HasSuffix(write, " 200") || strings.HasPrefix(write, "POST /api/v1/groups ")
		if done && n > want[write] {
			list = append(list, fmt.Sprintf("%d × %s, want %d", n, write, want[write]))
		}
	}
	return list
}
