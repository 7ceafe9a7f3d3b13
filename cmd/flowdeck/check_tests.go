package main

import (
	"crypto/sha256"
	"path/filepath"
	"slices"

	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/inside"
)

// loadTests reads the files with tests of a workspace, and returns the problems of their form.
func loadTests(w *host.Workspace) ([]*flow.Cases, flow.Problems) {
	return flow.LoadCases(inside.FS(w.Dir), filepath.ToSlash(w.Dir))
}

// testsIn returns the file with tests at a path; nil if it is another file.
func testsIn(w *host.Workspace, path string) *flow.Cases {
	files, _ := loadTests(w)
	for _, f := range files {
		if host.SameFile(filepath.FromSlash(f.Name), path) {
			return f
		}
	}
	return nil
}

// checkTests checks the tests of a workspace, or those of one file, without running them. A flow that has problems itself is reported with its
// own file.
func checkTests(w *host.Workspace, only *flow.Cases) host.Findings {
	files, problems := loadTests(w)
	if only != nil {
		files = slices.DeleteFunc(files, func(f *flow.Cases) bool { return f.Name != only.Name })
		problems = slices.DeleteFunc(problems, func(p flow.Problem) bool { return p.Pos.File != only.Name })
	}
	set := testSet{workspace: w, files: files}
	found := host.Findings{Source: set.source}
	suite := newSuite(w)
	for _, f := range files {
		found.Tests += len(f.Cases)
		right := slices.DeleteFunc(slices.Clone(f.Cases), func(c *flow.Case) bool { return c.Wrong })
		_, more, _ := suite.PrepareAll(right)
		problems = append(problems, more...)
	}
	found.Problems = problems
	found.Problems.Sort()
	return found
}

// sumOfTests identifies the contents of the files with tests of a workspace.
func sumOfTests(w *host.Workspace) []byte {
	h := sha256.New()
	files, _ := loadTests(w)
	for _, f := range files {
		h.Write([]byte(f.Name))
		h.Write(f.Source)
	}
	return h.Sum(nil)
}
