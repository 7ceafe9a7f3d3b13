package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/inputs"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/words"
)

// misuse turns an error of cobra about the command line into a UsageError with a hint. cmd is the command that was
// found in the arguments.
func misuse(e env, cmd *cobra.Command, err error) error {
	if own := (*host.UsageError)(nil); errors.As(err, &own) { // the command itself refused its arguments
		return err
	}
	help := cmd.CommandPath() + " --help"
	twice, empty := (*twiceError)(nil), (*emptyError)(nil)
	switch {
	case errors.As(err, &twice):
		return usage(help, "%v", twice)
	case errors.As(err, &empty):
		return usage(help, "%v", empty)
	}
	if name, ok := unknownCommand(cmd, e.args); ok {
		hint := commandHint(cmd, name)
		if isFlow(e, name) {
			hint = "a flow is run by 'flowdeck run " + name + "'"
		}
		return usage(hint, "there is no command %q", cmd.CommandPath()+" "+name)
	}
	unknown, valueless, unfit := (*pflag.NotExistError)(nil), (*pflag.ValueRequiredError)(nil), (*pflag.InvalidValueError)(nil)
	switch {
	case errors.As(err, &unknown):
		name := unknownFlag(cmd, unknown)
		if input, ok := asInput(e, cmd, name); ok {
			return usage("an input is given as --input "+input, "there is no flag %s", name)
		}
		hint := cmp.Or(words.Hint("flags", name, flagNames(cmd, name)), "'"+cmd.CommandPath()+" --help' lists the flags")
		return usage(hint, "there is no flag %s", name)
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

// isFlow reports whether an argument is a flow of the workspace of this folder, or a file.
func isFlow(e env, arg string) bool {
	_, _, err := openFlow(e, "", arg)
	return err == nil
}

// asInput returns an unknown flag as the NAME=VALUE of an input of the flow on the command line; false if the command takes no
// inputs or the flow has no such input.
func asInput(e env, cmd *cobra.Command, flag string) (string, bool) {
	folder := cmd.Flag("dir")
	if cmd.Flags().Lookup("input") == nil || folder == nil {
		return "", false
	}
	name, dir := strings.TrimLeft(flag, "-"), folder.Value.String()
	value := "…"
	for i, arg := range e.args {
		if given, ok := strings.CutPrefix(arg, flag+"="); ok {
			value = given
		} else if arg == flag && i+1 < len(e.args) && !strings.HasPrefix(e.args[i+1], "-") {
			value = e.args[i+1]
		}
	}
	for _, arg := range e.args {
		if arg == cmd.Name() || strings.HasPrefix(arg, "-") {
			continue
		}
		if plan := plannedFor(e, dir, []string{arg}); plan != nil {
			if in, ok := plan.Input(name); ok {
				if in.HasSecrets() {
					return inputs.Placeholder(in), true
				}
				return name + "=" + value, true
			}
		}
	}
	return "", false
}

// swallowed returns an error if a flag would be read as the value of another flag, as in --only --json. It also returns the
// command. --only=--json gives the value explicitly.
func swallowed(root *cobra.Command, args []string) (*cobra.Command, error) {
	cmd, rest, err := root.Find(args)
	if err != nil {
		return root, nil // cobra will find it too
	}
	for i := 1; i < len(rest) && rest[i-1] != "--"; i++ {
		taker := flagOf(cmd, rest[i-1])
		if taker == nil || taker.NoOptDefVal != "" || flagOf(cmd, rest[i]) == nil {
			continue
		}
		_ = cmd.ParseFlags(rest) // for its arguments
		return cmd, usage(fmt.Sprintf("if %s is the value: --%s=%s", rest[i], taker.Name, rest[i]),
			"%s needs a value, and %s is another flag", rest[i-1], rest[i])
	}
	return cmd, nil
}

// flagOf returns the flag of a command that an argument names, without a value of its own; nil if there is none.
func flagOf(cmd *cobra.Command, arg string) *pflag.Flag {
	if name, ok := strings.CutPrefix(arg, "--"); ok {
		return cmd.Flag(name)
	}
	if len(arg) == len("-x") && arg[0] == '-' {
		if short := cmd.Flags().ShorthandLookup(arg[1:]); short != nil {
			return short
		}
		return cmd.InheritedFlags().ShorthandLookup(arg[1:])
	}
	return nil
}

// unknownCommand returns the argument in the place of a subcommand of cmd; false if there is none.
func unknownCommand(cmd *cobra.Command, args []string) (string, bool) {
	_, rest, _ := cmd.Root().Find(args)
	takes := func() bool { return cmd.Args != nil && cmd.Args(cmd, rest[:1]) == nil } // it is an argument
	if !cmd.HasSubCommands() || len(rest) == 0 || strings.HasPrefix(rest[0], "-") || takes() {
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
	if hint := words.Hint("commands", name, names); hint != "" {
		return hint
	}
	return "'" + cmd.CommandPath() + " --help' lists the commands"
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

// flagNames returns the flags of a command, but for --help, which each has; the short ones if name is short.
func flagNames(cmd *cobra.Command, name string) []string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		switch {
		case f.Name == "help":
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
		hint := cmd.CommandPath() + " --help"
		if name, _, pair := strings.Cut(args[1], "="); pair && cmd.Flags().Lookup("input") != nil {
			hint = "an input is given as --input " + name + "=…"
		}
		return usage(hint, "%s takes at most one %s, not %d", cmd.Name(), what, len(args))
	}
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usage(cmd.CommandPath()+" --help", "%s takes no arguments, but got %q", cmd.Name(), args[0])
}

// once is the value of a flag that takes one value: a second one would replace the first in silence, and an empty one, such as that of a variable that is not
// set, would be as if the flag was not given.
type once struct {
	pflag.Value
	flag  *pflag.Flag
	given string
}

type twiceError struct{ flag, first, second string }

func (e *twiceError) Error() string {
	return fmt.Sprintf("--%s is given twice: %s and %s", e.flag, e.first, e.second)
}

type emptyError struct{ flag string }

func (e *emptyError) Error() string { return fmt.Sprintf("--%s is empty", e.flag) }

func (o *once) Set(text string) error {
	if text == "" {
		return &emptyError{o.flag.Name}
	}
	if o.flag.Changed && o.given != text {
		return &twiceError{o.flag.Name, o.given, text}
	}
	o.given = text
	return o.Value.Set(text)
}

// takeOnce makes the flags of all commands that take one value refuse a second one. The last of several switches counts, as in
// an alias with --json=false after it.
func takeOnce(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		takeOnce(sub)
	}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if kind := f.Value.Type(); kind == "string" || kind == "int" {
			f.Value = &once{Value: f.Value, flag: f}
		}
	})
}
