package local_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/local"
)

// evil finds everybody in place of a condition.
const evil = `"x" or id pr`

type searchInput struct {
	Search string `json:"search" filter:"true"`
}

// setting writes random steps that set variables on every way that a flow can take, and searches with them.
type setting struct {
	*rand.Rand
	strings.Builder
	repeating bool // a repeat in a repeat makes types Any, of which nothing is known
}

func (s *setting) line(indent int, format string, args ...any) {
	s.WriteString(strings.Repeat("  ", indent) + fmt.Sprintf(format, args...) + "\n")
}

func (s *setting) condition() string { return fmt.Sprintf("inputs.b%d", s.IntN(4)) }

func (s *setting) value() string {
	other := string("pqr"[s.IntN(3)])
	return []string{`"id pr"`, `"${ inputs.g }"`, `"${ quote(inputs.g) }"`, `"${ nil }"`, `"${ vars.` + other + ` }"`,
		`"${ vars.` + other + ` ?? 'x' }"`, `"${ vars.` + other + ` + ' or id pr' }"`}[s.IntN(7)]
}

// leaf writes a step in one line.
func (s *setting) leaf(indent int, name string) {
	switch n := s.IntN(10); {
	case n < 5:
		s.line(indent, `- set: {%s: %s}`, name, s.value())
	case n < 6:
		s.line(indent, `- {if: %s, set: {%s: %s}}`, s.condition(), name, s.value())
	case n < 9:
		s.line(indent, `- {card: bench.person.search, with: {search: "${ vars.%s }"}}`, name)
	case s.IntN(2) == 0:
		s.line(indent, `- {if: %s, fail: on purpose, on_error: continue}`, s.condition())
	default:
		s.line(indent, `- {if: %s, fail: on purpose}`, s.condition())
	}
}

// steps writes a list. In a loop, whose steps must not set the variables outside, own is the name of its variable; in a finally nothing
// ends the flow.
func (s *setting) steps(indent, depth int, own string, finally bool) {
	for range 2 + s.IntN(2) {
		name := own
		if name == "" {
			name = string("pqr"[s.IntN(3)])
		}
		if depth == 0 {
			s.leaf(indent, name)
			continue
		}
		in := func(key string, last bool) {
			s.line(indent+1, "%s:", key)
			s.steps(indent+2, depth-1, own, last)
		}
		switch s.IntN(8) {
		case 0:
			s.line(indent, "- if: %s", s.condition())
			in("then", finally)
			if s.IntN(2) == 0 {
				in("else", finally)
			}
		case 1:
			s.line(indent, "- switch:")
			for range 1 + s.IntN(2) {
				s.line(indent+2, "- when: %s", s.condition())
				s.line(indent+3, "do:")
				s.steps(indent+4, depth-1, own, finally)
			}
			if s.IntN(2) == 0 {
				s.line(indent+2, "- else:")
				s.steps(indent+4, depth-1, own, finally)
			}
		case 2, 3:
			s.line(indent, "- name: a try")
			if s.IntN(3) == 0 {
				s.line(indent+1, "on_error: continue")
			}
			in("try", finally)
			if s.IntN(2) == 0 {
				s.line(indent+1, "catch:")
				s.line(indent+2, "- when: error.kind == 'failed'")
				s.line(indent+3, "do:")
				s.steps(indent+4, depth-1, own, finally)
			}
			in("finally", true)
		case 4:
			if s.repeating {
				break
			}
			s.repeating = true
			s.line(indent, "- max: 3")
			s.line(indent+1, "until: %s", s.condition())
			s.line(indent+1, "on_error: continue")
			in("repeat", finally)
			s.repeating = false
		case 5:
			if own == "" {
				s.line(indent, "- each: '[1, 2]'")
				s.line(indent+1, "do:")
				s.steps(indent+2, depth-1, "l"+fmt.Sprint(s.Len()), false)
			}
		case 6:
			if !finally {
				s.line(indent, "- {if: %s, %s: done}", s.condition(), []string{"stop", "return"}[s.IntN(2)])
			}
		}
		s.leaf(indent, name)
	}
}

