package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/inside"
	"github.com/flowdeck/flowdeck/engine/words"
)

type evalOptions struct {
	inputs []string
	record string
	json   bool
}

func evalCommand(e env) *cobra.Command {
	var o evalOptions
	cmd := &cobra.Command{
		Use:   "eval [EXPRESSION]",
		Short: "Try an expression on data",
		Long: `Try an expression on data, with the same checks as in a flow.

An expression reads inputs and record: what --input and --record give. The value of an --input is JSON, or otherwise a
string. The expression is that of a condition or between ${ and }, without them.

Without EXPRESSION it asks for one after the other. Tab completes names of functions and fields, the arrow keys find
earlier expressions, which are not kept in a file, Ctrl-C drops a line, and Ctrl-D ends. Several lines that are pasted are
one expression. If standard input is not a terminal, each of its lines is an expression; with --record -, it is the record,
and the terminal is asked.

Values are printed as JSON, but the string of an EXPRESSION without its quotes and escapes, unless with --json.

Exit codes: 0 succeeded, 1 the evaluation failed, 2 wrong usage, 3 a problem in the expression.`,
		Example: `  flowdeck eval 'days(90) + hours(12)'
  flowdeck eval 'filter(inputs.tags, tag => tag startsWith "v")' --input 'tags=["vpn","mail"]'
  flowdeck eval 'record.profile.lastName ?? "none"' --record user.json
  okta-users | flowdeck eval 'map(record, u => u.profile.login)' --record - --json
  flowdeck eval --record user.json
  okta-users | flowdeck eval --record -`,
		Args:              atMostOne("EXPRESSION"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			var keys io.Reader = e.in
			if o.record == "-" && len(args) == 0 {
				tty, err := controllingTerminal(e)
				if err != nil {
					return err
				}
				defer tty.Close()
				keys = tty
			}
			t, err := newTrial(e, o)
			switch {
			case err != nil:
				return err
			case len(args) == 1:
				t.plain = true
				return t.evaluate(cmd.Context(), args[0], e.out)
			}
			e.in = keys
			from, ok := keys.(*os.File)
			switch typed := ok && terminal.Is(from); {
			case typed && !attended(e):
				return usage("give it as an argument, or in a file as standard input", "EXPRESSION is required where nobody can be asked")
			case typed && !terminal.Plain(e.lookup):
				return t.ask(cmd.Context(), e, from)
			}
			return t.lines(cmd.Context(), e)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&o.inputs, "input", "i", nil, "give a field of inputs, as `NAME=VALUE`; may be repeated")
	flags.StringVar(&o.record, "record", "", "read the record from a JSON `FILE`; - is standard input")
	flags.BoolVar(&o.json, "json", false, "print each value as JSON on standard output, and nothing else")
	return cmd
}

// trial has what expressions are tried on.
type trial struct {
	roots map[string]any
	env   expr.Type
	json  bool
	plain bool // a string is printed without quotes
	data  io.Writer
}

func newTrial(e env, o evalOptions) (*trial, error) {
	given := map[string]any{}
	for _, pair := range o.inputs {
		name, text, ok := strings.Cut(pair, "=")
		if _, twice := given[name]; twice {
			return nil, usage("", "input %q is given twice", name)
		}
		if !ok || name == "" {
			return nil, usage("write --input name=value", "--input %q has no value", pair)
		}
		v, err := card.DecodeJSON([]byte(text))
		if err != nil {
			v = text
		}
		given[name] = v
	}
	t := &trial{roots: map[string]any{"inputs": given}, json: o.json, data: e.data}
	if o.record != "" {
		record, err := readRecord(e, o.record)
		if err != nil {
			return nil, err
		}
		t.roots["record"] = record
	}
	t.env = expr.TypeOf(t.roots)
	return t, nil
}

// mostRecord is the maximum size of a record in bytes.
const mostRecord = 64 << 20

func readRecord(e env, path string) (any, error) {
	from := e.in
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, &host.UsageError{Err: inside.Plain(err)}
		}
		defer file.Close()
		from = file
	}
	text, err := io.ReadAll(io.LimitReader(from, mostRecord+1))
	if err != nil {
		return nil, err
	}
	if len(text) > mostRecord {
		return nil, usage("", "--record %s has more than %d MiB", path, mostRecord>>20)
	}
	v, err := card.DecodeJSON(text)
	if err != nil {
		return nil, usage("a record is one value of JSON", "--record %s: %v", path, err)
	}
	return v, nil
}

