package flow

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// A scribbler writes untidy YAML: any indentation, comments and blank lines everywhere, all notations of text, brackets
// across lines, keys of the language in any order.
type scribbler struct {
	*rand.Rand
	strings.Builder
	comments int
}

func (s *scribbler) one(of ...string) string { return of[s.IntN(len(of))] }

func (s *scribbler) in(n int) bool { return s.IntN(n) == 0 }

func (s *scribbler) comment() string {
	s.comments++
	return fmt.Sprintf("# comment %d", s.comments)
}

func (s *scribbler) sideComment() string {
	if s.in(5) {
		return spaces(1+s.IntN(3)) + s.comment()
	}
	return spaces(s.IntN(2))
}

func (s *scribbler) above(indent int) {
	for s.in(4) {
		if s.in(3) {
			s.WriteByte('\n')
		} else {
			s.WriteString(spaces(max(0, indent-2+s.IntN(5))) + s.comment() + "\n")
		}
	}
}

func (s *scribbler) scalar() string {
	return s.one("x", "plain text", `"quoted # x"`, "'it''s'", "12", "true", "null", "~", `""`, "a#b", "a:b", "-a", "0123")
}

func (s *scribbler) brackets(depth int) string {
	space := func() string {
		switch {
		case s.in(12):
			return "\n" + spaces(30)
		case s.in(12):
			return " " + s.comment() + "\n" + spaces(30)
		}
		return spaces(s.IntN(2))
	}
	if depth == 0 || s.in(3) {
		return s.scalar()
	}
	list := s.in(2)
	ends, n := s.one("{}"), s.IntN(4)
	if list {
		ends = "[]"
	}
	text := ends[:1] + space()
	for i := range n {
		if !list {
			text += fmt.Sprintf("key%d: ", i) + space()
		}
		text += s.brackets(depth-1) + space()
		if i < n-1 || s.in(4) {
			text += "," + space()
		}
	}
	return text + ends[1:]
}

// value writes the value after a key or dash, up to the end of its last line.
func (s *scribbler) value(indent, depth int, dash bool) {
	deeper := func() string { return spaces(indent + 1 + s.IntN(3)) }
	kind := s.IntN(10)
	switch {
	case kind == 0:
		s.WriteString(s.sideComment() + "\n")
	case kind < 4 || depth == 0:
		if s.in(6) {
			s.WriteString(s.sideComment() + "\n")
			s.above(indent + 1)
			s.WriteString(deeper())
		}
		s.WriteString(" " + s.scalar() + s.sideComment() + "\n")
	case kind == 4:
		at := deeper()
		s.WriteString(" " + s.one("plain\n"+at+"goes on", "\"quoted\n\n"+at+"  goes on\"", "'a\n"+at+"b'", "|\n"+at+"a\n"+at+"  b", "|-\n"+at+"a\n\n"+at+"b",
			">\n"+at+"a\n"+at+"b", "|+\n"+at+"a\n\n", "> # in the header\n\n"+at+"a", "|2\n"+spaces(indent)+"    a") + "\n")
	case kind == 5:
		s.WriteString(" " + s.brackets(2) + s.sideComment() + "\n")
	case dash && s.in(2):
		s.WriteByte(' ')
		s.parts(indent+2, depth-1, kind < 8, true)
	default:
		if s.in(8) {
			s.WriteString(fmt.Sprintf(" &anchor%d", s.comments))
		}
		s.WriteString(s.sideComment() + "\n")
		further := 1 + s.IntN(4)
		if kind < 8 && !dash {
			further-- // a list may have the indentation of its key
		}
		s.parts(indent+further, depth-1, kind < 8, false)
	}
}

func (s *scribbler) parts(indent, depth int, list, started bool) {
	keys := []string{"flow", "steps", "about", "id", "name", "card", "if", "with", "then", "else", "do", "each", "stop", "try", "catch", "when", "inputs",
		"triggers", "parallel", "switch", "retry", "x", `"y"`, "'z'"}
	s.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	for i := range 1 + s.IntN(4) {
		if i > 0 || !started {
			s.above(indent)
			s.WriteString(spaces(indent))
		}
		if list {
			s.WriteByte('-')
		} else {
			s.WriteString(keys[i] + spaces(s.IntN(6)/5) + ":")
		}
		s.value(indent, depth, list)
	}
	s.above(indent)
}

func TestFormattingAFormattedFileChangesNothing(t *testing.T) {
	t.Parallel()
	done := 0
	for seed := range uint64(1500) {
		s := &scribbler{Rand: rand.New(rand.NewPCG(seed, 0))}
		if s.in(3) {
			s.WriteString("flow: a\nsteps:")
			s.value(0, 4, false)
		} else {
			s.parts(0, 5, false, false)
		}
		text := s.String()
		if s.in(4) {
			text = strings.TrimRight(text, "\n")
		}
		out, err := Format([]byte(text))
		if errors.As(err, new(Problems)) {
			continue // not YAML
		}
		done++
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		if again, err := Format(out); err != nil || string(again) != string(out) {
			t.Fatalf("seed %d: formatted twice is not formatted once: %v\nfrom:\n%s\nonce:\n%s\ntwice:\n%s", seed, err, text, out, again)
		}
	}
	if done < 1000 {
		t.Errorf("only %d of the texts were YAML", done)
	}
}
