package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
)

// helpWidth is how wide a line of help is at most: so much fits every terminal.
const helpWidth = 80

// fitHelp fits the help of a command, and of all below it, into helpWidth.
func fitHelp(root *cobra.Command) {
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages ", fmt.Sprintf(".FlagUsagesWrapped %d ", helpWidth)))
	for _, cmd := range allCommands(root) {
		cmd.Long = filled(cmd.Long, helpWidth)
	}
}

// filled is a text with its paragraphs in lines of a width. Indented lines stay as they are.
func filled(text string, width int) string {
	var parts []string
	for _, block := range textBlocks(text) {
		if !block.verbatim {
			block.text = strings.Join(terminal.Wrap(block.text, width), "\n")
		}
		parts = append(parts, block.text)
	}
	return strings.Join(parts, "\n\n")
}

// helpCommand is in place of cobra's own, which ends with code 0 where there is nothing to help with.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND|TOPIC]",
		Short: "Say how a command is used, or tell of a topic",
		Long:  "Say how a command is used, as its flag --help does, or tell of a topic.",
		Example: `  flowdeck help run
  flowdeck help connection test
  flowdeck help exit-codes`,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			if about, rest, err := cmd.Root().Find(args); err == nil && len(rest) == 0 {
				for _, sub := range about.Commands() {
					if !sub.Hidden {
						names = append(names, cobra.CompletionWithDesc(sub.Name(), sub.Short))
					}
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, _ := cmd.Root().Find(args)
			if len(rest) > 0 {
				return usage(commandHint(about, rest[0]), "there is no command and no topic %q", strings.Join(args, " "))
			}
			about.InitDefaultHelpFlag()
			about.InitDefaultVersionFlag()
			return about.Help()
		},
	}
}

// helpTopics are commands that only tell something: `flowdeck help exit-codes`.
func helpTopics() []*cobra.Command {
	var codes strings.Builder
	for _, c := range []struct {
		code  int
		means string
	}{
		{exitOK, "it is done. A run succeeded, or was skipped by a 'stop'"},
		{exitFailed, "it failed. 'fmt --check': a file is not laid out"},
		{exitUsage, "wrong usage: a command, a flag, an input, a file that is not there"},
		{exitProblems, "problems in a flow or a workspace: nothing was run"},
		{exitConnection, "a connection does not work: nothing was run"},
		{exitWithErrors, "a run succeeded with errors: records failed within what 'allow' allows,\n       or a step with 'on_error: continue'"},
		{exitInterrupted, "interrupted by Ctrl-C or SIGTERM"},
	} {
		fmt.Fprintf(&codes, "\n  %3d  %s", c.code, c.means)
	}
	topics := []*cobra.Command{
		{
			Use:   "exit-codes",
			Short: "The codes that flowdeck ends with",
			Long: "The codes that flowdeck ends with:\n" + codes.String() + `

What a script asked for is on standard output, all else on standard error. With --json a run says how it ended under
"status" as well.`,
		},
		{
			Use:   "environment",
			Short: "The environment variables that flowdeck reads",
			Long: `The environment variables that flowdeck reads:

  NO_COLOR        if it is set, to anything, there is no colour
  CLICOLOR_FORCE  if it is set, to anything but 0, there is colour in pipes too
  TERM            dumb: plain lines, no bars and no colour
  CI              if it is set, to anything but false, there are plain lines,
                  and nobody is asked
  ACCESSIBLE      if it is set, questions are plain lines, for a screen reader
  HTTPS_PROXY     the proxy by which orgs are reached
  HTTP_PROXY      the same, for those whose domain begins with http://
  NO_PROXY        the hosts that are reached without a proxy
  SSL_CERT_FILE   certificates to trust, in place of the system's (not on
                  Windows and macOS)

A secret of a connection comes from the variable that the workspace names, with {env: NAME}. No flow and no
expression can read a variable.`,
		},
	}
	for _, topic := range topics {
		topic.SetHelpTemplate("{{.Long}}\n")
	}
	return topics
}
