package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/docs"
	"github.com/flowdeck/flowdeck/engine/words"
)

func explainCommand(e env) *cobra.Command {
	return &cobra.Command{
		Use:   "explain [CODE]",
		Short: "Explain a problem, and how to fix it",
		Long: `Explain a problem, with an example that has it and one that does not.

CODE is in brackets at the end of a problem's first line. Without CODE, all codes are listed. docs/problems.md has the
same text.`,
		Example: `  flowdeck explain nil-read
  flowdeck explain`,
		Args: atMostOne("CODE"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var codes []string
			if len(args) == 0 {
				for _, p := range docs.Problems() {
					codes = append(codes, cobra.CompletionWithDesc(p.Code, p.Summary()))
				}
			}
			return codes, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				listProblems(e.out, docs.Problems())
				return nil
			}
			return explain(e.out, docs.Problems(), args[0])
		},
	}
}

func listProblems(w io.Writer, all []docs.Problem) {
	var rows [][]terminal.Cell
	for _, p := range all {
		rows = append(rows, []terminal.Cell{{Text: p.Code}, {Text: p.Summary()}})
	}
	terminal.Table{Width: terminal.Limit(w)}.Write(w, rows)
}

// explain prints the section of a problem code. Brackets around the code are accepted, because problems are printed
// with them.
func explain(w io.Writer, all []docs.Problem, code string) error {
	code = strings.TrimSuffix(strings.TrimPrefix(code, "["), "]")
	i := slices.IndexFunc(all, func(p docs.Problem) bool { return p.Code == code })
	if i < 0 {
		return unknownCode(all, code)
	}
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s\n\n%s\n", all[i].Code, filled(all[i].Text, terminal.Width(w)))
	for _, example := range []struct {
		is    string
		files []docs.File
	}{{"Wrong", all[i].Wrong}, {"Right", all[i].Right}} {
		fmt.Fprintf(out, "\n%s:\n", example.is)
		for _, f := range example.files {
			fmt.Fprintln(out)
			for line := range strings.Lines(f.Text) {
				fmt.Fprintln(out, strings.TrimRight("    "+line, " \n"))
			}
		}
	}
	return out.Flush()
}

func unknownCode(all []docs.Problem, code string) error {
	codes := make([]string, len(all))
	for i, p := range all {
		codes[i] = p.Code
	}
	hint := "flowdeck explain lists all codes"
	if near, ok := words.Nearest(code, codes); ok {
		hint = fmt.Sprintf("did you mean %q? %s", near, hint)
	}
	return usage(hint, "no problem has the code %q", code)
}
