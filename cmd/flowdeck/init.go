package main

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/inside"
)

// starter is the workspace that init writes. It runs unchanged.
//
//go:embed all:init
var starter embed.FS

func initCommand(e env) *cobra.Command {
	return &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a first workspace",
		Long: `Write a first workspace into DIR, or into this folder: a flow and its helper with comments that explain them, the
simulated org that they run on, tests, and the schemas by which editors complete and check flows.

Existing files are not changed: if one is in the way, nothing is written. Only a .gitignore may exist, and is left
unchanged.

Exit codes: 0 done, 1 a file could not be written, 2 wrong usage, or a file is in the way.`,
		Example: `  flowdeck init okta-flows
  cd okta-flows && flowdeck run fill-departments
  flowdeck init`,
		Args: atMostOne("DIR"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			return initWorkspace(e, dir)
		},
	}
}

// ignoreFile is the only file of the starter that may exist already, because many folders already are repositories.
const ignoreFile = ".gitignore"

func initWorkspace(e env, dir string) error {
	files, err := starterFiles()
	if err != nil {
		return err
	}
	ignores, there := readIgnores(dir)
	if there {
		files = slices.DeleteFunc(files, func(name string) bool { return name == ignoreFile })
	}
	if err := nothingInTheWay(dir, files); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil { // others may read it, unless the umask forbids that
		return err
	}
	if err := saveSchemas(dir); err != nil {
		return err
	}
	var written []newFile
	for _, name := range files {
		text, err := starter.ReadFile("init/" + name)
		if err != nil {
			return err
		}
		written = append(written, newFile{filepath.FromSlash(name), text})
	}
	if err := writeNew(e, dir, written); err != nil {
		return err
	}
	if there && !bytes.Contains(ignores, []byte(".flowdeck")) {
		fmt.Fprintf(e.err, "left %s unchanged: add the line .flowdeck/ to it, since runs are kept there\n", filepath.Join(dir, ignoreFile))
	}
	fmt.Fprint(e.err, "\nNext steps:\n")
	if dir != "." {
		fmt.Fprintf(e.err, "  cd %s\n", terminal.Quoted(dir))
	}
	fmt.Fprint(e.err, `  flowdeck run fill-departments --dry-run   list what it would change
  flowdeck run fill-departments             run it, on a simulated org
  flowdeck check                            report the problems of flows
  flowdeck test                             run the tests of the flow
The flow to read and to change is flows/fill-departments.yaml.
`)
	return nil
}

// starterFiles returns the paths of the starter's files, with slashes, relative to the workspace's folder.
func starterFiles() ([]string, error) {
	var files []string
	err := fs.WalkDir(starter, "init", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, strings.TrimPrefix(name, "init/"))
		}
		return err
	})
	return files, err
}

func readIgnores(dir string) (text []byte, there bool) {
	text, err := inside.Read(inside.FS(dir), ignoreFile, flow.MaxFileSize)
	return text, !errors.Is(err, fs.ErrNotExist)
}

// nothingInTheWay returns an error if files of the starter already exist.
func nothingInTheWay(dir string, files []string) error {
	var there []string
	for _, name := range files {
		path := filepath.Join(dir, name)
		if _, err := os.Lstat(path); err == nil {
			there = append(there, path)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return &host.UsageError{Err: inside.Plain(err)}
		}
	}
	if len(there) == 0 {
		return nil
	}
	hint := "flowdeck init DIR writes into another folder"
	if slices.Contains(there, filepath.Join(dir, flow.WorkspaceFile)) {
		hint = "it is already a workspace; " + hint
	}
	return usage(hint, "already exists: %s; nothing was written", strings.Join(there, ", "))
}
