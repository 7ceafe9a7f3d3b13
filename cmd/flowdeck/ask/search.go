package ask

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"charm.land/huh/v2"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/words"
)

// offered is the maximum number of options in a list. A person finds others by typing.
const offered = 100

// pause is the time after the last key before a list is read.
const pause = 200 * time.Millisecond

// entry is a line of a list: an option, or the reason for an empty list.
type entry struct {
	query string // the text of the search when the list was read
	value engine.Value
	err   error
}

// search is the text and the result of a search. Only the goroutine of the form uses text and chosen.
type search struct {
	text   string
	latest atomic.Pointer[string] // a copy of text, for the goroutine that reads the list
	lists  sync.Map               // text → the reason why there are no options; nil if there are some
	chosen *entry
}

// Get and Set implement huh.Accessor. They store the text of a field.
func (s *search) Get() string { return s.text }

func (s *search) Set(text string) {
	s.text = text
	s.latest.Store(&text)
}

// search asks for one option from a list, which is read again as the person types.
func (f *form) search(ctx context.Context, in engine.Input) question {
	s := &search{}
	s.Set("")
	where := words.Visible("from " + f.offers.From)
	if in.About != "" {
		where = about(in) + ", " + where
	}
	typing := huh.NewInput().Title(in.Name).Description(where).
		Placeholder("type to search").Accessor(s).Validate(s.ready)
	list := huh.NewSelect[*entry]().Height(8).Value(&s.chosen).
		OptionsFunc(func() []huh.Option[*entry] { return f.entries(ctx, in, s) }, &s.text).
		Validate(s.check)
	return question{fields: []huh.Field{typing, list}, answer: func() (engine.Value, bool, error) {
		if err := s.check(s.chosen); err != nil {
			return nil, false, err
		}
		return s.chosen.value, true, nil
	}}
}

var errReading = errors.New("still reading the list")

// ready returns an error if the list for the typed text has no options, so that the person stays in the text field:
// the form has no way back from an empty list.
func (s *search) ready(typed string) error {
	why, read := s.lists.Load(typed)
	if !read {
		return errReading
	}
	err, _ := why.(error)
	return visible(err)
}

// check refuses a line that is not an answer. A line of an earlier list is not an answer either: the list for the
// current text may not have arrived yet.
func (s *search) check(e *entry) error {
	if e == nil || e.query != s.text {
		return errReading
	}
	return visible(e.err)
}

// entries reads the list for the typed text, after a pause in the typing.
func (f *form) entries(ctx context.Context, in engine.Input, s *search) []huh.Option[*entry] {
	query := *s.latest.Load()
	if query != "" {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
		if *s.latest.Load() != query {
			return nil // another call reads the list for the new text, and the form ignores this result
		}
	}
	found, more, err := f.offers.Find(ctx, in, query, offered)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("nothing found for %q", query)
	}
	if err != nil {
		failure := card.AsError(err)
		s.lists.Store(query, failure)
		return []huh.Option[*entry]{huh.NewOption(words.VisibleLine(failure.Message), &entry{query: query, err: failure})}
	}
	s.lists.Store(query, nil)
	var lines []huh.Option[*entry]
	for _, option := range found {
		lines = append(lines, huh.NewOption(words.VisibleLine(shownAs(option)), &entry{query: query, value: option.Value}))
	}
	if more {
		lines = append(lines, huh.NewOption("… more: type to search", &entry{query: query, err: errors.New("choose one, or type more")}))
	}
	return lines
}

// shownAs returns the line of an option: the label, and the value if it differs from the label.
func shownAs(o engine.Option) string {
	if value := engine.Words(o.Value); o.Label != value {
		return fmt.Sprintf("%s (%s)", o.Label, value)
	}
	return o.Label
}
