// Burst measures how a server bears a burst of webhooks: go run ./bench/burst [-requests 10000] [-clients 64] bin/flowdeck
//
// It starts the real binary on a workspace of its own, and sends the requests as fast as it can. It fails unless each one was accepted and has
// started exactly one run. Then it sends them again to a flow that is slow, and measures how long another flow waits for its start meanwhile. It
// imports nothing of flowdeck.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const workspace = `flow: burst
inputs: {n: integer}
triggers: [{webhook: burst}]
steps:
  - return: ${ inputs.n }
---
flow: slow
inputs: {n: integer}
triggers: [{webhook: slow}]
steps:
  - wait: 100ms
---
flow: other
inputs: {n: integer}
triggers: [{webhook: other, respond: wait}]
steps:
  - return: ${ inputs.n }
`

func main() {
	requests := flag.Int("requests", 10_000, "how many requests")
	clients := flag.Int("clients", 64, "how many are sent at a time")
	flag.Parse()
	if err := run(flag.Arg(0), *requests, *clients); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(binary string, requests, clients int) (err error) {
	s, err := start(binary, clients)
	if err != nil {
		return err
	}
	defer func() {
		if stopped := s.stop(); err == nil {
			err = stopped
		}
	}()
	idle, err := s.others(20)
	if err != nil {
		return err
	}
	fmt.Printf("before: peak memory %d MB, an idle server starts and ends a run in %s (median), %s (longest)\n", s.peak(), at(idle, 50), at(idle, 100))

	began := time.Now()
	took, err := s.post("burst", requests)
	if err != nil {
		return err
	}
	accepted := time.Since(began)
	fmt.Printf("burst: %d requests accepted in %.1f s (%.0f per second), answered in %s (median), %s (99 %%), %s (longest), peak memory %d MB\n",
		requests, accepted.Seconds(), float64(requests)/accepted.Seconds(), at(took, 50), at(took, 99), at(took, 100), s.peak())
	if err := s.await("burst", requests); err != nil {
		return err
	}
	all := time.Since(began)
	fmt.Printf("burst: all %d runs have succeeded after %.1f s (%.0f per second), peak memory %d MB\n", requests, all.Seconds(), float64(requests)/all.Seconds(), s.peak())

	if _, err = s.post("slow", requests); err != nil {
		return err
	}
	before, err := s.waiting()
	if err != nil {
		return err
	}
	busy, err := s.others(20)
	if err != nil {
		return err
	}
	after, err := s.waiting()
	if err != nil {
		return err
	}
	if after == 0 {
		return fmt.Errorf("no start waits any more: take more requests")
	}
	fmt.Printf("fairness: while %d to %d starts of another flow wait, a run starts and ends in %s (median), %s (longest), peak memory %d MB\n",
		before, after, at(busy, 50), at(busy, 100), s.peak())
	return nil
}

// server is flowdeck serve on a workspace of its own.
type server struct {
	dir, url, token string
	cmd             *exec.Cmd
	client          *http.Client
	clients         int
}

var listening = regexp.MustCompile(`"url":"(http://127\.0\.0\.1:\d+)"`)

func start(binary string, clients int) (*server, error) {
	binary, err := filepath.Abs(binary)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "burst")
	if err != nil {
		return nil, err
	}
	for name, text := range map[string]string{"flowdeck.yaml": "timezone: UTC\n", "flows.yaml": workspace} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	token, err := exec.Command(binary, "token", "create", "burst", "--role", "operator", "-C", dir).Output()
	if err != nil {
		return nil, fmt.Errorf("token create: %w", err)
	}
	s := &server{
		dir: dir, token: strings.TrimSpace(string(token)), clients: clients, cmd: exec.Command(binary, "serve", "-C", dir, "--listen", "127.0.0.1:0", "--log", "json"),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}, Timeout: 2 * time.Minute},
	}
	log, err := s.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if found := listening.FindStringSubmatch(lines.Text()); found != nil {
			s.url = found[1]
			go func() { _, _ = io.Copy(io.Discard, log) }()
			return s, nil
		}
	}
	return nil, fmt.Errorf("the server did not start: %w", s.cmd.Wait())
}

func (s *server) stop() error {
	defer os.RemoveAll(s.dir)
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return s.cmd.Wait()
}

// post sends requests, and returns how long their answers took, sorted. Each answer must be a new occasion.
func (s *server) post(flow string, requests int) ([]time.Duration, error) {
	took, errs, known := make([]time.Duration, requests), make([]error, requests), sync.Map{}
	next := make(chan int)
	var all sync.WaitGroup
	for range s.clients {
		all.Go(func() {
			for n := range next {
				began := time.Now()
				var answer struct{ Occasion int64 }
				if errs[n] = s.ask(flow, n, http.StatusAccepted, &answer); errs[n] == nil {
					if _, twice := known.LoadOrStore(answer.Occasion, true); twice {
						errs[n] = fmt.Errorf("two requests are occasion %d", answer.Occasion)
					}
				}
				took[n] = time.Since(began)
			}
		})
	}
	for n := range requests {
		next <- n
	}
	close(next)
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(took)
	return took, nil
}

// others starts another flow, once after the other, and returns how long its runs took from the request to their result, sorted.
func (s *server) others(times int) (took []time.Duration, err error) {
	for n := range times {
		began := time.Now()
		var answer struct{ Status string }
		if err := s.ask("other", n, http.StatusOK, &answer); err != nil {
			return nil, err
		}
		if answer.Status != "succeeded" {
			return nil, fmt.Errorf("a run of another flow has the status %q", answer.Status)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return took, nil
}

func (s *server) ask(flow string, n, want int, answer any) error {
	req, err := http.NewRequest(http.MethodPost, s.url+"/hooks/"+flow, bytes.NewReader(fmt.Appendf(nil, `{"n": %d}`, n)))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+s.token)
	got, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		return err
	}
	if got.StatusCode != want {
		return fmt.Errorf("request %d of %s was answered with %s: %s", n, flow, got.Status, body)
	}
	return json.Unmarshal(body, answer)
}

// metric returns the sum of a metric, of the lines that start with a text.
func (s *server) metric(line string) (sum float64, err error) {
	got, err := s.client.Get(s.url + "/metrics")
	if err != nil {
		return 0, err
	}
	defer got.Body.Close()
	for lines := bufio.NewScanner(got.Body); lines.Scan(); {
		if value, found := strings.CutPrefix(lines.Text(), line); found {
			n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				return 0, err
			}
			sum += n
		}
	}
	return sum, nil
}

// await waits until so many runs of a flow have succeeded.
func (s *server) await(flow string, runs int) error {
	line := fmt.Sprintf("flowdeck_runs_ended_total{flow=%q,status=\"succeeded\"}", flow)
	for {
		n, err := s.metric(line)
		if err != nil {
			return err
		}
		if int(n) > runs {
			return fmt.Errorf("%d requests have started %d runs", runs, int(n))
		}
		waiting, err := s.waiting()
		if err != nil || int(n) == runs && waiting == 0 {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (s *server) waiting() (int, error) {
	n, err := s.metric("flowdeck_occasions_waiting ")
	return int(n), err
}

// peak returns the largest memory of the server so far, in MB; 0 if the system does not report it.
func (s *server) peak() int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if value, found := strings.CutPrefix(line, "VmHWM:"); found {
			kilobytes, _ := strconv.Atoi(strings.Fields(value)[0])
			return kilobytes / 1024
		}
	}
	return 0
}

// at returns a percentile of sorted durations.
func at(sorted []time.Duration, percent int) time.Duration {
	return sorted[min(len(sorted)-1, len(sorted)*percent/100)].Round(100 * time.Microsecond)
}
