package main

import (
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
	"github.com/flowdeck/flowdeck/engine/words"
	"github.com/flowdeck/flowdeck/schemas"
)

func schemaCommand(e env) *cobra.Command {
	var dir string
	var write bool
	cmd := &cobra.Command{
		Use:   "schema [flow|workspace|card NAME]",
		Short: "Print the JSON Schemas, by which editors complete and check",
		Long: `Print a JSON Schema: of a file with flows (the default), of flowdeck.yaml, or of what stands under
'with' for a card. The schemas are draft-07, which every editor's YAML support understands.

With --write the first two are written into .flowdeck/schemas of the workspace, and what is printed is the
line for each that tells yaml-language-server (in VS Code, Neovim, Helix, Emacs, ...) to use it. From then
on the editor completes verbs, cards and inputs, shows what they are, and marks what is wrong.`,
		Example: `  flowdeck schema --write
  flowdeck schema > flow.json
  flowdeck schema workspace
  flowdeck schema card okta.user.suspend | jq .properties`,
		ValidArgsFunction: completeSchema,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case write && len(args) > 0:
				return usage("flowdeck schema --write", "--write is for the schemas of flows and of the workspace: it takes no argument")
			case write:
				return writeSchemas(e, dir)
			case cmd.Flags().Changed("dir"):
				return usage("flowdeck schema --write -C "+dir, "-C goes together with --write")
			}
			file, err := schemaFile(args)
			if err != nil {
				return err
			}
			text, err := fs.ReadFile(schemas.FS(), file)
			if err != nil {
				return err
			}
			_, err = e.out.Write(text)
			return err
		},
	}
	cmd.Flags().BoolVar(&write, "write", false, "write the schemas into .flowdeck/schemas of the workspace")
	workspaceFlag(cmd, &dir)
	return cmd
}

// completeSchema offers the schemas, and behind `card` the cards.
func completeSchema(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var offered []string
	switch {
	case len(args) == 0:
		offered = []string{
			cobra.CompletionWithDesc("flow", "of a file with flows"),
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

// schemaFile is the file in package schemas of the schema that a person named.
func schemaFile(args []string) (string, error) {
	const alternatives = "schemas: flow, workspace, card NAME"
	all := cards.All()
	names := slices.Sorted(maps.Keys(all))
	switch {
	case len(args) == 0:
		return "flow.json", nil
	case args[0] == "card" && len(args) == 1:
		return "", usage("cards: "+strings.Join(names, ", "), "card needs the name of one, such as flowdeck schema card %s", names[0])
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
		return "", usage(alternatives, "schema takes one name, and card NAME; there are %d arguments", len(args))
	case args[0] == "flow" || args[0] == "workspace":
		return args[0] + ".json", nil
	}
	hint := alternatives
	if _, ok := all[args[0]]; ok {
		hint = "flowdeck schema card " + args[0]
	} else if near, ok := words.Nearest(args[0], []string{"flow", "workspace", "card"}); ok {
		hint = fmt.Sprintf("did you mean %q? %s", near, alternatives)
	}
	return "", usage(hint, "there is no schema %q", args[0])
}

// writeSchemas puts the schemas where the files of a workspace find them, and says how.
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
	if dir != "" && !host.SameFile(found, dir) { // -C names the folder itself, not one in it
		return usage("", "there is no %s in %s", flow.WorkspaceFile, dir)
	}
	if err := saveSchemas(found); err != nil {
		return &exit{code: exitFailed, err: err}
	}
	for _, name := range savedSchemas() {
		fmt.Fprintf(e.out, "# yaml-language-server: $schema=.flowdeck/schemas/%s\n", name)
	}
	fmt.Fprintf(e.err, "The schemas are in %s. The first line belongs at the head of every file with flows\n"+
		"(in a folder below, as $schema=../.flowdeck/schemas/flow.json), the second at the head of %s.\n", schemaFolder(found), flow.WorkspaceFile)
	return nil
}

// savedSchemas names the schemas that the files of a workspace refer to.
func savedSchemas() []string { return []string{"flow.json", "workspace.json"} }

func schemaFolder(workspace string) string { return filepath.Join(workspace, ".flowdeck", "schemas") }

// saveSchemas puts the schemas into a workspace's folder, in place of older ones.
func saveSchemas(workspace string) error {
	folder := schemaFolder(workspace)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	for _, name := range savedSchemas() {
		text, err := fs.ReadFile(schemas.FS(), name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}
