package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/words"
)

// misuse turns an error of cobra about the command line into a UsageError with a hint. cmd is the command that was
// found in args, which are all arguments.
func misuse(cmd *cobra.Command, args []string, err error) error {
	if own := (*host.UsageError)(nil); errors.As(err, &own) { // the command itself refused its arguments
		return err
	}
	if name, ok := unknownCommand(cmd, args); ok {
		return usage(commandHint(cmd, name), "there is no command %q", cmd.CommandPath()+" "+name)
	}
	help := cmd.CommandPath() + " --help"
	unknown, valueless, unfit := (*pflag.NotExistError)(nil), (*pflag.ValueRequiredError)(nil), (*pflag.InvalidValueError)(nil)
	switch {
	case errors.As(err, &unknown):
		name := unknownFlag(cmd, unknown)
		return usage(words.Hint("flags", name, flagNames(cmd, name)), "there is no flag %s", name)
	case errors.As(err, &valueless):
		return usage(help, "--%s needs a value", valueless.GetFlag().Name)
	case errors.As(err, &unfit):
		kinds := map[string]string{"int": "an integer", "count": "an integer", "bool": "true or false"}
		flag := unfit.GetFlag()
		if kind, ok := kinds[flag.Value.Type()]; ok {
			return usage(help, "--%s %s: must be %s", flag.Name, unfit.GetValue(), kind)
		}
	}
	return &host.UsageError{Err: err, Hint: help}
}

// unknownCommand returns the argument in the place of a subcommand of cmd; false if there is none.
func unknownCommand(cmd *cobra.Command, args []string) (string, bool) {
	_, rest, _ := cmd.Root().Find(args)
	if !cmd.HasSubCommands() || len(rest) == 0 || strings.HasPrefix(rest[0], "-") {
		return "", false
	}
	return rest[0], true
}

// commandHint returns the hint for an unknown command: the command for which other programs use this name, or else
// the most similar name.
func commandHint(cmd *cobra.Command, name string) string {
	var names []string
	for _, sub := range cmd.Commands() {
		if slices.Contains(sub.SuggestFor, name) {
			return fmt.Sprintf("did you mean %q?", cmd.CommandPath()+" "+sub.Name())
		}
		names = append(names, sub.Name())
	}
	return words.Hint("commands", name, names)
}

// unknownFlag returns the flag that the person probably typed: cobra reads -json as -j -s -o -n.
func unknownFlag(cmd *cobra.Command, err *pflag.NotExistError) string {
	letters := err.GetSpecifiedShortnames()
	switch {
	case letters == "":
		return "--" + err.GetSpecifiedName()
	case cmd.Flags().Lookup(letters) != nil:
		return "-" + letters
	}
	return "-" + err.GetSpecifiedName()
}

// flagNames returns the flags of a command; the short ones if name is short.
func flagNames(cmd *cobra.Command, name string) []string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		switch {
		case len(name) > len("-x"):
			names = append(names, "--"+f.Name)
		case f.Shorthand != "":
			names = append(names, "-"+f.Shorthand)
		}
	})
	return names
}

// exactlyOne accepts exactly one argument.
func exactlyOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return usage(cmd.CommandPath()+" --help", "%s takes one %s, not %d", cmd.Name(), what, len(args))
	}
}

// atMostOne accepts no argument or one.
func atMostOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) <= 1 {
			return nil
		}
		return usage(cmd.CommandPath()+" --help", "%s takes at most one %s, not %d", cmd.Name(), what, len(args))
	}
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usage(cmd.CommandPath()+" --help", "%s takes no arguments, but got %q", cmd.Name(), args[0])
}
