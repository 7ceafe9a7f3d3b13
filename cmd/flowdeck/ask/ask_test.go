package ask

import (
	"errors"
	"io"
	"os"
	"testing"

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
		l := fitting{fixed("title\n\nname\n> \n\nanswer"), func() int { return rows }}
		if got := l.View(nil); got != want {
			t.Errorf("in %d rows: got %q, want %q", rows, got, want)
		}
	}
}

// fixed is a layout that always shows the same text.
type fixed string

func (f fixed) View(*huh.Form) string { return string(f) }

func (f fixed) GroupWidth(_ *huh.Form, _ *huh.Group, width int) int { return width }