// accepted returns the plan of a flow in which the steps that the checker reports, or warns of, do nothing.
func accepted(t *testing.T, text string, set card.Set, services map[string]card.Service) (*engine.Plan, string) {
	t.Helper()
	lines := strings.Split(text, "\n")
	for range len(lines) {
		text = strings.Join(lines, "\n")
		ws, problems := flow.Load(fstest.MapFS{
			flow.WorkspaceFile: {Data: []byte("connections: {bench: {type: bench}}")}, "f.yaml": {Data: []byte(text)},
		}, "")
		plan, found := check.New(set, services, ws).Plan(ws.Flow("f"), nil)
		again := false
		for _, p := range append(problems, found...) {
			line := &lines[p.Pos.Line-1]
			switch content := strings.TrimSpace(*line); {
			case p.Warning && p.Code == flow.CodeUnreachable, strings.HasPrefix(content, "- set: {nothing"): // it had two problems
			case !strings.HasPrefix(content, "- {") && !strings.HasPrefix(content, "- set"):
				t.Fatalf("%s\nin\n%s", p, text)
			default:
				*line, again = (*line)[:len(*line)-len(content)]+fmt.Sprintf("- set: {nothing%d: 1}", p.Pos.Line), true
			}
		}
		if !again {
			return plan, text
		}
	}
	t.Fatal("the steps that are reported never end")
	return nil, ""
}

// No search that the checker accepts finds more than was meant, and nothing that it accepts without a warning fails, on no way that a run can
// take.
func TestWhatTheCheckerKnowsOfVariablesIsTrueInEveryRun(t *testing.T) {
	t.Parallel()
	text := ""
	var searches atomic.Int64 // branches search at the same time
	search := cardtest.Fake("bench.person.search", card.Reads, func(_ context.Context, _ card.Call, in searchInput) (struct{}, error) {
		searches.Add(1)
		if rest := strings.ReplaceAll(in.Search, `"\"x\" or id pr"`, ""); strings.Contains(rest, evil) {
			t.Errorf("searched for %s in\n%s", in.Search, text)
		}
		return struct{}{}, nil
	})
	set := card.NewSet(search)
	services := map[string]card.Service{"bench": card.NewService("bench", func(card.Settings, struct{}) (card.Connection, error) { return none{}, nil })}
	r := rand.New(rand.NewPCG(7, 7))
	for range 80 {
		s := setting{Rand: r}
		s.line(0, "flow: f\ninputs: {g: string, b0: boolean, b1: boolean, b2: boolean, b3: boolean}\nsteps:")
		s.line(1, `- set: {p: "id pr", q: "id pr", r: "id pr"}`)
		s.steps(1, 2, "", false)
		for _, name := range "pqr" {
			s.line(1, `- {card: bench.person.search, with: {search: "${ vars.%c }"}}`, name)
		}
		var plan *engine.Plan
		plan, text = accepted(t, s.String(), set, services)
		for bits := range 16 {
			config := local.Config{Run: "r1", Cards: set, Connections: map[string]card.Connection{"bench": none{}}}
			inputs := map[string]engine.Value{"g": evil}
			for i := range 4 {
				inputs[fmt.Sprintf("b%d", i)] = bits>>i&1 == 1
			}
			_, err := engine.Run(local.New(t.Context(), config), plan, engine.Start{Run: "r1", Inputs: inputs})
			if failure := (*engine.Error)(nil); errors.As(err, &failure) && !strings.Contains(failure.Error(), "on purpose") {
				t.Errorf("%v in\n%s", err, text)
			}
			if t.Failed() {
				return
			}
		}
	}
	if searches.Load() < 1000 {
		t.Errorf("only %d searches were made", searches.Load())
	}
	t.Logf("%d searches", searches.Load())
}
