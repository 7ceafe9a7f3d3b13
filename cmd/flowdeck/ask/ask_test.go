package ask

import (
	"errors"
	"io"
	"os"
	"testing"
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
