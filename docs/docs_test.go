package docs

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestASectionHasItsTextAndItsExamples(t *testing.T) {
	t.Parallel()
	got := parse("# Problems\n\n```\nno section\n```\n\n## one-code\nIt is wrong. Mend it\nlike this.\n\nAnd so on.\n\nWrong:\n```yaml\n- a: 1\n\n  b: 2\n```\n" +
		"Right:\n```yaml\n# flowdeck.yaml\na: 1\n```\n```text\ndir/\n```\n\n## another\nNothing.\n")
	want := []Problem{
		{
			Code: "one-code", Text: "It is wrong. Mend it\nlike this.\n\nAnd so on.",
			Wrong: []File{{Kind: "yaml", Text: "- a: 1\n\n  b: 2\n"}},
			Right: []File{{Name: "flowdeck.yaml", Kind: "yaml", Text: "# flowdeck.yaml\na: 1\n"}, {Kind: "text", Text: "dir/\n"}},
		},
		{Code: "another", Text: "Nothing."},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if s := got[0].Summary(); s != "It is wrong." {
		t.Errorf("the summary is %q", s)
	}
	if s := got[1].Summary(); s != "Nothing." {
		t.Errorf("the summary is %q", s)
	}
}

func TestEverySectionIsWholeAndInOrder(t *testing.T) {
	t.Parallel()
	all := Problems()
	if len(all) < 40 {
		t.Fatalf("only %d sections", len(all))
	}
	byCode := func(a, b Problem) int { return strings.Compare(a.Code, b.Code) }
	if !slices.IsSortedFunc(all, byCode) {
		t.Error("the sections are not in alphabetical order")
	}
	for _, p := range all {
		if len(p.Wrong) == 0 || len(p.Right) == 0 {
			t.Errorf("%s has no wrong example, or no right one", p.Code)
		}
		if s := p.Summary(); !strings.HasSuffix(s, ".") || len(s) > 120 {
			t.Errorf("%s: %q is no short sentence", p.Code, s)
		}
		for _, f := range slices.Concat(p.Wrong, p.Right) {
			if f.Kind != "yaml" && f.Kind != "text" {
				t.Errorf("%s has an example of the kind %q", p.Code, f.Kind)
			}
		}
	}
}

// A link to a heading finds the first of two that are called the same.
func TestHeadingsAreUniqueAndLinksFindThem(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"problems.md": problems, "expressions.md": Expressions} {
		headings := map[string]bool{}
		for _, h := range regexp.MustCompile(`(?m)^#{1,6} (.+)$`).FindAllStringSubmatch(text, -1) {
			anchor := strings.ReplaceAll(strings.ToLower(h[1]), " ", "-")
			if headings[anchor] && !strings.HasSuffix(h[1], ".yaml") { // a comment in an example
				t.Errorf("%s: two headings are called %q", name, h[1])
			}
			headings[anchor] = true
		}
		for _, link := range regexp.MustCompile(`\]\(#([^)]+)\)`).FindAllStringSubmatch(text, -1) {
			if !headings[link[1]] {
				t.Errorf("%s: nothing is called #%s", name, link[1])
			}
		}
	}
}
