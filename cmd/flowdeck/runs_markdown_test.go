package main

import (
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// These characters need no escape in the cell of a table: letters, digits, spaces, and marks that only act at the start of a line.
func TestT4AReportInMarkdownIsInert(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a|b":                           `a\|b`,
		"a\nb\r\n| c |":                 `a\\nb\\n\| c \|`,
		"`rm`":                          "\\`rm\\`",
		`\|`:                            `\\\|`,
		"<script>alert(1)</script>":     `\<script\>alert(1)\</script\>`,
		"&lt;b&gt;":                     `\&lt;b\&gt;`,
		"[x](http://evil.example)":      `\[x\](http\://evil.example)`,
		"![x](data:x)":                  `\!\[x\](data:x)`,
		"www.evil.example":              `www\.evil.example`,
		"Www.evil.example":              `Www\.evil.example`,
		"ada@acme.example":              `ada\@acme.example`,
		"**x** __y__ ~~z~~ $\\frac$ #1": `\*\*x\*\* \_\_y\_\_ \~\~z\~\~ \$\\frac\$ \#1`,
		"\x1b[31m":                      `\\x1b\[31m`,
		"Zoë → Ω":                       "Zoë → Ω",
	} {
		if got := markdownText(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func TestTheChangesOfAReportShowOldAndNewValues(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]host.Change{
		"profile.department: Sales → R\\&D<br>profile.title: – → \"\"": {Known: true, Changes: []host.FieldChange{
			{Field: "profile.department", Old: "Sales", New: "R&D"}, {Field: "profile.title", New: ""},
		}},
		"removed<br>name: Staff → –":       {Known: true, Gone: true, Changes: []host.FieldChange{{Field: "name", Old: "Staff"}}},
		"status → SUSPENDED":               {Changes: []host.FieldChange{{Field: "status", New: "SUSPENDED"}}},
		"members: + ada<br>members: − bob": {Changes: []host.FieldChange{{Field: "members", Added: []any{"ada"}, Removed: []any{"bob"}}}},
		"nick → n4<br>the values before are not certain: another write of the run on it was made at about the same time": {
			Known: true, Uncertain: true, Changes: []host.FieldChange{{Field: "nick", Old: "n1", New: "n4"}},
		},
		"password → set, and not shown":                  {Unseen: []string{"password"}},
		"asked for: a: \\[1,2\\]<br>asked for: b\\_c: –": {Input: map[string]any{"a": []any{1, 2}, "b_c": nil}},
	} {
		if got := strings.Join(markdownFields(c), "<br>"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	failed := host.Change{Act: host.Act{Result: host.ActFailed, Error: &engine.Described{Kind: card.Forbidden, Message: "a|b"}}}
	if got := markdownResult(failed); got != `failed<br>forbidden: a\|b` {
		t.Errorf("got %s", got)
	}
}

func TestAReportOfARunThatDoesNotFitSaysSo(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	p := &host.Past{Report: &host.Report{Status: engine.Failed}, Run: store.Run{Flow: "f", Started: time.Unix(0, 0), Counted: true}}
	markdownFacts(&out, p, store.Verified{Chain: &store.Chain{}, Problem: &store.Mismatch{Step: "s", Card: "c", What: "the write was changed"}})
	for _, want := range []string{"| chain of hashes | **does not fit**: s c the write was changed |", "| history | counts only", "| started | 1970-01-01T00:00:00.000Z |"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("got %s, want %s", out.String(), want)
		}
	}
}
