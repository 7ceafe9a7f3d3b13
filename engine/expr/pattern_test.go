package expr

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A long text is read by a reader, and each search but the first starts in the middle of it.
func TestPatternsFindInALongTextWhatRegexpFinds(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		`a`, `b+`, `(a)(b)?`, `^a`, `(?m)^a`, `a$`, `(?m)a$`, `\ba`, `a\b`, `\B`, `\b`, ``, `x*`, `(?i)É`, `é|ß`, `.`, `(?s).`, `[^a]`, `a??`, `(?U)a+`, `\z`, `(?P<n>a)|b`,
	} {
		p, wrong := newPattern(source)
		if wrong != nil {
			t.Fatal(wrong)
		}
		for _, piece := range []string{"a", "ab", "ab a\n", "éaß", "a\xff", "", "bbb \n a"} {
			text := strings.Repeat(piece, 1+1500/(1+len(piece)))
			ev := newEvaluation(context.Background(), Scope{})
			var got [][]int
			if err := p.each(ev, text, func(match []int) error { got = append(got, match); return nil }); err != nil {
				t.Errorf("%s in %q…: %v", source, piece, err)
			}
			want := p.re.FindAllStringSubmatchIndex(text, -1)
			if !slices.EqualFunc(got, want, slices.Equal) {
				t.Errorf("%s in %q…: %d matches, want %d", source, piece, len(got), len(want))
			}
			long := strings.Repeat(text, 1+atOnce/(1+len(text)))
			if found, err := p.matches(ev, long); found != regexp.MustCompile(source).MatchString(long) || err != nil {
				t.Errorf("%s matches %q…: %t, %v", source, piece, found, err)
			}
		}
	}
}
