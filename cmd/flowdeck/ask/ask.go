// Package ask asks a person at a terminal for a choice, for the inputs of a flow, or for a confirmation.
//
// The callers decide whether questions are possible, and use the answers. Texts of flows and orgs are shown through
// words.Visible, because a form writes to the terminal directly and would send control characters in them.
package ask

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"charm.land/huh/v2"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/inputs"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/words"
)

// Person is a person at a terminal. The methods must not be called concurrently.
type Person struct {
	In    *os.File
	Out   io.Writer // shows the questions
	Plain bool      // ask in plain lines, one question after another

	// Secret reads a line without echo, for plain questions. It returns an error if ctx ends.
	Secret func(ctx context.Context, in *os.File) (string, error)

	// Size returns the current size of the terminal; 0 by 0 if it is not known.
	Size func() (columns, rows int)
}

// ErrLeft means that the person left a question without an answer.
var ErrLeft = errors.New("nothing was chosen")

// Offers reads the options of inputs.
type Offers struct {
	From string // the org from which options are read
	Find func(ctx context.Context, in engine.Input, typed string, limit int) (found []engine.Option, more bool, err error)
}

// Inputs asks for inputs of a flow, and returns the answers by name. If the person keeps a default, there is no
// answer for that input. Inputs with options are shown as lists; if offers is nil, the person types their values.
// Inputs returns ErrLeft, or an *inputs.Error for an invalid answer.
func (p *Person) Inputs(ctx context.Context, flow *engine.Plan, asked []engine.Input, offers *Offers) (map[string]engine.Value, error) {
	return formOrPlain(p,
		func() (map[string]engine.Value, error) { return p.formInputs(ctx, flow, asked, offers) },
		func() (map[string]engine.Value, error) { return p.plainInputs(ctx, flow, asked, offers) })
}

func (p *Person) formInputs(ctx context.Context, flow *engine.Plan, asked []engine.Input, offers *Offers) (map[string]engine.Value, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // stops reading lists
	f := &form{Person: p, offers: offers}
	var fields []huh.Field
	questions := make([]question, len(asked))
	for i, in := range asked {
		questions[i] = f.question(ctx, in)
		fields = append(fields, questions[i].fields...)
	}
	if err := p.show(ctx, huh.NewGroup(fields...).Title(words.Visible(flow.Flow)).Description(words.Visible(flow.About))); err != nil {
		return nil, err
	}
	answers := map[string]engine.Value{}
	for i, in := range asked {
		v, given, err := questions[i].answer()
		if err != nil {
			return nil, &inputs.Error{Err: fmt.Errorf("input %q: %w", in.Name, err), Hint: in.About}
		}
		if given {
			answers[in.Name] = v
		}
	}
	return answers, nil
}

// Choose asks for one of several lines, and returns its index. lines returns them for a width; 0 means no limit. The
// error is ErrLeft if the person left.
func (p *Person) Choose(ctx context.Context, title string, lines func(width int) []string) (int, error) {
	return formOrPlain(p,
		func() (int, error) {
			columns, _ := p.Size()
			return p.formChoice(ctx, title, lines(columns-margin))
		},
		func() (int, error) { return p.plainChoice(ctx, title, lines(0)) })
}

func (p *Person) formChoice(ctx context.Context, title string, lines []string) (int, error) {
	var chosen int
	options := make([]huh.Option[int], len(lines))
	for i, line := range lines {
		options[i] = huh.NewOption(words.VisibleLine(line), i)
	}
	field := huh.NewSelect[int]().Title(title).Options(options...).Height(min(len(options)+1, mostLines)).Value(&chosen)
	err := p.show(ctx, huh.NewGroup(field))
	return chosen, err
}

// mostLines is the maximum height of a list, including its title.
const mostLines = 16

// margin is the number of columns that a list needs before each line.
const margin = 4

