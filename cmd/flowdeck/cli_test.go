package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// theRoot is the root of the commands; it writes nowhere.
func theRoot() *cobra.Command {
	return rootCommand(env{out: io.Discard, err: io.Discard, lookup: os.LookupEnv})
}

func TestEveryCommandHasItsHelp(t *testing.T) {
	t.Parallel()
	for _, cmd := range allCommands(theRoot()) {
		path, topic := cmd.CommandPath(), cmd.IsAdditionalHelpTopicCommand()
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: its Short %q must be a line without a full stop", path, cmd.Short)
		}
		if cmd.Long == "" {
			t.Errorf("%s has no Long: say what it does, and how it ends", path)
		}
		if cmd.Example == "" && !topic {
			t.Errorf("%s has no Example: show how it is typed, each line with two spaces before it", path)
		}
		for line := range strings.Lines(cmd.Long) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > helpWidth {
				t.Errorf("%s: an indented line of its Long is %d wide, and %d fit: %s", path, n, helpWidth, line)
			}
		}
		for line := range strings.Lines(cmd.Example) {
			if !strings.HasPrefix(line, "  ") {
				t.Errorf("%s: the line %q of its Example must begin with two spaces", path, line)
			}
		}
		if parent := cmd.Parent(); parent != nil && len(parent.Groups()) > 0 && cmd.GroupID == "" && !topic {
			t.Errorf("%s is in no group: add it to one in rootCommand", path)
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			value, about := pflag.UnquoteUsage(f)
			if about == "" {
				t.Errorf("%s: its flag --%s says nothing", path, f.Name)
			}
			if value != strings.ToUpper(value) && f.Value.Type() != "count" { // pflag always says count of those
				t.Errorf("%s: the value of its flag --%s is called %q in the help: name it in backquotes in the flag's usage, in upper case, as in `FILE`", path, f.Name, value)
			}
		})
	}
}

func TestAParagraphIsFilled(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                      "",
		"one two\nthree four":   "one two\nthree four",
		"one\ntwo three   four": "one two\nthree four",
		"größer als zehn":       "größer als\nzehn",
		"a incomprehensible b":  "a\nincomprehensible\nb",
	} {
		if got := filled(text, 10); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestEveryExampleIsACommandLineThatIsUnderstood(t *testing.T) {
	t.Parallel()
	found := 0
	for _, cmd := range allCommands(theRoot()) {
		for _, line := range regexp.MustCompile(`\bflowdeck( [^|&<>()#\n]*)?`).FindAllString(cmd.Example, -1) {
			found++
			args := strings.Fields(line)[1:]
			root := theRoot()
			named, rest, err := root.Find(args)
			if err == nil {
				named.InitDefaultHelpFlag()
				err = named.ParseFlags(rest)
			}
			if err == nil {
				err = named.ValidateArgs(named.Flags().Args())
			}
			if err != nil {
				t.Errorf("an example of %s: %s: %v", cmd.CommandPath(), line, err)
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d examples were found", found)
	}
}

// markdown is a command as docs/cli.md has it.
func markdown(cmd *cobra.Command) string {
	var text strings.Builder
	indent := regexp.MustCompile(`(?m)^  `)
	fence := func(lines string) { fmt.Fprintf(&text, "\n```text\n%s\n```\n", strings.TrimRight(lines, "\n")) }
	fmt.Fprintf(&text, "\n## %s\n", cmd.CommandPath())
	for _, block := range textBlocks(cmd.Long) {
		if block.verbatim {
			fence(indent.ReplaceAllString(block.text, ""))
		} else {
			fmt.Fprintf(&text, "\n%s\n", strings.NewReplacer("<", "&lt;", "*", `\*`, "_", `\_`).Replace(block.text))
		}
	}
	if cmd.IsAdditionalHelpTopicCommand() {
		return text.String()
	}
	fence(synopsis(cmd) + "\n\n" + cmd.Flags().FlagUsages())
	fmt.Fprintf(&text, "\nFor example:\n\n```sh\n%s\n```\n", indent.ReplaceAllString(cmd.Example, ""))
	return text.String()
}

func TestCommandLineDocIsFresh(t *testing.T) {
	t.Parallel()
	const file = "../../docs/cli.md"
	want := "# The command line\n\nMade from the commands by `make generate`: what `flowdeck help COMMAND` says, on one page.\n\n"
	for _, cmd := range allCommands(theRoot()) {
		want += fmt.Sprintf("- [%s](#%s): %s\n", cmd.CommandPath(), manName(cmd), cmd.Short)
	}
	for _, cmd := range allCommands(theRoot()) {
		want += markdown(cmd)
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/cli.md is not fresh (-want +got), make generate rewrites it:\n%s", diff)
	}
}
