package ask

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/inputs"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/words"
)

// Plain questions are lines of text without colors and cursor movements, for screen readers and for terminals that cannot do more.

// plainOffered is the maximum number of options that are listed. A person finds others by typing.
const plainOffered = 20

// plainInputs asks for inputs, one after another.
func (p *Person) plainInputs(ctx context.Context, flow *engine.Plan, asked []engine.Input, offers *Offers) (map[string]engine.Value, error) {
	fmt.Fprintln(p.Out, strings.TrimSuffix(words.VisibleLine(flow.Flow)+": "+words.VisibleLine(words.Folded(flow.About)), ": "))
	answers := map[string]engine.Value{}
	for _, in := range asked {
		v, given, err := p.plainInput(ctx, in, offers)
		if err != nil {
			return nil, err
		}
		if given {
			answers[in.Name] = v
		}
	}
	return answers, nil
}

// plainInput asks for an input until the answer is valid. If the person keeps the default, given is false.
func (p *Person) plainInput(ctx context.Context, in engine.Input, offers *Offers) (v engine.Value, given bool, err error) {
	prompt := plainTitle(in)
	var listed []engine.Option
	switch {
	case in.Options != nil && offers != nil:
		if listed, err = p.plainOffers(ctx, in, offers, ""); err != nil {
			return nil, false, err
		}
	case len(in.Choices()) > 0:
		for _, value := range in.Choices() {
			listed = append(listed, engine.Option{Label: engine.Words(value), Value: value})
		}
		p.list(labels(listed))
	case inputs.TypeOf(in.Schema) == "boolean":
		prompt += ", true or false"
	}
	if shown := words.VisibleLine(engine.Words(in.Default)); !in.Required && shown != "" && !in.HasSecrets() {
		prompt += " [" + shown + "]"
	}
	for {
		text, err := p.line(ctx, prompt+": ", in.HasSecrets())
		switch {
		case err != nil:
			return nil, false, err
		case text == "" && !in.Required:
			return nil, false, nil
		case text == "":
			fmt.Fprintln(p.Out, "required")
			continue
		}
		if i := chosen(text, labels(listed)); i >= 0 {
			return listed[i].Value, true, nil
		}
		if in.Options != nil && offers != nil {
			if listed, err = p.plainOffers(ctx, in, offers, text); err != nil {
				return nil, false, err
			}
			if i := slices.Index(labels(listed), text); i >= 0 {
				return listed[i].Value, true, nil
			}
			continue
		}
		v, wrong := inputs.Value(in, text)
		if wrong == nil {
			return v, true, nil
		}
		fmt.Fprintln(p.Out, words.VisibleLine(wrong.Error()))
	}
}

// plainTitle returns the title of an input, with its description and the form of its value.
func plainTitle(in engine.Input) string {
	var notes []string
	for _, note := range []string{words.VisibleLine(words.Folded(in.About)), asWritten(in)} {
		if note != "" {
			notes = append(notes, note)
		}
	}
	if len(notes) == 0 {
		return in.Name
	}
	return in.Name + " (" + strings.Join(notes, ", ") + ")"
}

// plainOffers reads and lists the options of an input for a text. An error of the list itself is printed, and the person can type
// another text.
func (p *Person) plainOffers(ctx context.Context, in engine.Input, offers *Offers, typed string) ([]engine.Option, error) {
	found, more, err := offers.Find(ctx, in, typed, plainOffered)
	switch {
	case ctx.Err() != nil:
		return nil, ErrLeft
	case err != nil:
		fmt.Fprintln(p.Out, words.VisibleLine(card.AsError(err).Message))
	case len(found) == 0:
		fmt.Fprintf(p.Out, "nothing found for %q\n", words.VisibleLine(typed))
	}
	p.list(labels(found))
	if more {
		fmt.Fprintln(p.Out, "  … more: type a part of the name to search")
	}
	return found, nil
}

func labels(options []engine.Option) []string {
	lines := make([]string, len(options))
	for i, o := range options {
		lines[i] = words.VisibleLine(shownAs(o))
	}
	return lines
}

// list shows numbered lines.
func (p *Person) list(lines []string) {
	for i, line := range lines {
		fmt.Fprintf(p.Out, "  %d. %s\n", i+1, line)
	}
}

// chosen returns the index of the line that a text is, or whose number it is; -1 if there is none.
func chosen(text string, lines []string) int {
	if i := slices.Index(lines, text); i >= 0 {
		return i
	}
	if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= len(lines) {
		return n - 1
	}
	return -1
}

// plainChoice asks for one of several lines by its number, or its first word.
func (p *Person) plainChoice(ctx context.Context, title string, lines []string) (int, error) {
	p.list(lines)
	first := make([]string, len(lines))
	for i, line := range lines {
		first[i], _, _ = strings.Cut(line, " ")
	}
	for {
		text, err := p.line(ctx, title+" ", false)
		if err != nil {
			return 0, err
		}
		if i := chosen(text, first); i >= 0 {
			return i, nil
		}
		fmt.Fprintf(p.Out, "type a number from 1 to %d, or a name\n", len(lines))
	}
}

// line shows a prompt, and reads a line without surrounding white space; a secret as it is, and without echo. It returns ErrLeft at the
// end of the input, and when ctx ends.
func (p *Person) line(ctx context.Context, prompt string, secret bool) (text string, err error) {
	fmt.Fprint(p.Out, prompt)
	if secret {
		text, err = p.Secret(ctx, p.In)
		fmt.Fprintln(p.Out)
	} else {
		text, err = readLine(ctx, p.In)
	}
	switch {
	case ctx.Err() != nil || errors.Is(err, io.EOF):
		fmt.Fprintln(p.Out)
		return "", ErrLeft
	case err != nil:
		return "", err
	}
	return text, nil
}

// readLine reads a line without surrounding white space, or until ctx ends.
func readLine(ctx context.Context, in io.Reader) (string, error) {
	type typed struct {
		text string
		err  error
	}
	got := make(chan typed, 1)
	go func() { // the read cannot be canceled: after a Ctrl-C, the goroutine waits until the process ends
		text, err := bufio.NewReader(in).ReadString('\n')
		got <- typed{strings.TrimSpace(text), err}
	}()
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case answer := <-got:
		return answer.text, answer.err
	}
}
