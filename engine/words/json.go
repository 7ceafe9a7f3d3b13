package words

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// NotJSON returns the error of encoding/json about a text that is not one JSON value, in words for people.
func NotJSON(text []byte, err error) error {
	return &notJSON{why: whyNotJSON(text, err), err: err}
}

type notJSON struct {
	why string
	err error
}

func (e *notJSON) Error() string { return e.why }

func (e *notJSON) Unwrap() error { return e.err }

func whyNotJSON(text []byte, err error) string {
	wrong := (*json.SyntaxError)(nil)
	syntax := errors.As(err, &wrong)
	switch {
	case len(text) == 0:
		return "it is empty"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), syntax && wrong.Error() == "unexpected end of JSON input":
		return "it ends too early"
	case syntax && wrong.Offset > 0 && int(wrong.Offset) <= len(text):
		before := text[:wrong.Offset-1]
		found, _ := utf8.DecodeRune(text[len(before):])
		return fmt.Sprintf("unexpected %q at character %d", found, utf8.RuneCount(before)+1)
	}
	return err.Error()
}
