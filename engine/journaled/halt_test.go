package journaled_test

import (
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
)

// The process is killed while a branch waits, and its failure is due when the run is resumed: it must not halt the others before they have
// come to where they were.
func TestABranchThatFailsAtOnceInAResumedRunLetsTheOthersReplayWhatTheyDid(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		least  int
		branch string
	}{
		"a finally": {least: 1, branch: `
            - try:
                - card: w.thing.create
                  with: {name: a1}
              finally:
                - card: w.thing.create
                  with: {name: last1}
                - card: w.thing.create
                  with: {name: last2}
            - wait: 1h
`},
		"a finally after a failure, in steps that follow others": {least: 2, branch: `
            - card: w.thing.create
              with: {name: a1}
            - wait: 1s
            - id: limited
              timeout: 2h
              if: 1 == 1
              then:
                - try:
                    - card: w.thing.create
                      with: {name: a2}
                    - fail: broken
                  finally:
                    - card: w.thing.create
                      with: {name: last}
                  catch:
                    - do:
                        - wait: 1h
`},
		"a finally in a nested parallel": {least: 4, branch: `
            - parallel:
                one:
                  - wait: 2s
                  - try:
                      - card: w.thing.create
                        with: {name: a1}
                      - wait: 2s
                    finally:
                      - card: w.thing.create
                        with: {name: last1}
                  - wait: 1h
                two:
                  - card: w.thing.create
                    with: {name: b1}
                  - wait: 1h
                three:
                  - try:
                      - card: w.thing.create
                        with: {name: c1}
                    finally:
                      - card: w.thing.create
                        with: {name: last3}
`},
		"a finally after the start of a flow": {least: 1, branch: `
            - wait: 1s
            - start: other
            - try:
                - card: w.thing.create
                  with: {name: a1}
                - wait: 1h
              finally:
                - card: w.thing.create
                  with: {name: last1}
                - card: w.thing.create
                  with: {name: last2}
`},
		"records in flight": {least: 6, branch: `
            - id: numbers
              each: '[1, 2, 3, 4]'
              as: n
              concurrency: 2
              do:
                - card: w.thing.create
                  with: {name: "a${ n }"}
                - wait: "${ n < 3 ? '1s' : '1h' }"
                - card: w.thing.create
                  with: {name: "b${ n }"}
`},
		"records in flight of a long list": {least: 5, branch: `
            - id: people
              stream: w.person.list
              as: p
              concurrency: 3
              do:
                - card: w.thing.create
                  with: {name: "a${ p.id }"}
                - wait: 1h
                - card: w.thing.create
                  with: {name: "b${ p.id }"}
`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resumption{status: engine.Succeeded, down: time.Minute, least: test.least, flow: `
flow: halted
steps:
  - try:
      - parallel:
          a:` + test.branch + `
          b:
            - wait: 10s
            - fail: b
    catch:
      - do:
          - card: w.thing.create
            with: {name: caught}
---
flow: other
steps:
  - wait: 1s
`}.survives(t)
		})
	}
}
