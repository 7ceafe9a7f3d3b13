package journaled_test

import (
	"testing"

	"github.com/flowdeck/flowdeck/engine"
)

func TestEveryKindOfStepGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		flow   string
		picks  map[string]engine.Pick
		status engine.Status
	}{
		"loops in loops, each in a repeat": {status: engine.SucceededWithErrors, flow: `
  - id: rounds
    max: 2
    repeat:
      - id: outer
        each: '["a", "a"]'
        as: o
        key: o
        concurrency: 2
        do:
          - id: inner
            stream: w.person.list
            max: 3
            concurrency: 3
            as: i
            do:
              - id: twice
                max: 2
                repeat:
                  - id: deep
                    each: '[1, 2]'
                    as: d
                    do:
                      - if: i.id in ['p0', 'p2']
                        then:
                          - card: w.thing.create
                            with: {name: "${ o } ${ uuid() }"}
                      - return: "${ i.id }${ d }"
                until: false
                on_error: continue
          - return: "${ steps.inner.ok }"
      - if: steps.outer.ok == 2
        then:
          - card: w.thing.create
            with: {name: "round ${ uuid() }"}
    until: false
    on_error: continue
`},
		"the values of streams": {status: engine.SucceededWithErrors, flow: `
  - id: people
    stream: w.person.list
    concurrency: 3
    allow: {percent: 10}
    collect: steps.made.name + "!"
    count_by: index % 3
    do:
      - stop: no
        if: index % 5 == 4
      - fail: two
        if: record.id == "p2"
      - id: made
        card: w.thing.create
        with: {name: "${ record.id }"}
  - id: outer
    each: [a, b]
    as: o
    concurrency: 1
    collect: steps.inner
    do:
      - id: inner
        stream: w.person.list
        max: 12
        collect: steps.twice.name
        count_by: steps.twice.name[:4]
        do:
          - id: twice
            card: w.thing.create
            with: {name: "${ o } ${ record.id }"}
  - card: w.thing.create
    with: {name: "${ join(steps.people.items, \",\") } ${ len(steps.outer.items[1].items) }"}
  - return: ["${ steps.people.items }", "${ steps.people.counts }", "${ steps.outer.items }"]
`},
		"what a stream gives": {status: engine.Succeeded, flow: `
  - id: people
    stream: w.person.list
    concurrency: 3
    to: make
    give: {name: "${ record.id } ${ uuid() }"}
    count_by: len(value.name) > 10
  - return: ["${ steps.people.ok }", "${ steps.people.counts }"]
---
flow: make
inputs: {name: string}
steps:
  - id: made
    card: w.thing.create
    with: {name: "${ inputs.name }"}
  - return: {name: "${ steps.made.name }"}
`},
		"a try in records": {status: engine.SucceededWithErrors, flow: `
  - id: people
    stream: w.person.list
    concurrency: 4
    allow: {percent: 30}
    as: p
    do:
      - try:
          - card: w.thing.create
            with: {name: "${ p.id }-1"}
          - if: p.id in ['p1', 'p11', 'p13', 'p22']
            then:
              - fail: broken
          - card: w.thing.create
            with: {name: "${ p.id }-2"}
        catch:
          - when: p.id == 'p11'
            do:
              - card: w.thing.create
                with: {name: "${ p.id }-caught"}
        finally:
          - card: w.thing.create
            with: {name: "${ p.id }-last"}
  - id: again
    each: '[1, 2, 3, 4]'
    as: n
    allow: {percent: 50}
    concurrency: 2
    do:
      - card: w.thing.create
        with: {name: "again ${ string(n) }"}
      - if: n == 2
        then: [{stop: even}]
      - if: n == 3
        then: [{fail: three}]
      - return: {f: 1.5, i: 1, n: "${ n * 1.5 }", m: "${ n / 2 }", none: null}
  - return: {a: "${ steps.again.items }", p: "${ steps.people }"}
`},
		"picks and a maximum": {status: engine.Succeeded, picks: map[string]engine.Pick{"people": {Max: 8}, "some": {Only: []string{"p3", "p20", "p9"}, Max: 2}, "none": {None: true}}, flow: `
  - id: people
    stream: w.person.list
    max: 11
    concurrency: 3
    as: p
    do:
      - card: w.thing.create
        with: {name: "${ p.id }-1"}
  - id: some
    stream: w.person.list
    snapshot: true
    concurrency: 3
    as: p
    do:
      - card: w.thing.create
        with: {name: "${ p.id }-2"}
  - id: none
    stream: w.person.list
    as: p
    do:
      - card: w.thing.create
        with: {name: "${ p.id }-3"}
  - return: ["${ steps.people }", "${ steps.some }", "${ steps.none }"]
`},
		"a parallel in records, with limits": {status: engine.Succeeded, flow: `
  - id: people
    stream: w.person.list
    max: 6
    concurrency: 3
    as: p
    do:
      - timeout: 1h
        parallel:
          a:
            - id: things
              each: '[1, 2]'
              as: n
              do:
                - card: w.thing.create
                  with: {name: "${ p.id } a${ string(n) }"}
          b:
            - wait: 2s
            - card: w.person.suspend
              with: {id: "${ p.id }"}
            - id: all
              stream: w.person.list
              max: 3
              as: q
              do:
                - card: w.person.get
                  with: {id: "${ q.id }"}
      - card: w.thing.create
        with: {name: "${ p.id } end"}
`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resumption{status: test.status, picks: test.picks, flow: "\nflow: kinds\nsteps:" + test.flow}.survives(t)
		})
	}
}
