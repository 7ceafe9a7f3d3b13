package expr

import (
	"errors"
	"testing"
)

// The parser's lexer reads a carriage return in a string as a line break.
func TestACarriageReturnInAStringIsNeverReadAsALineBreak(t *testing.T) {
	t.Parallel()
	for source, offset := range map[string]int{
		"\"a\rb\"": 2, "'a\r\nb'": 2, "[1, 'a', \"\r\"]": 10, "b\"\r\"": 2,
	} {
		_, err := Compile(source, testEnv)
		if e := (*Error)(nil); !errors.As(err, &e) || e.Offset != offset || e.Width != 1 || e.Hint == "" {
			t.Errorf("%q: got %#v", source, err)
		}
	}
	for source, want := range map[string]any{
		`"a\rb" + 'c\r\nd'`: "a\rbc\r\nd", "`a\rb`": "a\rb", "1 +\r\n 2": 3, "len(\"a\") /* \r */": 1,
	} {
		p, err := Compile(source, testEnv)
		if err != nil {
			t.Errorf("%q: %v", source, err)
			continue
		}
		if got, err := p.Eval(t.Context(), Scope{}); err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", source, got, err, want)
		}
	}
}
