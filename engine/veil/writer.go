package veil

import "io"

// Over returns a writer that hides secrets, then writes to w. Each Write must be a whole message: a secret that is split
// between two Writes is not found. If v is nil, Over returns w.
func (v *Veil) Over(w io.Writer) io.Writer {
	if v == nil {
		return w
	}
	return &writer{w, v.Text}
}

type writer struct {
	to   io.Writer
	hide func([]byte) []byte
}

// Write returns the length of data, although the number of bytes written may differ.
func (w *writer) Write(data []byte) (int, error) {
	if _, err := w.to.Write(w.hide(data)); err != nil {
		return 0, err
	}
	return len(data), nil
}

// Fd makes a terminal under the writer known as one.
func (w *writer) Fd() uintptr {
	if file, ok := w.to.(interface{ Fd() uintptr }); ok {
		return file.Fd()
	}
	return ^uintptr(0) // no file has it
}
