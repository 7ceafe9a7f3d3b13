package main

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
	"github.com/flowdeck/flowdeck/cards/okta/orgcopy"
	"github.com/flowdeck/flowdeck/engine/words"
)

// startable returns a seed without the items from which no simulated org starts, and these items. The error says why none starts all the same. Users and groups
// are never left out: too much depends on them.
func startable(source []byte) ([]byte, []orgcopy.Refused, error) {
	const most = 8 // an item that is left out may be one to which others refer
	var all []orgcopy.Refused
	for range most {
		err := startsFrom(source)
		if err == nil {
			return source, all, nil
		}
		rest, refused := withoutMistakes(source, err)
		if len(refused) == 0 {
			return source, all, err
		}
		source, all = rest, append(all, refused...)
	}
	return source, all, startsFrom(source)
}

// withoutMistakes returns a seed without the items of lists in which an error has its mistakes.
func withoutMistakes(source []byte, err error) ([]byte, []orgcopy.Refused) {
	why := map[int]string{} // by line
	for _, mistake := range seedErrors(err) {
		why[mistake.Line] = mistake.Message
	}
	var rest [][]byte
	var refused []orgcopy.Refused
	lines, key := bytes.Split(source, []byte("\n")), ""
	for at := 0; at < len(lines); {
		line := lines[at]
		if name, isKey := bytes.CutSuffix(line, []byte(":")); isKey && len(name) > 0 && name[0] != ' ' && name[0] != '#' {
			key = string(name)
		}
		end, item := at+1, bytes.HasPrefix(line, []byte("  - "))
		for item && end < len(lines) && bytes.HasPrefix(lines[end], []byte("    ")) {
			end++
		}
		reason := ""
		for n := at; n < end && item && key != "users" && key != "groups"; n++ {
			reason += why[n+1]
		}
		if reason == "" {
			rest = append(rest, lines[at:end]...)
		} else {
			refused = append(refused, orgcopy.Refused{Key: key, Name: titleOfItem(lines[at:end]), Why: reason})
		}
		at = end
	}
	for _, r := range refused {
		rest = slices.Insert(rest, len(rest)-1, []byte("# "+r.Note()))
	}
	return bytes.Join(withoutEmptyLists(rest), []byte("\n")), refused
}

// withoutEmptyLists returns lines without the keys of lists that have no item.
func withoutEmptyLists(lines [][]byte) [][]byte {
	var rest [][]byte
	for i, line := range lines {
		isKey := len(line) > 0 && line[0] != ' ' && line[0] != '#' && bytes.HasSuffix(line, []byte(":"))
		if !isKey || i+1 < len(lines) && bytes.HasPrefix(lines[i+1], []byte(" ")) {
			rest = append(rest, line)
		}
	}
	return rest
}

// titleOfItem returns the first fields of an item.
func titleOfItem(lines [][]byte) string {
	const fields = 2
	var texts []string
	for _, line := range lines[:min(fields, len(lines))] {
		texts = append(texts, strings.TrimSpace(strings.TrimPrefix(string(line), "  - ")))
	}
	return words.VisibleLine(strings.Join(texts, ", "))
}

// seedErrors returns the mistakes that an error joins.
func seedErrors(err error) (all []*oktasim.SeedError) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			all = append(all, seedErrors(one)...)
		}
		return all
	}
	if mistake := (*oktasim.SeedError)(nil); errors.As(err, &mistake) {
		all = append(all, mistake)
	}
	return all
}
