package words

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// NotJSON is why a text is not one JSON value, from the error of encoding/json.
func NotJSON(text []byte, err error) error {
	wrong := (*json.SyntaxError)(nil)
	syntax := errors.As(err, &wrong)
	switch {
	case len(text) == 0:
		return errors.New("it is empty")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), syntax && wrong.Error() == "unexpected end of JSON input":
		return errors.New("it ends too early")
	case syntax && wrong.Offset > 0 && int(wrong.Offset) <= len(text):
		before := text[:wrong.Offset-1]
		found, _ := utf8.DecodeRune(text[len(before):])
		return fmt.Errorf("unexpected %q at character %d", found, utf8.RuneCount(before)+1)
	}
	return err
}
