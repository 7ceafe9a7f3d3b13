package engine

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/words"
)

// Approve asks a person, and waits for the decision. A rejection is an error, unless Goes is set.
type Approve struct {
	leaf
	Prompt Template
	Show   Template      // what exactly is approved; the zero Template shows nothing
	By     *Template     // who may decide: a name or a list of names; nil: anyone but who started the run
	Self   bool          // who started the run may decide, too
	For    time.Duration // how long the decision may take
	Goes   bool          // the flow goes on after a rejection, with approved: false
}

// Approval is what a run asks a person. In a dry run parts of it may be unknown.
type Approval struct {
	Prompt string
	Show   Value         // what exactly is approved; nil: the prompt says it all
	By     []string      `json:",omitempty"` // who may decide; nil: anyone but who started the run
	Self   bool          `json:",omitempty"` // who started the run may decide, too
	For    time.Duration // how long the decision may take
}

// Decision is what a person decided about an Approval.
type Decision struct {
	Approved bool
	By       string // who decided
	Note     string // the reason; empty if there is none
	At       time.Time
}

// How long an Approval may wait.
const (
	UsualApproval   = 7 * 24 * time.Hour
	LongestApproval = 90 * 24 * time.Hour
)

// The limits of an Approval. What is longer is refused rather than cut: nobody can approve what they do not see.
const (
	longestPrompt = 4 << 10   // bytes
	largestShow   = 256 << 10 // bytes of its JSON
	mostApprovers = 100
)

// The codes of the errors of an approve.
const (
	CodeRejected        = "rejected"
	CodeApprovalExpired = "approval_expired"
)

func (v Approve) run(f *frame, at Place) (result, error) {
	asks, err := v.approval(f, at)
	if err != nil {
		return result{}, err
	}
	if f.dry {
		f.rt.Emit(Event{Kind: Asked, Place: at, Approval: &asks})
		return result{value: approved(at)}, nil
	}
	d, err := f.rt.Await(at, asks)
	switch {
	case err != nil:
		return result{}, err
	case !d.Approved && !v.Goes:
		return result{}, d.rejection()
	}
	return result{value: d.value()}, nil
}

// approval evaluates what is asked.
func (v Approve) approval(f *frame, at Place) (a Approval, err error) {
	scope := f.scope(at)
	prompt, err := v.Prompt.eval(f, scope)
	if err != nil {
		return a, err
	}
	if a.Show, err = v.Show.eval(f, scope); err != nil {
		return a, err
	}
	var by Value
	if v.By != nil {
		if by, err = v.By.eval(f, scope); err != nil {
			return a, err
		}
	}
	if err := Lost(map[string]any{"prompt": prompt, "show": a.Show, "by": by}); err != nil {
		return a, err
	}
	a.Prompt, a.Self, a.For = shown(prompt), v.Self, v.For
	if v.By != nil {
		if a.By, err = approvers(by); err != nil {
			return a, err
		}
	}
	return a, a.check()
}

// approvers returns the names of those who may decide.
func approvers(v Value) (names []string, err error) {
	list, isList := v.([]any)
	if !isList {
		list = []any{v}
	}
	for _, name := range list {
		switch name := name.(type) {
		case expr.Unknown:
			names = append(names, name.Text)
		case string:
			if name != "" {
				names = append(names, name)
			}
		default:
			return nil, invalid("such as ada, or [ada, grace]", "%s", words.MustBe("`by`", "name or list of names", words.Kind(v)))
		}
	}
	if len(names) == 0 {
		return nil, invalid("name somebody, or leave out `by`: then it is anyone but who started the run", "`by` is empty, so that nobody may decide")
	}
	if len(names) > mostApprovers {
		return nil, invalid("", "`by` has %d names; at most %d may decide", len(names), mostApprovers)
	}
	return names, nil
}

// check returns an error if the approval cannot be shown as a whole.
func (a Approval) check() error {
	if !strings.ContainsFunc(a.Prompt, func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }) {
		return invalid("say what is to be approved", "the prompt is empty")
	}
	if len(a.Prompt) > longestPrompt {
		return invalid("put what is approved into `show`", "the prompt has %d bytes; at most 4 KB are shown", len(a.Prompt))
	}
	if a.Show == nil || hasUnknown(a.Show) {
		return nil
	}
	text, err := card.EncodeJSON(a.Show)
	if err != nil {
		return invalid("", "`show` has no JSON form: %v", err)
	}
	if len(text) > largestShow {
		return invalid("show a summary, or ask for parts", "`show` has %d bytes; at most 256 KB are shown", len(text))
	}
	return nil
}

func (d Decision) value() map[string]any {
	value := map[string]any{"approved": d.Approved, "by": d.By, "note": nil, "at": d.At.UTC().Format(time.RFC3339Nano)}
	if d.Note != "" {
		value["note"] = d.Note
	}
	return value
}

// rejection returns the error of a rejection.
func (d Decision) rejection() *card.Error {
	message := "rejected by " + d.By
	if d.Note != "" {
		message += ": " + d.Note
	}
	return &card.Error{Kind: card.Failed, Code: CodeRejected, Message: message}
}

// NotDecided returns the error of an approval that nobody decided in time.
func NotDecided(expired time.Time) *card.Error {
	return &card.Error{Kind: card.Timeout, Code: CodeApprovalExpired, Message: fmt.Sprintf("nobody decided until %s", expired.UTC().Format(time.RFC3339))}
}

// ApprovalType is the type of the result of an approve.
var ApprovalType = expr.ObjectOf(map[string]expr.Type{
	"approved": expr.Bool, "by": expr.String, "note": expr.String.OrNil(), "at": expr.String,
}, false)

// approved returns the result of an approve in a dry run, which passes immediately.
func approved(at Place) map[string]any {
	u := expr.Unknown{Of: "approve", Text: "«" + at.String() + "»"}
	return map[string]any{"approved": true, "by": u.Field("by"), "note": u.Field("note"), "at": u.Field("at")}
}

// Asks reports whether a run of the plan, without the runs that it starts, can ask for an approval.
func (p *Plan) Asks() (asks bool) {
	p.EachStep(func(_ *Plan, s *Step) {
		_, approve := s.Do.(Approve)
		asks = asks || approve
	})
	return asks
}
