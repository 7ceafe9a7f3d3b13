// Package docs is what people read, as data: the commands print it, and tests hold every example in it.
//
// It knows the form of its own files and nothing else.
package docs

import (
	_ "embed"
	"regexp"
	"strings"
)

// Expressions is expressions.md: all that may stand in ${ }. A part of it is made from the functions themselves.
//
//go:embed expressions.md
var Expressions string

// Seeds is seeds.md: the format of simulated orgs.
//
//go:embed seeds.md
var Seeds string

//go:embed problems.md
var problems string

// A Problem is the section about one code of problems.md.
type Problem struct {
	Code  string
	Text  string // the paragraphs before the examples; its first sentence says what the code means
	Wrong []File // an example that is told of with the code; one file or several
	Right []File // the same as it should be
}

// A File is one file of an example.
type File struct {
	Name string // what the comment in its first line says, such as flowdeck.yaml; "" is a flow, or a list of steps
	Kind string // yaml; or text for a list of the files in a folder
	Text string // all of it, the comment included
}

// Problems is the sections of problems.md, in its order.
func Problems() []Problem { return parse(problems) }

// Summary is the first sentence of the text, on one line.
func (p Problem) Summary() string {
	text := strings.Join(strings.Fields(p.Text), " ")
	if sentence, _, ok := strings.Cut(text, ". "); ok {
		return sentence + "."
	}
	return text
}

var fileName = regexp.MustCompile(`^# (\S+\.yaml)\n`)

// parse reads sections that begin with `## code` and have their examples in fences below `Wrong:` and `Right:`. What
// stands before the first section is for those who read the file itself.
func parse(text string) []Problem {
	var all []Problem
	var p *Problem      // the section at hand
	var example *[]File // of p, once there is one
	var fence *File     // the example's file at hand
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		code, heading := strings.CutPrefix(trimmed, "## ")
		kind, fenced := strings.CutPrefix(trimmed, "```")
		switch {
		case fence != nil && fenced:
			if name := fileName.FindStringSubmatch(fence.Text); name != nil {
				fence.Name = name[1]
			}
			*example = append(*example, *fence)
			fence = nil
		case fence != nil:
			fence.Text += line
		case heading:
			all = append(all, Problem{Code: code})
			p, example = &all[len(all)-1], nil
		case p == nil:
		case fenced && example != nil:
			fence = &File{Kind: kind}
		case trimmed == "Wrong:":
			example = &p.Wrong
		case trimmed == "Right:":
			example = &p.Right
		case example == nil:
			p.Text += line
		}
	}
	for i := range all {
		all[i].Text = strings.TrimSpace(all[i].Text)
	}
	return all
}
