package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/inside"
)

// fixRounds is how often fixFlows checks again: behind a mistake in YAML others are found when it is mended.
const fixRounds = 20

// fixFlows makes the certain changes, each round of them after its diff was shown and a person agreed.
func fixFlows(ctx context.Context, e env, dir string, args []string, yes bool) error {
	for range fixRounds {
		changes, err := fixes(e, dir, args)
		if err != nil || len(changes) == 0 {
			return err
		}
		for _, c := range changes {
			c.show(e.out)
		}
		if !yes {
			if err := agree(ctx, e, len(changes)); err != nil {
				return err
			}
		}
		for _, c := range changes {
			if err := c.write(); err != nil {
				return err
			}
		}
	}
	return nil
}

// agree asks a person whether to make changes. Without a terminal nothing is changed.
func agree(ctx context.Context, e env, files int) error {
	asked := person(e, false)
	if asked == nil {
		fmt.Fprintln(e.err, "nothing was changed: --yes makes these changes")
		return &exit{code: exitFailed}
	}
	ctx, _, stop := interrupts(ctx)
	defer stop()
	yes, err := asked.Confirm(ctx, "change "+counted(files, "file")+"?")
	switch {
	case err != nil:
		return interrupted(err)
	case !yes:
		return &exit{code: exitFailed, err: errors.New("nothing was changed")}
	}
	return nil
}

// A fixedFile is a file before and after its fixes.
type fixedFile struct {
	file          string
	before, after []byte
}

// fixes returns the changes that mend problems of files in workspaces, in the order of their names.
func fixes(e env, dir string, args []string) ([]fixedFile, error) {
	parts, err := partsToCheck(e, dir, args)
	if err != nil {
		return nil, err
	}
	edits := map[string][]flow.Edit{}
	for _, part := range parts {
		found := part.check()
		for _, p := range found.Problems {
			if p.Fix != nil && edits[p.Pos.File] == nil {
				edits[p.Pos.File] = found.Problems.Fixes(p.Pos.File)
			}
		}
	}
	var changes []fixedFile
	for _, name := range slices.Sorted(maps.Keys(edits)) {
		file := filepath.FromSlash(name)
		if _, err := host.Find(filepath.Dir(file)); err != nil {
			continue // it is in no workspace
		}
		if err := staysInside(file); err != nil {
			return nil, err
		}
		text, err := inside.ReadFile(file, flow.MaxFileSize)
		if err != nil {
			return nil, &host.UsageError{Err: err}
		}
		if after, made := flow.Edited(text, edits[name]); made > 0 && !bytes.Equal(text, after) {
			changes = append(changes, fixedFile{file: file, before: text, after: after})
		}
	}
	return changes, nil
}

// show prints the change as a unified diff without context. A fix never changes the number of lines.
func (c fixedFile) show(w io.Writer) {
	name := terminal.OneLine(w, filepath.ToSlash(c.file))
	fmt.Fprintf(w, "--- %s\n+++ %s\n", name, name)
	before, after := bytes.Split(c.before, []byte("\n")), bytes.Split(c.after, []byte("\n"))
	for i := range before {
		if !bytes.Equal(before[i], after[i]) {
			fmt.Fprintf(w, "@@ -%d +%d @@\n-%s\n+%s\n", i+1, i+1, terminal.OneLine(w, string(before[i])), terminal.OneLine(w, string(after[i])))
		}
	}
}

// write replaces the file, unless somebody changed it after it was read, or put a link to another place there.
func (c fixedFile) write() error {
	if err := staysInside(c.file); err != nil {
		return err
	}
	now, err := inside.ReadFile(c.file, flow.MaxFileSize)
	if err != nil {
		return &host.UsageError{Err: err}
	}
	if !bytes.Equal(now, c.before) {
		return &exit{code: exitFailed, err: fmt.Errorf("%s was changed by somebody else: check again", c.file)}
	}
	return replaceFile(c.file, func(to io.Writer) error { _, err := to.Write(c.after); return err })
}
