package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func manCommand(e env) *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write the man pages into a folder",
		Long: `Write a man page for every command and topic into DIR: flowdeck.1, flowdeck-run.1, and so on. They have the text of
'flowdeck help'. The archives of a release include them.`,
		Example: `  flowdeck man ~/.local/share/man/man1
  man flowdeck-run`,
		Args: exactlyOne("DIR"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o777); err != nil {
				return err
			}
			for _, about := range allCommands(cmd.Root()) {
				path := filepath.Join(args[0], manName(about)+".1")
				if err := os.WriteFile(path, []byte(manPage(about)), 0o666); err != nil {
					return err
				}
			}
			_, err := fmt.Fprintf(e.err, "wrote %d man pages to %s\n", len(allCommands(cmd.Root())), args[0])
			return err
		},
	}
}

// allCommands returns a command and all its subcommands and topics, each before its own subcommands.
func allCommands(cmd *cobra.Command) []*cobra.Command {
	cmd.InitDefaultHelpFlag()
	cmd.InitDefaultVersionFlag()
	all := []*cobra.Command{cmd}
	for _, sub := range cmd.Commands() {
		if !sub.Hidden {
			all = append(all, allCommands(sub)...)
		}
	}
	return all
}

func manName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manPage returns the man page of a command, in the macros of man(7). Cobra's generator is not used, because it
// parses the texts as Markdown and writes the current date.
func manPage(cmd *cobra.Command) string {
	var page strings.Builder
	fmt.Fprintf(&page, ".TH %s 1 \"\" \"flowdeck\" \"flowdeck manual\"\n", roff(strings.ToUpper(manName(cmd))))
	fmt.Fprintf(&page, ".SH NAME\n%s \\- %s\n", roff(manName(cmd)), roff(cmd.Short))
	if !cmd.IsAdditionalHelpTopicCommand() {
		fmt.Fprintf(&page, ".SH SYNOPSIS\n\\fB%s\\fR\n", strings.ReplaceAll(roff(synopsis(cmd)), "\n", "\\fR\n.br\n\\fB"))
	}
	page.WriteString(".SH DESCRIPTION\n")
	manText(&page, cmd.Long)
	if cmd.HasAvailableSubCommands() {
		page.WriteString(".SH COMMANDS\n")
		for _, sub := range cmd.Commands() {
			if !sub.Hidden {
				fmt.Fprintf(&page, ".TP\n\\fB%s\\fR(1)\n%s\n", roff(manName(sub)), roff(sub.Short))
			}
		}
	}
	if flags := cmd.Flags(); !cmd.IsAdditionalHelpTopicCommand() {
		page.WriteString(".SH OPTIONS\n")
		flags.VisitAll(func(f *pflag.Flag) { manFlag(&page, f) })
	}
	if cmd.Example != "" {
		page.WriteString(".SH EXAMPLES\n")
		manText(&page, cmd.Example)
	}
	if parent := cmd.Parent(); parent != nil {
		fmt.Fprintf(&page, ".SH SEE ALSO\n\\fB%s\\fR(1)\n", roff(manName(parent)))
	}
	return page.String()
}

// synopsis returns the usage lines of a command: that of its subcommands, and its own if it does something without them.
func synopsis(cmd *cobra.Command) string {
	var lines []string
	if !cmd.HasAvailableSubCommands() || cmd.Use != cmd.Name() {
		lines = append(lines, cmd.UseLine())
	}
	if cmd.HasAvailableSubCommands() {
		lines = append(lines, cmd.CommandPath()+" COMMAND [flags]")
	}
	return strings.Join(lines, "\n")
}

func manFlag(w io.Writer, f *pflag.Flag) {
	value, about := pflag.UnquoteUsage(f)
	names := "\\fB\\-\\-" + roff(f.Name) + "\\fR"
	if f.Shorthand != "" {
		names = "\\fB\\-" + roff(f.Shorthand) + "\\fR, " + names
	}
	if value != "" {
		names += " \\fI" + roff(value) + "\\fR"
	}
	fmt.Fprintf(w, ".TP\n%s\n%s\n", names, roff(about))
}

// manText writes paragraphs. Lines that start with a space stay unchanged.
func manText(w io.Writer, text string) {
	for i, block := range textBlocks(text) {
		if i > 0 {
			fmt.Fprintln(w, ".PP")
		}
		lines := roff(block.text)
		if block.verbatim {
			lines = ".nf\n" + lines + "\n.fi"
		}
		fmt.Fprintln(w, lines)
	}
}

// A textBlock is a paragraph of a help text or, if verbatim, a group of lines that start with a space.
type textBlock struct {
	text     string
	verbatim bool
}

// textBlocks splits a help text at empty lines, and where an indented group starts or ends.
func textBlocks(text string) (blocks []textBlock) {
	begin := true
	for line := range strings.SplitSeq(text, "\n") {
		indented := strings.HasPrefix(line, " ")
		switch {
		case line == "":
			begin = true
			continue
		case begin || blocks[len(blocks)-1].verbatim != indented:
			blocks = append(blocks, textBlock{line, indented})
		default:
			blocks[len(blocks)-1].text += "\n" + line
		}
		begin = false
	}
	return blocks
}

// roff escapes text for man(7). Quotes and hyphens stay ASCII, so that examples can be copied.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
