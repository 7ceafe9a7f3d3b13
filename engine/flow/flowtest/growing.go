package flowtest

import (
	"fmt"
	"strings"
)

// Growing are flows of a size n, each of a form that has cost more than n. They use cards of a service.
func Growing(service string) map[string]func(n int) string {
	all := map[string]func(n int) string{}
	for name, write := range growing {
		all[name] = func(n int) string {
			var b strings.Builder
			write(&b, n)
			return strings.ReplaceAll(strings.TrimPrefix(b.String(), "---\n"), "fake.", service+".")
		}
	}
	return all
}

var growing = map[string]func(b *strings.Builder, n int){
	"variables that hold the one before twice": func(b *strings.Builder, n int) {
		b.WriteString("flow: f\ninputs: {a: string}\nsteps:\n  - set: {v0: '${ inputs.a }'}\n")
		for i := range n {
			fmt.Fprintf(b, "  - set: {v%d: {l: '${ vars.v%d }', r: '${ vars.v%[2]d }'}}\n", i+1, i)
		}
	},
	"variables": repeated("  - set: {v%d: '${ inputs.a }'}\n"),
	"results":   repeated("  - id: s%d\n    card: fake.user.get\n    with: {user_id: '${ inputs.a }'}\n"),
	"guards":    repeated("  - id: s%d\n    card: fake.user.list\n    result: first\n  - stop: none\n    if: steps.s%[1]d == nil\n"),
	"branches":  repeated("  - if: inputs.a == \"x\"\n    then:\n      - set: {v%d: 1}\n    else:\n      - set: {w%[1]d: 1}\n"),
	"tries":     repeated("  - try:\n      - set: {v%d: 1}\n    catch:\n      - do: [{set: {w%[1]d: 1}}]\n    finally:\n      - set: {x%[1]d: 1}\n"),
	"failures":  repeated("  - id: s%d\n    card: fake.user.get\n    with: {user_id: '${ inputs.a }'}\n    on_error: continue\n"),
	"repeats":   repeated("  - repeat:\n      - set: {v%d: '${ inputs.a }'}\n    until: vars.v%[1]d == \"x\"\n"),
	"loops":     repeated("  - each: '[1, 2]'\n    do:\n      - set: {v%d: '${ record }'}\n"),
	"the whole of a scope": repeated(
		"  - set: {v%d: '${ vars }'}\n"),
	"cases": func(b *strings.Builder, n int) {
		b.WriteString("flow: f\ninputs: {a: string}\nsteps:\n  - switch:\n")
		for i := range n {
			fmt.Fprintf(b, "      - when: inputs.a == \"%d\"\n        do: [{set: {v%[1]d: 1}}]\n", i)
		}
	},
	"inputs": func(b *strings.Builder, n int) {
		b.WriteString("flow: f\ninputs:\n")
		for i := range n {
			fmt.Fprintf(b, "  i%d: {type: string, default: a}\n", i)
		}
		b.WriteString("steps:\n")
		for i := range n {
			fmt.Fprintf(b, "  - set: {v: '${ inputs.i%d }'}\n", i)
		}
	},
	"calls of one flow": func(b *strings.Builder, n int) {
		b.WriteString("flow: f\nsteps:\n" + strings.Repeat("  - call: g\n", n) + "---\nflow: g\nreturns: string\nsteps:\n")
		for i := range n {
			fmt.Fprintf(b, "  - set: {v%d: 1}\n", i)
		}
		b.WriteString("  - return: x\n")
	},
	"flows that run the next two":   chain("  - call: f%d\n  - call: f%d\n"),
	"flows that loop over the next": chain("  - stream: fake.user.list\n    to: f%d\n  - start: f%d\n"),
	"flows that run each other": func(b *strings.Builder, n int) {
		for i := range n {
			fmt.Fprintf(b, "---\nflow: f%d\ninputs: {a: {type: string, default: x}}\nsteps:\n  - call: f%d\n    if: inputs.a != \"x\"\n", i, (i+1)%n)
		}
	},
	"flows that never end": func(b *strings.Builder, n int) {
		for i := range n {
			fmt.Fprintf(b, "---\nflow: f%d\nsteps:\n  - call: f%d\n", i, (i+1)%n)
		}
	},
	"steps in each other":   nested("- if: inputs.a == \"x\"\n", "then"),
	"tries in each other":   nested("- finally: [{set: {x: 1}}]\n", "try"),
	"loops in each other":   nested("- each: '[1]'\n", "do"),
	"repeats in each other": nested("- until: inputs.a == \"x\"\n", "repeat"),
}

// repeated is one step n times.
func repeated(step string) func(*strings.Builder, int) {
	return func(b *strings.Builder, n int) {
		b.WriteString("flow: f\ninputs: {a: string}\nsteps:\n  - set: {v: 1}\n")
		for i := range n {
			fmt.Fprintf(b, step, i)
		}
	}
}

// chain is flows of which each runs the next two.
func chain(steps string) func(*strings.Builder, int) {
	return func(b *strings.Builder, n int) {
		for i := range n {
			fmt.Fprintf(b, "---\nflow: f%d\nsteps:\n"+steps, i, i+1, i+2)
		}
		fmt.Fprintf(b, "---\nflow: f%d\nsteps: [{return: x}]\n---\nflow: f%d\nsteps: [{return: x}]\n", n, n+1)
	}
}

// nested is steps in each other, in pieces of 50 that are next to each other: YAML ends somewhere.
func nested(first, body string) func(*strings.Builder, int) {
	return func(b *strings.Builder, n int) {
		b.WriteString("flow: f\ninputs: {a: string}\nsteps:\n")
		for i := range n {
			indent := strings.Repeat("    ", i%50)
			fmt.Fprintf(b, "%s  %s%s    %s:\n", indent, first, indent, body)
			if i%50 == 49 || i == n-1 {
				fmt.Fprintf(b, "%s      - set: {v%d: 1}\n", indent, i)
			}
		}
	}
}
