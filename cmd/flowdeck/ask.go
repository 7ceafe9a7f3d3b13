package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"charm.land/huh/v2"
	"golang.org/x/term"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/inputs"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// canAsk reports whether there is a person to ask: both what they type and what they see is a terminal, and no
// CI system says that it runs this.
func canAsk(e env) bool {
	in, ok := e.in.(*os.File)
	return ok && term.IsTerminal(int(in.Fd())) && isTerminal(e.err) && !inCI(e)
}

// askInputs asks for every input that was not given, those with a default too, and puts the answers into inputs.
// A person who goes away instead ends the command.
func askInputs(ctx context.Context, e env, w *workspace, p *engine.Plan, chosen map[string]string, inputs map[string]engine.Value) error {
	var toAsk []engine.Input
	for _, in := range p.Inputs {
		if _, ok := inputs[in.Name]; !ok {
			toAsk = append(toAsk, in)
		}
	}
	f := &form{plain: plainTerminal(e)}
	if !f.plain && slices.ContainsFunc(toAsk, func(in engine.Input) bool { return in.Options != nil }) {
		offers, err := openOffers(ctx, e, w, p, chosen)
		if err != nil {
			return err
		}
		defer offers.conns.close()
		f.find, f.from = offers.find, strings.Join(offers.conns.orgs(), " and ")
	}
	answers, err := f.run(ctx, e, p, toAsk)
	if err != nil {
		return err
	}
	var told []string
	for _, in := range toAsk {
		v, ok := answers[in.Name]
		if !ok {
			continue
		}
		inputs[in.Name] = v
		if in.Secret {
			v = card.Hidden
		}
		told = append(told, in.Name+"="+engine.Words(v))
	}
	fmt.Fprintf(e.err, "inputs: %s\n", strings.Join(told, ", "))
	return nil
}

// plainTerminal reports whether questions must be plain lines, one after the other: for a terminal that cannot
// draw, and for who has them read out.
func plainTerminal(e env) bool {
	kind, _ := e.lookup("TERM")
	accessible, _ := e.lookup("ACCESSIBLE")
	return kind == "dumb" || accessible != ""
}

// form asks for inputs.
type form struct {
	plain bool
	find  func(ctx context.Context, in engine.Input, typed string, limit int) ([]engine.Option, bool, error) // nil: nothing is offered
	from  string                                                                                             // the org that options are read from
}

// question is an input that is asked for: its fields, and the answer when they are filled in.
type question struct {
	fields []huh.Field
	answer func() (v engine.Value, given bool, err error)
}

// run asks for inputs, and gives the answers by name. An input whose default was left as it is has none.
func (f *form) run(ctx context.Context, e env, p *engine.Plan, inputs []engine.Input) (map[string]engine.Value, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // of lists that are still being read
	var fields []huh.Field
	questions := make([]question, len(inputs))
	for i, in := range inputs {
		questions[i] = f.question(ctx, in)
		fields = append(fields, questions[i].fields...)
	}
	if err := f.show(ctx, e, huh.NewGroup(fields...).Title(p.Flow).Description(p.About)); err != nil {
		return nil, err
	}
	answers := map[string]engine.Value{}
	for i, in := range inputs {
		v, given, err := questions[i].answer()
		if err != nil {
			return nil, usage(in.About, "input %q: %v", in.Name, err)
		}
		if given {
			answers[in.Name] = v
		}
	}
	return answers, nil
}

// keyboard is what a form reads of a terminal until it is left. The form's reader may go on waiting for a key when the form has
// ended: it must not get what is typed for whoever asks next.
type keyboard struct {
	*os.File
	left atomic.Bool
}

func (k *keyboard) leave() { k.left.Store(true) }

func (k *keyboard) Read(p []byte) (int, error) {
	if k.left.Load() {
		return 0, io.EOF
	}
	return k.File.Read(p)
}

