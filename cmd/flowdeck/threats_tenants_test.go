//go:build unix

package main

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"
)

const tenants = `flow: text
triggers: [{webhook: text}]
steps:
  - set: {x: a long text that doubles}
  - repeat:
      - set: {x: "${ vars.x + vars.x }"}
    until: false
---
flow: list
triggers: [{webhook: list}]
steps:
  - set: {x: "${ [1, 2, 3, 4] }"}
  - repeat:
      - set: {x: "${ concat(vars.x, vars.x) }"}
    until: false
---
flow: records
triggers: [{webhook: records}]
steps:
  - each: split(repeat("a,", 999), ",")
    concurrency: 100
    key: record
    do:
      - set: {x: a long text that doubles}
      - repeat:
          - set: {x: "${ vars.x + vars.x }"}
        until: len(vars.x) > 20000000
      - wait: 10m
---
flow: computes
triggers: [{webhook: computes}]
steps:
  - each: split(repeat("a,", 99999), ",")
    concurrency: 100
    key: record
    do:
      - return: ${ sum(map(split(repeat("a,", 250), ","), sum(map(split(repeat("a,", 250), ","), len(#) * 2)))) }
---
flow: rounds
triggers: [{webhook: rounds}]
steps:
  - set: {n: 0}
  - repeat:
      - set: {n: "${ vars.n + 1 }"}
    until: false
    max: 1000000
---
flow: waits
triggers: [{webhook: waits}]
steps: [{wait: 1h}]
---
flow: tick
triggers: [{schedule: "* * * * *"}]
steps: [{return: 1}]
`

// One flow doubles a text, one a list, one keeps large texts of a hundred records, one computes, one has a million rounds, one waits. The schedule
// of another flow starts on time, in a bounded process.
func TestT10OneFlowCannotStopAnother(t *testing.T) {
	t.Parallel()
	long(t)
	p := serveIn(t, folder(t, map[string]string{"flowdeck.yaml": "timezone: UTC\n", "flows.yaml": tenants}), "--memory", "400MiB")
	for _, flow := range []string{"text", "list", "records", "computes", "rounds", "waits", "records"} {
		if status, a := p.ask("POST", "/hooks/"+flow, ""); status != http.StatusAccepted {
			t.Fatalf("%s: got %d %v", flow, status, a)
		}
	}
	done, largest := make(chan struct{}), make(chan int)
	go func() {
		most := 0
		for {
			select {
			case <-done:
				largest <- most
				return
			case <-time.After(100 * time.Millisecond): // what the process has now
				most = max(most, p.rss())
			}
		}
	}()
	started := p.await(`"msg":"started"`, `"flow":"tick"`)
	for flow, why := range map[string]string{"text": "more than 64 MiB of data", "list": "more than 4000000 elements", "records": "together take more than 400 MiB of memory"} {
		p.await(`"msg":"ended"`, `"flow":"`+flow+`"`, `"status":"failed"`, why)
	}
	var line struct{ Time time.Time }
	if err := json.Unmarshal([]byte(started), &line); err != nil || line.Time.Second() > 15 {
		t.Errorf("the schedule started late, %v: %s", err, started)
	}
	close(done)
	if most := <-largest; most > 1<<30 {
		t.Errorf("the process took %d MiB", most>>20)
	}
	if status, a := p.ask("GET", "/api/v1/runs?flow=records", ""); status != http.StatusOK {
		t.Errorf("got %d %v", status, a)
	}
}