// Now, Seed and Count make a trial the site of its expressions, whose random values differ each time.
func (t *trial) Now() time.Time { return time.Now() }

func (t *trial) Seed() string { return time.Now().String() }

func (t *trial) Count() int { return 0 }

const expressionFile = "expression"

// evaluate prints the value of an expression. The errors are those of the command.
func (t *trial) evaluate(ctx context.Context, source string, out io.Writer) error {
	p, err := expr.Compile(source, t.env)
	if err != nil {
		return t.wrong(source, err)
	}
	v, err := p.Eval(ctx, expr.Scope{Roots: t.roots, Site: t})
	if err != nil {
		return &exit{code: exitFailed, err: t.wrong(source, err)}
	}
	if t.json {
		return printJSON(t.data, v)
	}
	if text, ok := v.(string); ok && t.plain {
		_, err = fmt.Fprintln(out, words.Visible(text))
		return err
	}
	return printJSON(out, v)
}

// wrong returns the error of an expression with its place.
func (t *trial) wrong(source string, err error) error {
	at := (*expr.Error)(nil)
	if !errors.As(err, &at) {
		return err
	}
	p := flow.Problem{Code: check.CodeBadExpression, Message: at.Message, Hint: at.Hint, Width: utf8.RuneCountInString(source[at.Offset : at.Offset+at.Width])}
	if at.Name != "" {
		p.Code = check.CodeUnknownName
	}
	if at.Name == "record" && t.roots["record"] == nil {
		p.Hint = "--record FILE gives the record"
	}
	before := source[:at.Offset]
	line := before[strings.LastIndexByte(before, '\n')+1:]
	p.Pos = flow.Pos{File: expressionFile, Line: 1 + strings.Count(before, "\n"), Col: 1 + utf8.RuneCountInString(line)}
	return &host.ProblemsError{Problems: flow.Problems{p}, Source: func(string) []byte { return []byte(source) }}
}

// lines evaluates each line of standard input, and goes on after a mistake.
func (t *trial) lines(ctx context.Context, e env) error {
	scanner := bufio.NewScanner(e.in)
	scanner.Buffer(nil, 1<<20)
	var first error
	for scanner.Scan() {
		if strings.TrimSpace(scanner.Text()) == "" {
			continue
		}
		if err := t.evaluate(ctx, scanner.Text(), e.out); err != nil {
			code := printError(e, err)
			if first == nil {
				first = &exit{code: code}
			}
		}
	}
	if err := scanner.Err(); err != nil {
		return err
	}
	return first
}

// controllingTerminal opens the terminal of the process, whose standard input has the record.
func controllingTerminal(e env) (*os.File, error) {
	refused := usage("give the expression as an argument", "standard input has the record")
	if terminal.Is(e.in) || !terminal.Is(e.err) || terminal.InCI(e.lookup) {
		return nil, refused
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, refused
	}
	return tty, nil
}

// ask evaluates what a person types at a terminal.
func (t *trial) ask(ctx context.Context, e env, from *os.File) error {
	prompt := terminal.Prompt{
		In: from, Out: e.screen, Text: "> ",
		Complete: func(line string) (int, []string) { return expr.Complete(line, t.env) },
	}
	return prompt.Lines(func(line string, shown io.Writer) error {
		if strings.TrimSpace(line) == "" {
			return nil
		}
		here := e
		here.err = terminal.Door(shown)
		here.out, t.data = here.err, here.err // the prompt needs to know what is written to its terminal
		if err := t.evaluate(ctx, line, here.out); err != nil {
			printError(here, err)
		}
		return ctx.Err()
	})
}
