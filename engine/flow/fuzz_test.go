package flow

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"
)

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*/*.yaml")
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
		for _, doc := range bytes.Split(text, []byte("---\n")) {
			f.Add(doc)
		}
	}
	for _, text := range scalars {
		f.Add([]byte(text))
	}
	f.Add([]byte(sample))
	for _, text := range []string{"", "\uFEFF", "\r", "a: b\r---\r", "? a\n: b", "{? a: b}", "a: !<tag:x> b", "- &a *a", "&a [*a]", "!", "&", "*", "a: &\n", "a: |\n", "a: >9\n x",
		"%YAML 1.1\n", "a: \"\\\n", "a: '", "[", "{", "]", "- - - -", "a:\n- b\n -c", "\x85", "\u2028", "a: ${", "a: [${", "if: \"", "x: {'", "<<: *a", "\t", "a:\t- b", "... \n---\n..."} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, ps := Parse("x.yaml", text)
		_, more := ParseWorkspace("x.yaml", text)
		holdsFlows(text)
		ps = append(ps, more...)
		lines := bytes.Split(bytes.TrimPrefix(text, []byte(byteOrderMark)), []byte("\n"))
		inside := func(what string, p Pos) {
			if p.Line < 1 || p.Line > len(lines) || p.Col < 1 || p.Col > utf8.RuneCount(lines[p.Line-1])+1 {
				t.Errorf("the position of %s, %v, is outside of the file", what, p)
			}
		}
		for _, p := range ps {
			inside(p.String(), p.Pos)
			if p.Code == "" || p.Message == "" {
				t.Errorf("a problem without a code or a message: %+v", p)
			}
		}
		if out := printed(ps, text); len(ps) > 0 && out == "" || !utf8.ValidString(out) {
			t.Errorf("printed as %q", out)
		}
		if len(file.Flows) == 0 && len(ps) == 0 {
			t.Error("nothing was read, and nothing reported")
		}
		for _, f := range file.Flows {
			f.Walk(func(s *Step) {
				inside("a step", s.Pos)
				for _, b := range s.Bodies {
					inside("a body", b.Node.Pos)
				}
			})
			f.Node.Walk(func(n *Node) bool {
				inside("a value", n.Pos)
				for _, offset := range []int{0, 1, len(n.Text) / 2, len(n.Text)} {
					inside("a byte of it", n.At(offset))
				}
				return true
			})
		}
	})
}

// The layout of a scalar maps each byte of its text to the source. It must always agree with the text that yaml.v3
// read.
func FuzzPlaces(f *testing.F) {
	for _, text := range scalars {
		f.Add([]byte(text))
	}
	for _, text := range []string{sample, "&0:0", "|1 \n   ", ">1  \n       \n0", ">1  \n      \n 0", "\"\n: 0: 0\"\n0\"", "'a  \n\n b'", "a: |\n \n  b\n   \n c"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.ContainsAny(text, "\u2028\u2029") {
			t.Skip("yaml.v3 keeps these line breaks in texts: their scalars are placed as a whole")
		}
		src := newSource("x.yaml", text)
		var ps Problems
		for _, root := range documents(src, &ps) {
			root.Walk(func(n *Node) bool {
				if n.Kind != Scalar || n.reported {
					return true
				}
				runs, end, ok := n.layout()
				if !ok || end < n.start || end > len(src.text) {
					t.Fatalf("the source of %q at %v cannot be followed", n.Text, n.Pos)
				}
				last := 0
				for _, r := range runs {
					if r.text < last || n.Text[r.text:r.text+r.length] != string(src.text[r.source:r.source+r.length]) {
						t.Fatalf("%q at %v: the runs %v differ from the source", n.Text, n.Pos, runs)
					}
					last = r.text + r.length
				}
				return true
			})
		}
	})
}