// Confirm asks a yes-or-no question. The default is no. The error is ErrLeft if the person left.
func (p *Person) Confirm(ctx context.Context, question string) (bool, error) {
	answer, err := p.line(ctx, words.VisibleLine(question)+" [y/N] ", false)
	answer = strings.ToLower(answer)
	return answer == "y" || answer == "yes", err
}

// ConfirmShown is Confirm about something of which the person may look at all: show shows it, as often as the person answers l.
func (p *Person) ConfirmShown(ctx context.Context, question string, show func() error) (bool, error) {
	for {
		answer, err := p.line(ctx, words.VisibleLine(question)+" [y/N, l lists all] ", false)
		switch answer = strings.ToLower(answer); {
		case err != nil || answer != "l" && answer != "list":
			return answer == "y" || answer == "yes", err
		}
		if err := show(); err != nil {
			return false, err
		}
	}
}

// form asks for inputs.
type form struct {
	*Person
	offers *Offers
}

// question is the question for one input: its fields, and the answer after they are filled in.
type question struct {
	fields []huh.Field
	answer func() (v engine.Value, given bool, err error)
}

func (f *form) question(ctx context.Context, in engine.Input) question {
	switch {
	case in.Options != nil && f.offers != nil:
		return f.search(ctx, in)
	case len(in.Choices()) > 0:
		return f.askChoice(in)
	case inputs.TypeOf(in.Schema) == "boolean":
		return f.askBoolean(in)
	}
	return f.askText(in)
}

// about returns the description of an input in the form in which it is shown.
func about(in engine.Input) string { return words.Visible(in.About) }

// askText asks for a value in the form of the command line.
func (f *form) askText(in engine.Input) question {
	shown := words.VisibleLine(engine.Words(in.Default))
	text := shown
	read := func(text string) (v engine.Value, given bool, err error) {
		switch {
		case !in.Required && (text == shown || text == ""):
			return nil, false, nil
		case text == "":
			return nil, false, errors.New("required")
		}
		v, err = inputs.Value(in, text)
		return v, true, err
	}
	field := huh.NewInput().Title(in.Name).Description(about(in)).Placeholder(asWritten(in)).Value(&text).
		Validate(func(text string) error { _, _, err := read(text); return visible(err) })
	if in.HasSecrets() {
		field.EchoMode(huh.EchoModeNone)
	}
	return question{fields: []huh.Field{field}, answer: func() (engine.Value, bool, error) { return read(text) }}
}

// visible returns an error in the form in which it is shown.
func visible(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(words.Visible(err.Error()))
}

// asWritten describes the form of a value, for types where it is not obvious.
func asWritten(in engine.Input) string {
	return map[string]string{
		"integer": "a whole number", "number": "a number", "array": `as JSON, such as ["a", "b"]`, "object": `as JSON, such as {"a": 1}`,
	}[inputs.TypeOf(in.Schema)]
}

// askBoolean asks for true or false.
func (f *form) askBoolean(in engine.Input) question {
	yes, _ := in.Default.(bool)
	field := huh.NewConfirm().Title(in.Name).Description(about(in)).Affirmative("true").Negative("false").Value(&yes)
	return question{fields: []huh.Field{field}, answer: func() (engine.Value, bool, error) { return yes, in.Required || yes != in.Default, nil }}
}

// askChoice asks for one of the values of an enum.
func (f *form) askChoice(in engine.Input) question {
	chosen := 0
	var options []huh.Option[int]
	for i, v := range in.Choices() {
		options = append(options, huh.NewOption(words.VisibleLine(engine.Words(v)), i))
		if v == in.Default {
			chosen = i
		}
	}
	field := huh.NewSelect[int]().Title(in.Name).Description(about(in)).Options(options...).Value(&chosen)
	return question{fields: []huh.Field{field}, answer: func() (engine.Value, bool, error) {
		v := in.Choices()[chosen]
		return v, in.Required || v != in.Default, nil
	}}
}
