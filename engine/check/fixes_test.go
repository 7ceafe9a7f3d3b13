package check_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// wholes are the hints that are the text to write in place of what a problem underlines, with its quotes.
var wholes = regexp.MustCompile(`^write (?:\x60([^\x60]+)\x60|(\$\{ [^{}]+ \}|"[^"]*"|[\w.?]+))$`)

// mends are the forms of hints whose text replaces what a problem underlines.
var mends = regexp.MustCompile(`^did you mean (?:"([\w.-]+)"|([\w.?]+))\?`)

// waived are the problems whose part has another mistake, which is only found when the hint was followed, with the reason.
var waived = map[string]string{
	`unknown flow "hlper"`:                                       "the flow that is meant takes other records",
	`Fake has no event type "user.creat"`:                        "the type that is meant is there, too",
	`a stream needs a list card, but "fake.user.get" is not one`: "the list card has other inputs",
	`unknown field "idd" of record`:                              "the input takes another type",
	`unknown key "pas" in a stream step`:                         "the helper reads another field",
	"this is the text itself, not the value of inputs.g":         "one of them is a key in braces of its own",
	`unknown key "role" in a manual`:                             "its value is not a list",
}

// suggested returns the edit that a person makes who follows the hint of a problem; nil if the hint is not the text to write.
func suggested(p flow.Problem, text []byte) *flow.Edit {
	if p.Fix != nil {
		return p.Fix
	}
	if m := wholes.FindStringSubmatch(p.Hint); m != nil && p.Width > 1 && !strings.Contains(p.Hint, "NAME") {
		edit := &flow.Edit{Pos: p.Pos, Width: p.Width, Text: m[1] + m[2]}
		if line := strings.Split(string(text), "\n")[p.Pos.Line-1]; strings.HasPrefix(edit.Text, "${ ") { // it replaces all of ${ }
			if from := strings.LastIndex(line[:p.Pos.Col-1], "${"); from >= 0 && !strings.Contains(line[from:p.Pos.Col-1], "}") {
				edit.Pos.Col, edit.Width = from+1, strings.Index(line[from:], "}")+1
			}
		}
		return edit
	}
	m := mends.FindStringSubmatch(p.Hint)
	if m == nil || p.Width == 0 {
		return nil
	}
	line := strings.Split(string(text), "\n")[p.Pos.Line-1]
	edit := flow.Edit{Pos: p.Pos, Width: p.Width, Text: m[1] + m[2]}
	for m[2] != "" && edit.Pos.Col > 1 && strings.IndexByte(" {([", line[edit.Pos.Col-2]) < 0 { // a path replaces a path
		edit.Pos.Col--
		edit.Width++
	}
	if line[edit.Pos.Col-1] == '"' { // quotes stay
		edit.Pos.Col++
		edit.Width -= 2
	}
	return &edit
}

// A hint does not lead from one problem to another.
func TestEveryHintThatCanBePastedMendsItsProblem(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it does one thing after the other")
	}
	fixes, hints := 0, 0
	for name, a := range archives(t, "../../testdata/flow/err/*.txtar") {
		for i, f := range a.Files {
			if f.Name == "want" || f.Name == flow.WorkspaceFile {
				continue
			}
			before := found(t, a)
			for _, p := range before {
				if p.Pos.File != f.Name {
					continue
				}
				edit := suggested(p, f.Data)
				if edit == nil || waived[p.Message] != "" {
					continue
				}
				if p.Fix != nil {
					fixes++
				} else {
					hints++
				}
				mended := *a
				mended.Files = append([]txtar.File{}, a.Files...)
				edited, made := flow.Edited(f.Data, []flow.Edit{*edit})
				mended.Files[i].Data = edited
				after := found(t, &mended)
				if made != 1 || has(after, p) || len(after) > len(before)-1 {
					t.Errorf("%s: %v\nhint: %s\nedit: %d characters by %q; problems before: %d, after: %d\n%s", filepath.Base(name), p, p.Hint, edit.Width, edit.Text,
						len(before), len(after), strings.Join(news(before, after), "\n"))
				}
			}
		}
	}
	t.Logf("%d fixes, %d other hints", fixes, hints)
	if fixes < 10 || hints < 10 {
		t.Errorf("only %d fixes and %d other hints were tried", fixes, hints)
	}
}

func has(all flow.Problems, p flow.Problem) bool {
	for _, other := range all {
		if other.Pos == p.Pos && other.Message == p.Message {
			return true
		}
	}
	return false
}

// news returns the problems in after whose messages are not in before.
func news(before, after flow.Problems) (all []string) {
	messages := map[string]bool{}
	for _, p := range before {
		messages[p.Message] = true
	}
	for _, p := range after {
		if !messages[p.Message] {
			all = append(all, "new: "+p.String())
		}
	}
	return all
}
