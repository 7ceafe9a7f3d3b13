package main

import (
	"strings"
	"testing"
)

// Each of these is an entity, since Mermaid gives it a meaning in labels too: tried with Mermaid 11.
func TestALabelMeansItselfToMermaid(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"group: okta.group.list":    `"group: okta.group.list"`,
		`a "b" & <c>`:               `"a #34;b#34; #38; #60;c#62;"`,
		"#35; `md` \\n":             `"#35;35#59; #96;md#96; #92;n"`,
		"%%{init: {}}%%":            `"#37;#37;{init: {}}#37;#37;"`,
		"$$x$$ costs ${ 5 }":        `"$#36;x$#36; costs ${ 5 }"`,
		"style:x#y":                 `"style#58;x#35;y"`,
		"in direction TB":           `"in direction#32;TB"`,
		"two\n  lines\t日本 🎉 \u202e": `"two lines 日本 🎉 #8238;"`,
		" ":                         `" "`,
		strings.Repeat("é", 100):    `"` + strings.Repeat("é", 79) + `…"`,
	} {
		if got := quotedLabel(text); got != want {
			t.Errorf("%q\n got %s\nwant %s", text, got, want)
		}
	}
}
