package pace

import "testing"

func TestAShareIsAPercentage(t *testing.T) {
	t.Parallel()
	for text, want := range map[any]float64{"50%": 0.5, "7.5%": 0.075, "100": 1, "50 %": 0.5, 50: 0.5, 1: 0.01, 12.5: 0.125} {
		if got, err := (&Fraction{Share: text}).Part(); err != nil || got != want {
			t.Errorf("%v: %v, %v; want %v", text, got, err, want)
		}
	}
	for _, wrong := range []any{"half", "", "%", "0%", "101%", "NaN", "-5", 0, 0.5, 101, true, nil} {
		if got, err := (&Fraction{Share: wrong}).Part(); err == nil {
			t.Errorf("%v passes as %v", wrong, got)
		}
	}
	if got, err := (*Fraction)(nil).Part(); err != nil || got != 1 {
		t.Errorf("without a share: got %v, %v; want all of it", got, err)
	}
}
