package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/inside"
	"github.com/flowdeck/flowdeck/engine/words"
	"github.com/flowdeck/flowdeck/schemas"
)

func schemaCommand(e env) *cobra.Command {
	var dir string
	var write bool
	cmd := &cobra.Command{
		Use:   "schema [flow|tests|workspace|card NAME]",
		Short: "Print the JSON Schemas that editors complete and check flows with",
		Long: `Print a JSON Schema: of flow files (the default), of files with tests, of flowdeck.yaml, or of the inputs of a card. The schemas are
draft-07, which the YAML support of every editor understands.

With --write the first three are written into .flowdeck/schemas of the workspace. The lines that are printed make
yaml-language-server (in VS Code, Neovim, Helix, Emacs, ...) use them: the editor then completes verbs, cards and
inputs, describes them, and marks mistakes.`,
		Example: `  flowdeck schema --write
  flowdeck schema > flow.json
  flowdeck schema workspace
  flowdeck schema card okta.user.suspend | jq .properties`,
		ValidArgsFunction: completeSchema,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case write && len(args) > 0:
				return usage("flowdeck schema --write", "--write takes no argument: it writes the schemas of flows and of the workspace")
			case write:
				return writeSchemas(e, dir)
			case cmd.Flags().Changed("dir"):
				return usage("flowdeck schema --write -C "+dir, "-C requires --write")
			}
			file, err := schemaFile(args)
			if err != nil {
				return err
			}
			text, err := fs.ReadFile(schemas.FS(), file)
			if err != nil {
				return err
			}
			_, err = e.data.Write(text)
			return err
		},
	}
	cmd.Flags().BoolVar(&write, "write", false, "write the schemas into .flowdeck/schemas of the workspace")
	workspaceFlag(cmd, &dir)
	return cmd
}

// completeSchema completes the names of schemas and, after `card`, of cards.
func completeSchema(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var offered []string
	switch {
	case len(args) == 0:
		offered = []string{
			cobra.CompletionWithDesc("flow", "of a file with flows"),
			cobra.CompletionWithDesc("tests", "of a file with tests of flows"),
			cobra.CompletionWithDesc("workspace", "of "+flow.WorkspaceFile),
			cobra.CompletionWithDesc("card", "of the inputs of a card"),
		}
	case len(args) == 1 && args[0] == "card":
		all := cards.All()
		for _, name := range slices.Sorted(maps.Keys(all)) {
			offered = append(offered, cobra.CompletionWithDesc(name, all[name].Summary))
		}
	}
	return offered, cobra.ShellCompDirectiveNoFileComp
}

// schemaFile returns the path in package schemas of the schema in the arguments.
func schemaFile(args []string) (string, error) {
	const alternatives = "schemas: flow, tests, workspace, card NAME"
	all := cards.All()
	names := slices.Sorted(maps.Keys(all))
	switch {
	case len(args) == 0:
		return "flow.json", nil
	case args[0] == "card" && len(args) == 1:
		return "", usage("cards: "+strings.Join(names, ", "), "card needs a NAME, such as flowdeck schema card %s", names[0])
	case args[0] == "card" && len(args) == 2:
		if _, ok := all[args[1]]; ok {
			return path.Join("cards", args[1]+".json"), nil
		}
		hint := "cards: " + strings.Join(names, ", ")
		if near, ok := words.Nearest(args[1], names); ok {
			hint = fmt.Sprintf("did you mean %q? %s", near, hint)
		}
		return "", usage(hint, "there is no card %q", args[1])
	case len(args) > 1:
		return "", usage(alternatives, "schema takes one name, or card NAME, not %d arguments", len(args))
	case slices.Contains(savedSchemas(), args[0]+".json"):
		return args[0] + ".json", nil
	}
	hint := alternatives
	if _, ok := all[args[0]]; ok {
		hint = "flowdeck schema card " + args[0]
	} else if near, ok := words.Nearest(args[0], []string{"flow", "tests", "workspace", "card"}); ok {
		hint = fmt.Sprintf("did you mean %q? %s", near, alternatives)
	}
	return "", usage(hint, "there is no schema %q", args[0])
}

// writeSchemas writes the schemas into a workspace, and prints the comments with which files refer to them.
func writeSchemas(e env, dir string) error {
	near := dir
	if near == "" {
		near = "."
	}
	found, err := host.Find(near)
	if err != nil {
		return err
	}
	found = fromHere(found)
	if dir != "" && !host.SameFile(found, dir) { // -C must be the workspace itself, not a folder in it
		return usage("", "there is no %s in %s", flow.WorkspaceFile, dir)
	}
	if err := saveSchemas(found); err != nil {
		return err
	}
	for _, name := range savedSchemas() {
		fmt.Fprintf(e.out, "# yaml-language-server: $schema=.flowdeck/schemas/%s\n", name)
	}
	fmt.Fprintf(e.err, "The schemas are in %s. Put the first line at the top of every flow file\n"+
		"(in a subfolder, as $schema=../.flowdeck/schemas/flow.json), the second at the top of files with tests, and the third at the top of %s.\n", schemaFolder(found), flow.WorkspaceFile)
	return nil
}

// savedSchemas returns the names of the schemas to which files of a workspace refer.
func savedSchemas() []string { return []string{"flow.json", "tests.json", "workspace.json"} }

func schemaFolder(workspace string) string { return filepath.Join(workspace, host.StateDir, "schemas") }

// saveSchemas writes the schemas into the folder of a workspace, and replaces older ones. A link cannot make it write
// outside of the workspace.
func saveSchemas(workspace string) error {
	root, err := os.OpenRoot(workspace)
	if err != nil {
		return err
	}
	defer root.Close()
	folder := schemaFolder(".")
	if err := root.MkdirAll(folder, 0o700); err != nil {
		return inside.Plain(err)
	}
	for _, name := range savedSchemas() {
		text, err := fs.ReadFile(schemas.FS(), name)
		if err != nil {
			return err
		}
		path := filepath.Join(folder, name)
		if err := root.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return inside.Plain(err)
		}
		if err := createFile(root, path, text, 0o600); err != nil {
			return err
		}
	}
	return nil
}