// show shows fields until they are filled in. A person who goes away instead ends the command.
func (f *form) show(ctx context.Context, e env, fields *huh.Group) error {
	keys := huh.NewDefaultKeyMap()
	keys.Quit.SetKeys("ctrl+c", "esc")
	keys.Select.Filter.Unbind()                  // its other key, esc, is for leaving; a list that is long is searched
	keyboard := &keyboard{File: e.in.(*os.File)} // canAsk has seen that it is one
	defer keyboard.leave()
	asked := huh.NewForm(fields).
		WithTheme(huh.ThemeFunc(huh.ThemeBase16)). // the terminal's own colours, whatever its background
		WithKeyMap(keys).WithAccessible(f.plain).WithInput(keyboard).WithOutput(e.err)
	err := asked.RunWithContext(ctx)
	if errors.Is(err, huh.ErrUserAborted) || err == nil && !f.plain && asked.State != huh.StateCompleted {
		return &exit{code: exitInterrupted, err: errors.New("interrupted: nothing was run")}
	}
	if err != nil {
		return &exit{code: exitFailed, err: fmt.Errorf("asking: %w", err)}
	}
	return nil
}

func (f *form) question(ctx context.Context, in engine.Input) question {
	switch {
	case in.Options != nil && f.find != nil:
		return f.search(ctx, in)
	case in.Schema != nil && len(in.Schema.Enum) > 0:
		return f.askChoice(in)
	case inputs.TypeOf(in.Schema) == "boolean":
		return f.askBoolean(in)
	}
	return f.askText(in)
}

// title is what an input is called. A plain question has no place of its own for what it is about.
func (f *form) title(in engine.Input) string {
	if f.plain && in.About != "" {
		return in.Name + " (" + in.About + ")"
	}
	return in.Name
}

// askText asks for a value as it would be written on the command line.
func (f *form) askText(in engine.Input) question {
	shown := engine.Words(in.Default)
	text := shown
	read := func(text string) (v engine.Value, given bool, err error) {
		switch {
		case !in.Required && (text == shown || text == ""):
			return nil, false, nil
		case text == "":
			return nil, false, errors.New("it must be given")
		}
		v, err = inputs.Value(in, text)
		return v, true, err
	}
	field := huh.NewInput().Title(f.title(in)).Description(in.About).Placeholder(asWritten(in)).Value(&text).
		Validate(func(text string) error { _, _, err := read(text); return err })
	if in.Secret {
		field.EchoMode(huh.EchoModeNone)
	}
	return question{fields: []huh.Field{field}, answer: func() (engine.Value, bool, error) { return read(text) }}
}

// asWritten says how a value is to be written, where that is not plain.
func asWritten(in engine.Input) string {
	return map[string]string{
		"integer": "a whole number", "number": "a number", "array": `as JSON, such as ["a", "b"]`, "object": `as JSON, such as {"a": 1}`,
	}[inputs.TypeOf(in.Schema)]
}

// askBoolean asks for true or false.
func (f *form) askBoolean(in engine.Input) question {
	yes, _ := in.Default.(bool)
	field := huh.NewConfirm().Title(f.title(in)).Description(in.About).Affirmative("true").Negative("false").Value(&yes)
	return question{fields: []huh.Field{field}, answer: func() (engine.Value, bool, error) { return yes, in.Required || yes != in.Default, nil }}
}

// askChoice asks for one of a few values.
func (f *form) askChoice(in engine.Input) question {
	chosen := 0
	var options []huh.Option[int]
	for i, v := range in.Schema.Enum {
		options = append(options, huh.NewOption(engine.Words(v), i))
		if v == in.Default {
			chosen = i
		}
	}
	field := huh.NewSelect[int]().Title(f.title(in)).Description(in.About).Options(options...).Value(&chosen)
	return question{fields: []huh.Field{field}, answer: func() (engine.Value, bool, error) {
		v := in.Schema.Enum[chosen]
		return v, in.Required || v != in.Default, nil
	}}
}
