package main

import (
	"bytes"
	"fmt"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/docs"
)

// helpWidth is the width of help in columns. It fits every terminal.
const helpWidth = 80

// fitHelp wraps the help of a command and of all its subcommands to helpWidth when it is shown.
func fitHelp(root *cobra.Command) {
	show := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) { // cobra would report an error of the output, which output stores, too
		cmd.Long = filled(cmd.Long, helpWidth)
		var help bytes.Buffer
		out := cmd.OutOrStdout()
		cmd.SetOut(&help)
		show(cmd, args)
		cmd.SetOut(out)
		_, _ = out.Write(help.Bytes())
	})
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages ", fmt.Sprintf(".FlagUsagesWrapped %d ", helpWidth)))
}

// filled wraps the paragraphs of a text. Indented lines stay unchanged.
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

// helpCommand returns a replacement for cobra's help command, which exits with code 0 for an unknown command.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND|TOPIC]",
		Short: "Show help for a command or a topic",
		Long:  "Show help for a command, as its flag --help does, or for a topic.",
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
				return usage(commandHint(about, rest[0]), "there is no command or topic %q", strings.Join(args, " "))
			}
			about.InitDefaultHelpFlag()
			about.InitDefaultVersionFlag()
			return about.Help()
		},
	}
}

// helpOf returns a page of the docs in the form of help: without its title, and with its examples indented.
func helpOf(page string) string {
	_, page, _ = strings.Cut(page, "\n\n")
	var text strings.Builder
	fenced := false
	for line := range strings.Lines(page) {
		switch {
		case strings.HasPrefix(line, "```"):
			fenced = !fenced
		case fenced && line != "\n":
			text.WriteString("  " + line)
		default:
			text.WriteString(line)
		}
	}
	return strings.TrimSpace(text.String())
}

// helpTopics returns commands that only have help, such as `flowdeck help exit-codes`.
func helpTopics() []*cobra.Command {
	var codes strings.Builder
	for _, c := range []struct {
		code  int
		means string
	}{
		{exitOK, "success. A run succeeded, or a 'stop' skipped it, or a dry run ended\n       undecidable: what comes next depends on a write"},
		{exitFailed, "failure. What a run wrote before it failed stays, and writes\n       in doubt may have been done. 'fmt --check' or\n       'fmt --diff': a file is not formatted. 'cards': no card matches"},
		{exitUsage, "wrong usage: of a command, a flag, an input, or a missing file"},
		{exitProblems, "problems in a flow or a workspace: nothing was run"},
		{exitConnection, "a connection does not work: nothing was run"},
		{exitPaused, "a run, or a run that it started, paused: 'flowdeck pause', an approval,\n       or a write may have been done. 'flowdeck resume' goes on"},
		{exitWithErrors, "a run succeeded with errors: records failed, but no more than 'allow'\n       permits, or a step with 'on_error: continue' failed"},
		{exitInterrupted, "interrupted by Ctrl-C or SIGTERM"},
		{128 + int(syscall.SIGPIPE), "nobody reads the output any more, as in 'flowdeck cards | head -1'"},
	} {
		fmt.Fprintf(&codes, "\n  %3d  %s", c.code, c.means)
	}
	topics := []*cobra.Command{
		{
			Use:   "exit-codes",
			Short: "The exit codes of flowdeck",
			Long: "The exit codes of flowdeck:\n" + codes.String() + `

The output that was asked for is on standard output, and everything else on standard error. With --json, "status" also
has the outcome of a run.`,
		},
		{
			Use:   "environment",
			Short: "The environment variables that flowdeck reads",
			Long: `The environment variables that flowdeck reads:

  NO_COLOR        any value disables color
  CLICOLOR_FORCE  any value but 0 enables color, also in pipes
  TERM            dumb: plain lines, without bars and color
  CI              any value but false: plain lines, no questions, and commands
                  of secrets get no terminal
  ACCESSIBLE      any value: questions are plain lines, for a screen reader
  HTTPS_PROXY     the proxy for connections to orgs
  HTTP_PROXY      the same, for orgs whose domain starts with http://
  NO_PROXY        hosts that are reached without a proxy
  SSL_CERT_FILE   certificates to trust instead of the system's (not on
                  Windows and macOS)
  FLOWDECK_KEY    encrypts what 'flowdeck connect' was granted and the secrets
                  of runs, and is the key of their chains of hashes: an age
                  identity, or a passphrase of at least 16 characters.
                  Without it, the keyring of the system has a key.
                  It also encrypts all that a run on Temporal has
  TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS,
  TEMPORAL_TLS_CLIENT_CERT_PATH, TEMPORAL_TLS_CLIENT_KEY_PATH,
  TEMPORAL_TLS_SERVER_CA_CERT_PATH, TEMPORAL_TLS_SERVER_NAME
                  the Temporal server of a workspace whose flowdeck.yaml
                  names none
  FLOWDECK_COMPLETION_DESCRIPTIONS
                  0: the shell completes names without their descriptions
  RUNEWIDTH_EASTASIAN
                  1: the terminal draws characters of ambiguous width in two
                  columns

The workspace can name variables for the secrets of a connection, with {env: NAME}. Flows and expressions cannot read
variables.`,
		},
		{
			Use:   "seeds",
			Short: "The format of the seeds of simulated orgs, and of their faults",
			Long:  helpOf(docs.Seeds),
		},
	}
	for _, topic := range topics {
		topic.SetHelpTemplate("{{.Long}}\n")
	}
	return topics
}
