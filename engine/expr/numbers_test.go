package expr

import (
	"strings"
	"testing"
)

func TestNumbersInExpressionsAreWrittenInDecimalDigits(t *testing.T) {
	t.Parallel()
	for _, number := range []string{"0123", "00", "0x1F", "0XFF", "0o17", "0b11", "1_000", "0.5_0", "1_0.5", "1_0e3"} {
		for _, text := range []string{number, "1 + " + number, "[1," + number + "]", "max(" + number + ", 2)"} {
			_, err := Compile(text, testEnv)
			wrong, ok := err.(*Error)
			if !ok || wrong.Hint == "" || !strings.Contains(wrong.Message, "read differently") || text[wrong.Offset:wrong.Offset+wrong.Width] != number {
				t.Errorf("%s: %#v", text, err)
			}
		}
	}
	for _, text := range []string{"0", "0.5", "10", "100.05", "1e3", "1e03", "3.10", "\"0x1F 1_000 0123\"", "`0123`", "{a1_2: 1, b01: 2}.a1_2", "[0,1]"} {
		if _, err := Compile(text, testEnv); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}
