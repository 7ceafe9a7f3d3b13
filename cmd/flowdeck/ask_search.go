package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"charm.land/huh/v2"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// offered is how many options a list shows; more are found by typing.
const offered = 100

// pause is for how long nothing must be typed before a list is read anew.
const pause = 200 * time.Millisecond

// entry is a line of a list: an option, or why there is none.
type entry struct {
	query string // what had been typed when the list was read
	value engine.Value
	err   error
}

// search is what was typed to search a list with, and what it found. The form's own goroutine uses text and chosen.
type search struct {
	text   string
	latest atomic.Pointer[string] // text, for the goroutine that reads the list
	lists  sync.Map               // what was typed → why there is nothing to choose from; nil if there is
	chosen *entry
}

// Get and Set make it the place where a field keeps its text.
func (s *search) Get() string { return s.text }

func (s *search) Set(text string) {
	s.text = text
	s.latest.Store(&text)
}

// search asks for a value of a list that is read from the connection, and is read anew as one types.
func (f *form) search(ctx context.Context, in engine.Input) question {
	s := &search{}
	s.Set("")
	typing := huh.NewInput().Title(in.Name).Description(strings.Join(nonEmpty(in.About, "from "+f.from), ", ")).
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

var errReading = errors.New("the list is being read: one moment")

// ready lets nobody go on to a list that has nothing to choose: the form would not let them back.
func (s *search) ready(typed string) error {
	why, read := s.lists.Load(typed)
	if !read {
		return errReading
	}
	err, _ := why.(error)
	return err
}

// check refuses what is no answer, such as a line of a list for what had been typed before: the list that the
// person means may still be on its way.
func (s *search) check(e *entry) error {
	if e == nil || e.query != s.text {
		return errReading
	}
	return e.err
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
	found, more, err := f.find(ctx, in, query, offered)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("nothing is found for %q", query)
	}
	if err != nil {
		failure := card.AsError(err)
		s.lists.Store(query, failure)
		return []huh.Option[*entry]{huh.NewOption(failure.Message, &entry{query: query, err: failure})}
	}
	s.lists.Store(query, nil)
	var lines []huh.Option[*entry]
	for _, option := range found {
		lines = append(lines, huh.NewOption(shownAs(option), &entry{query: query, value: option.Value}))
	}
	if more {
		lines = append(lines, huh.NewOption("… and more: type to find them", &entry{query: query, err: errors.New("choose one, or type more")}))
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
