package ask

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"charm.land/huh/v2"
)

func TestAClosedFormReadsNoFurtherKeys(t *testing.T) {
	t.Parallel()
	in, typed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer typed.Close()
	form := &keyboard{File: in}
	key := make([]byte, 1)
	if _, err := typed.WriteString("ay"); err != nil {
		t.Fatal(err)
	}
	if _, err := form.Read(key); err != nil || string(key) != "a" {
		t.Errorf("the form read %q, %v", key, err)
	}
	form.leave()
	if n, err := form.Read(key); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("a form that was left read %q, %v", key[:n], err)
	}
	if _, err := in.Read(key); err != nil || string(key) != "y" {
		t.Errorf("the next one read %q, %v", key, err)
	}
}

func TestAFormIsNeverHigherThanTheTerminal(t *testing.T) {
	t.Parallel()
	for rows, want := range map[int]string{
		9: "title\n\nname\n> \n\nanswer", 6: "title\n\nname\n> \n\nanswer", 5: "title\n\nname\n> \nanswer", 4: "title\nname\n> \nanswer", 2: "> \nanswer", 0: "answer",
	} {
		l := fitting{fixed("title\n\nname\n> \n\nanswer"), func() (int, int) { return 80, rows }}
		if got := l.View(nil); got != want {
			t.Errorf("in %d rows: got %q, want %q", rows, got, want)
		}
	}
}

// fixed is a layout that always shows the same text.
type fixed string

func (f fixed) View(*huh.Form) string { return string(f) }

func (f fixed) GroupWidth(_ *huh.Form, _ *huh.Group, width int) int { return width }

func TestAFormThatCannotBeUsedIsReplacedByPlainQuestions(t *testing.T) {
	t.Parallel()
	answers := func(answer string, err error) func() (string, error) {
		return func() (string, error) { return answer, err }
	}
	for name, test := range map[string]struct {
		plain         bool
		columns, rows int
		form          func() (string, error)
		want, shown   string
		err           error
	}{
		"a form":              {false, 80, 24, answers("form", nil), "form", "", nil},
		"the smallest form":   {false, fewestColumns, fewestRows, answers("form", nil), "form", "", nil},
		"a form that is left": {false, 80, 24, answers("", ErrLeft), "", "", ErrLeft},
		"plain is asked for":  {true, 80, 24, nil, "plain", "", nil},
		"an unknown size":     {false, 0, 0, nil, "plain", "", nil},
		"a column":            {false, 1, 24, nil, "plain", "", nil},
		"too narrow":          {false, fewestColumns - 1, 24, nil, "plain", "", nil},
		"too low":             {false, 80, fewestRows - 1, nil, "plain", "", nil},
		"too large":           {false, 65535, 65535, nil, "plain", "", nil},
		"a panic": {
			false, 80, 24, func() (string, error) { panic("len\x1b\nout of range") }, "plain",
			"the form failed (len\\x1b\\nout of range): the questions follow in plain lines\n", nil,
		},
	} {
		var shown strings.Builder
		p := &Person{Out: &shown, Plain: test.plain, Size: func() (int, int) { return test.columns, test.rows }}
		got, err := formOrPlain(p, test.form, answers("plain", nil))
		if got != test.want || err != test.err || shown.String() != test.shown {
			t.Errorf("%s: got %q, %v and %q", name, got, err, shown.String())
		}
	}
}

// faulty is a text field that panics in one of its methods, as the library's own does in a terminal of one column.
type faulty struct {
	huh.Field
	in string
}

func (f *faulty) Focus() tea.Cmd {
	if f.in == "Focus" {
		panic(f.in)
	}
	return f.Field.Focus()
}

func (f *faulty) Update(tea.Msg) (huh.Model, tea.Cmd) {
	broken := func() tea.Msg { panic(f.in) }
	switch f.in {
	case "Update":
		panic(f.in)
	case "a command":
		return f, broken
	case "a command of a batch":
		return f, tea.Batch(func() tea.Msg { return nil }, broken)
	}
	return f, nil
}

func (f *faulty) View() string {
	if f.in == "View" {
		panic(f.in)
	}
	return f.Field.View()
}

func TestAPanicInAFormEndsTheFormOnly(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"Focus", "Update", "View", "a command", "a command of a batch"} {
		t.Run(in, func(t *testing.T) {
			t.Parallel()
			field := &faulty{Field: huh.NewInput()}
			form := huh.NewForm(huh.NewGroup(field))
			field.in = in
			err := run(t.Context(), form, tea.WithInput(nil), tea.WithOutput(io.Discard), tea.WithWindowSize(80, 24))
			if unusable := (*unusableError)(nil); !errors.As(err, &unusable) || unusable.why != "the form failed ("+in+")" {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAFormEndsWhenItsTerminalBecomesTooSmall(t *testing.T) {
	t.Parallel()
	form := huh.NewForm(huh.NewGroup(huh.NewInput().Placeholder("a placeholder")))
	err := run(t.Context(), form, tea.WithInput(nil), tea.WithOutput(io.Discard), tea.WithWindowSize(1, 24))
	if unusable := (*unusableError)(nil); !errors.As(err, &unusable) || unusable.why != "the form does not fit the terminal" {
		t.Errorf("got %v", err)
	}
}

func TestAFormEndsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	form := huh.NewForm(huh.NewGroup(huh.NewInput()))
	if err := run(ctx, form, tea.WithInput(nil), tea.WithOutput(io.Discard), tea.WithWindowSize(80, 24)); err != ErrLeft {
		t.Errorf("got %v", err)
	}
}
