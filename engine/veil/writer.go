package veil

import "io"

// Over returns a writer that hides secrets, then writes to w. Each Write must be a whole message, or with asJSON a whole
// JSON document: a secret that is split between two Writes is not found. If v is nil, Over returns w.
func (v *Veil) Over(w io.Writer, asJSON bool) io.Writer {
	switch {
	case v == nil:
		return w
	case asJSON:
		return &writer{w, v.JSON}
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
