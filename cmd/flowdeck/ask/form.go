package ask

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	tea "charm.land/bubbletea/v2"
	"charm.land/huh/v2"

	"github.com/flowdeck/flowdeck/engine/words"
)

// fewestColumns and fewestRows are the size of the smallest terminal that shows a form. In a narrower one the form
// library panics (bubbles v2.0.0, textinput.placeholderView), and with 0 rows it never ends. It keeps a hundred bytes for each character
// of the terminal, which may claim to have 65,535 columns and rows.
const fewestColumns, fewestRows, mostCharacters = 20, 4, 1 << 20

func fits(columns, rows int) bool {
	return columns >= fewestColumns && rows >= fewestRows && columns*rows <= mostCharacters
}

// formOrPlain asks with a form or, if the terminal or the person cannot use one, with plain questions. If a form fails, the plain
// questions start from the first.
func formOrPlain[T any](p *Person, form, plain func() (T, error)) (T, error) {
	if p.Plain || !fits(p.Size()) {
		return plain()
	}
	answer, err := caught(form)
	if unusable := (*unusableError)(nil); errors.As(err, &unusable) {
		fmt.Fprintf(p.Out, "%s: the questions follow in plain lines\n", words.VisibleLine(unusable.why))
		return plain()
	}
	return answer, err
}

// caught converts a panic to an unusableError: a form gets texts of flows and orgs, and no text may end the program.
func caught[T any](form func() (T, error)) (answer T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(p)
		}
	}()
	return form()
}

// unusableError is the error of a form that cannot be shown.
type unusableError struct{ why string }

func (e *unusableError) Error() string { return e.why }

func panicked(p any) error { return &unusableError{fmt.Sprintf("the form failed (%v)", p)} }

// show shows fields until they are filled in. Its error is ErrLeft, or an unusableError.
func (p *Person) show(ctx context.Context, fields *huh.Group) error {
	keys := huh.NewDefaultKeyMap()
	keys.Quit.SetKeys("ctrl+c", "esc")
	keys.Select.Filter.Unbind() // the filter also uses esc, which leaves the form; a long list has a search
	form := huh.NewForm(fields).
		WithTheme(huh.ThemeFunc(huh.ThemeBase16)). // the colors of the terminal, for any background
		WithKeyMap(keys).WithLayout(fitting{huh.LayoutDefault, p.Size})
	form.SubmitCmd, form.CancelCmd = tea.Quit, tea.Interrupt
	keyboard := &keyboard{File: p.In}
	defer keyboard.leave()
	return run(ctx, form, tea.WithInput(keyboard), tea.WithOutput(p.Out))
}

// run runs a form, as its own method does, but behind a guard.
func run(ctx context.Context, form *huh.Form, options ...tea.ProgramOption) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	_, err := tea.NewProgram(&guard{form, end}, append(options, tea.WithContext(ctx))...).Run()
	unusable := (*unusableError)(nil)
	switch {
	case errors.As(context.Cause(ctx), &unusable):
		return unusable
	case errors.Is(err, tea.ErrProgramPanic): // outside of the guard; the library has printed it
		return &unusableError{"the form failed"}
	case ctx.Err() != nil, errors.Is(err, tea.ErrInterrupted), err == nil && form.State != huh.StateCompleted:
		return ErrLeft
	case err != nil:
		return fmt.Errorf("asking: %w", err)
	}
	return nil
}

// guard ends a form that panics, or whose terminal becomes too small or too large. Without it, bubbletea prints the stack, and huh panics again.
type guard struct {
	form *huh.Form
	end  context.CancelCauseFunc
}

func (g *guard) Init() tea.Cmd {
	defer g.recover()
	return g.guarded(g.form.Init())
}

func (g *guard) Update(msg tea.Msg) (_ tea.Model, cmd tea.Cmd) {
	defer g.recover()
	if size, ok := msg.(tea.WindowSizeMsg); ok && !fits(size.Width, size.Height) {
		g.end(&unusableError{"the form does not fit the terminal"})
		return g, nil
	}
	_, cmd = g.form.Update(msg) // the result is the same form
	return g, g.guarded(cmd)
}

func (g *guard) View() (view tea.View) {
	defer g.recover()
	view.ReportFocus = true // the form shows the cursor only while the terminal has the focus
	view.SetContent(g.form.View())
	return view
}

// guarded returns a command that ends the form when it panics. The library runs commands on goroutines.
func (g *guard) guarded(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() tea.Msg {
		defer g.recover()
		msg := cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			for i := range batch {
				batch[i] = g.guarded(batch[i])
			}
		}
		return msg
	}
}

// recover must be deferred.
func (g *guard) recover() {
	if p := recover(); p != nil {
		g.end(panicked(p))
	}
}

// keyboard is the input of a form until the form is left. The form's reader may still wait for a key after that, and
// must not take a key that is typed for the next form.
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

// fitting is a layout that is never higher than the terminal. The library does not count the empty line above the keys, and then
// redraws the form without end (huh v2.0.3, Group.WithHeight; bubbletea, cursedRenderer.flush).
type fitting struct {
	huh.Layout
	size func() (columns, rows int)
}

func (l fitting) View(f *huh.Form) string {
	lines := strings.Split(l.Layout.View(f), "\n")
	for _, rows := l.size(); len(lines) > max(rows, 1); {
		cut := 0
		for i, line := range lines {
			if line == "" {
				cut = i
			}
		}
		lines = slices.Delete(lines, cut, cut+1)
	}
	return strings.Join(lines, "\n")
}
