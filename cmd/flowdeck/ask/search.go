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

// offered is the number of options in a list; typing finds the others.
const offered = 100

// pause is the time without typing after which a list is read again.
const pause = 200 * time.Millisecond

// entry is a line of a list: an option, or the reason why there is none.
type entry struct {
	query string // what had been typed when the list was read
	value engine.Value
	err   error
}

// search is the text that a list is searched with, and what was found. Only the goroutine of the form uses text and chosen.
type search struct {
	text   string
	latest atomic.Pointer[string] // text, for the goroutine that reads the list
	lists  sync.Map               // text → why there is nothing to choose from; nil if there is
	chosen *entry
}

// Get and Set make it the place where a field keeps its text.
func (s *search) Get() string { return s.text }

func (s *search) Set(text string) {
	s.text = text
	s.latest.Store(&text)
}

// search asks for a value of a list that is read from the connection, and is read again as the person types.
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

// ready stops a person from going on to a list with nothing to choose: the form would not let them back.
func (s *search) ready(typed string) error {
	why, read := s.lists.Load(typed)
	if !read {
		return errReading
	}
	err, _ := why.(error)
	return visible(err)
}

// check refuses a line that is not an answer, such as a line of the list for an earlier text: the list that the person
// means may still be on its way.
func (s *search) check(e *entry) error {
	if e == nil || e.query != s.text {
		return errReading
	}
	return visible(e.err)
}

// entries reads the list for what was typed, once nothing more is typed.
func (f *form) entries(ctx context.Context, in engine.Input, s *search) []huh.Option[*entry] {
	query := *s.latest.Load()
	if query != "" {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
		if *s.latest.Load() != query {
			return nil // the list for what was typed since is on its way, and the form drops this one
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

// shownAs is an option's line: the label and, if that is another, the value.
func shownAs(o engine.Option) string {
	if value := engine.Words(o.Value); o.Label != value {
		return fmt.Sprintf("%s (%s)", o.Label, value)
	}
	return o.Label
}
