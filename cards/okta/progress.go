package okta

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/flowdeck/flowdeck/engine/card"
)

// progress is what the attempts of a call that makes many changes have done: ids by what was done to them, such as "added". The ids in
// "in_doubt" have lost their answers. Each failed attempt passes it to the next one in the details of its error.
type progress map[string][]string

// The names of changes.
const (
	added   = "added"
	removed = "removed"
	deleted = "deleted"
	inDoubt = "in_doubt"

	deactivated = "deactivated"
)

// progressOf returns what the earlier attempts of a call reported.
func progressOf(call card.Call) progress {
	p := progress{}
	if call.Last == nil || call.Last.Code != card.CodePartly {
		return p
	}
	details, _ := call.Last.Details.(map[string]any)
	for name, value := range details {
		ids, _ := value.([]any)
		for _, id := range ids {
			if id, ok := id.(string); ok {
				p[name] = append(p[name], id)
			}
		}
	}
	return p
}

// ids returns the ids to which something was done, each once, in this order. It is not nil. A change that somebody else takes back is made
// again by the next attempt.
func (p progress) ids(name string) []string {
	list, seen := []string{}, map[string]bool{}
	for _, id := range p[name] {
		if !seen[id] {
			list = append(list, id)
		}
		seen[id] = true
	}
	return list
}

// drop removes an id.
func (p progress) drop(name, id string) {
	if p[name] = slices.DeleteFunc(p[name], func(one string) bool { return one == id }); len(p[name]) == 0 {
		delete(p, name)
	}
}

// count returns the number of changes that were certainly made.
func (p progress) count() (n int) {
	for name := range p {
		if name != inDoubt {
			n += len(p.ids(name))
		}
	}
	return n
}

// counted returns a number with its noun: "1 member", "2 members".
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// are and were return the verb for a number of things.
func are(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func were(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// unchanged adds to the error of a call that nothing was changed, if that is so.
func (p progress) unchanged(failure error) error {
	refusal := (*card.Error)(nil)
	if len(p) > 0 || !errors.As(failure, &refusal) {
		return failure
	}
	unchanged := *refusal
	unchanged.Message += "; nothing was changed"
	return &unchanged
}

// failed returns the error of a call that failed after these changes; failure itself if there are none. message starts the sentence, such as "3 of 9
// users were added". names are the keys that details always has.
func (p progress) failed(ctx context.Context, failure error, message string, names ...string) error {
	done, lost := p.count(), len(p[inDoubt])
	if done == 0 && lost == 0 {
		return failure
	}
	cause := card.AsError(failure)
	if ctx.Err() != nil {
		if !errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
			return context.Cause(ctx) // without ErrNotSent
		}
		cause = &card.Error{Kind: card.Timeout, Message: "the time of the step was over"}
	}
	details := map[string]any{"code": cause.Code, "answer": cause.Details}
	for _, name := range append(names, inDoubt) {
		details[name] = []any{}
	}
	for name := range p {
		list := []any{}
		for _, id := range p.ids(name) {
			list = append(list, id)
		}
		details[name] = list
	}
	partly := &card.Error{
		Kind: cause.Kind, Code: card.CodePartly, Changed: done > 0, Writes: card.Answered, Status: cause.Status, Wait: cause.Wait, Hint: cause.Hint,
		Message: message + " before this failed: " + cause.Message, Details: details, Err: cause,
	}
	if lost > 0 {
		partly.Writes = card.Unanswered
	}
	return partly
}
