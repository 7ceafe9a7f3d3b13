// Package docs has the pages that people read, as data: commands print them, and tests try every example.
//
// It must not know anything but the form of its own files.
package docs

import (
	_ "embed"
	"regexp"
	"strings"
)

// Expressions is expressions.md: everything that can be written in ${ }. A part of it is generated from the functions.
//
//go:embed expressions.md
var Expressions string

// Seeds is seeds.md: the format of simulated orgs.
//
//go:embed seeds.md
var Seeds string

//go:embed problems.md
var problems string

// A Problem is the section of problems.md about one code.
type Problem struct {
	Code  string
	Text  string // the paragraphs before the examples; the first sentence is the meaning of the code
	Wrong []File // an example that has the problem; one file or several
	Right []File // the same example without the problem
}

// A File is one file of an example.
type File struct {
	Name string // from the comment in its first line, such as flowdeck.yaml; "" for a flow or a list of steps
	Kind string // yaml; or text for a list of the files in a folder
	Text string // all of it, the comment included
}

// Problems returns the sections of problems.md, in its order.
func Problems() []Problem { return parse(problems) }

// Summary returns the first sentence of the text, on one line.
func (p Problem) Summary() string {
	text := strings.Join(strings.Fields(p.Text), " ")
	if sentence, _, ok := strings.Cut(text, ". "); ok {
		return sentence + "."
	}
	return text
}

var fileName = regexp.MustCompile(`^# (\S+\.yaml)\n`)

// parse reads sections that start with `## code` and have their examples in fences below `Wrong:` and `Right:`. The text
// before the first section is for people who read the file itself.
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
