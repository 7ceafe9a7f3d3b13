package flow

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProblemsAreWrappedAndStyled(t *testing.T) {
	t.Parallel()
	text := "ok: 1\nabout: " + strings.Repeat("word ", 30) + "here\n"
	look := Look{
		Width: 44, Wrap: func(text string, width int) []string {
			cut := strings.LastIndex(text[:width+1], " ")
			return []string{text[:cut], text[cut+1:]}
		},
		Style: func(part Part, warning bool, text string) string {
			return fmt.Sprintf("<%d%t %s>", part, warning, text)
		},
	}
	ps := Problems{
		{Pos: Pos{"a.yaml", 2, 158}, Width: 4, Code: "x", Message: "a message that is longer than the line", Hint: "short\n  indented, and longer than the line", Warning: true},
		{Pos: Pos{"a.yaml", 1, 1}, Code: "y", Message: "short"},
	}
	want := `<0true a.yaml:2:158: ><1true warning: >a message that is
   longer than the line <2true [x]>
<2true     2 |> … word word word word word here
<2true       |> <3true                            ^~~~>
   <2true hint:> short
           indented, and longer than the
           line
<0false a.yaml:1:1: >short <2false [y]>
<2false     1 |> ok: 1
<2false       |> <3false ^>
`
	var b strings.Builder
	ps.PrintAs(&b, func(string) []byte { return []byte(text) }, look)
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error("(-want +got)\n" + diff)
	}
}
