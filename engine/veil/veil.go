// Package veil hides secret texts in what a run writes: results, reports, logs and errors.
//
// It is the second line of defense. Fields that a schema marks as secret are hidden by the schema, before they are
// written. But a flow can put a secret anywhere, and a service can repeat one. So a veil learns the secret texts of a
// run and searches every message for them, in every form in which texts are usually written.
//
// The package must not know flows, cards or connections. It stores hashes of secrets, not the secrets.
package veil

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Shortest is the length in characters of the shortest text that is hidden.
const Shortest = card.ShortestSecret

// Veil replaces the texts that it has learned with card.Hidden. It finds a text
//
//   - as it is, in upper case and in lower case;
//   - with all or some of its characters escaped as in JSON, JavaScript, Go, C, YAML, CSV, HTML or URLs;
//   - with its lines indented or wrapped, at blanks or at any other place, and with colors of a terminal in it;
//   - in base64 and hexadecimal, also as part of a longer text that was encoded, in lines, or in separated bytes;
//   - in any combination of these, up to four deep, such as base64 in a URL in JSON.
//
// It does not find a part of a text, a hash, or anything else that is computed from a text, such as its base64 in lower case: only
// the exact digits of base64 can be decoded. Methods are safe for
// concurrent use. A nil Veil hides nothing, nor does one that has learned nothing.
type Veil struct {
	mu    sync.RWMutex // Learn writes
	known index
}

// New returns a Veil that has learned nothing yet.
func New() *Veil { return &Veil{known: newIndex()} }

// Learn hides texts from now on. Space around a text is ignored. Learn also learns each line of a text, unless it may be
// any word; the parts of a URL that look like a token: the last segment of the path, the values of the query, the
// fragment; and the other ways to write a number.
func (v *Veil) Learn(texts ...string) {
	if v == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, text := range texts {
		v.learn(text)
		for _, token := range slices.Concat(tokens(text), numbers(text)) {
			v.learn(token)
		}
		if strings.Contains(text, "\n") {
			for line := range strings.Lines(text) {
				if !isWord(line) {
					v.learn(line)
				}
			}
			v.learn(body(text))
		}
	}
}

// body returns the lines of a text as one, without those that enclose a key in PEM: the key may be wrapped in another way.
func body(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "-----") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// isWord reports whether a line of a text is so short and plain that it may be any word.
func isWord(line string) bool {
	const long = 8
	line = strings.TrimSpace(line)
	return utf8.RuneCountInString(line) < long && !strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsLetter(r) && r != ' ' })
}

// numbers returns the ways in which JSON and YAML write a number, without its sign. A text that is not a number has none.
func numbers(text string) []string {
	digits := strings.TrimPrefix(strings.TrimSpace(text), "-")
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return nil
	}
	return []string{digits, strconv.FormatFloat(f, 'f', -1, 64), strconv.FormatFloat(f, 'g', -1, 64), strconv.FormatFloat(f, 'e', -1, 64)}
}

// learn adds one text to the index, in each case, and as each decoder reads it: some encoders leave alone what looks
// escaped already, such as %41 in a URL.
func (v *Veil) learn(text string) {
	text = strings.TrimSpace(text)
	if utf8.RuneCountInString(text) < Shortest {
		return
	}
	forms := []string{text}
	if strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf || r == '\\' }) { // the index ignores the case of ASCII
		forms = append(forms, strings.ToUpper(text), strings.ToLower(text)) // \N is not \n
	}
	if strings.Contains(text, `\`) { // a log escapes as Go does, except for backslashes: a backslash and a tab become \\t
		quoted := strconv.Quote(text)
		forms = append(forms, strings.ReplaceAll(quoted[1:len(quoted)-1], `\\`, `\`))
	}
	if trimmed := strings.TrimFunc(text, isBlank); utf8.RuneCountInString(trimmed) >= Shortest {
		forms = append(forms, trimmed) // a plus at the end of a text may be read as part of the space after it
	}
	for _, text := range forms {
		v.known.add([]byte(text))
		for _, decode := range escapes {
			var r reading
			if decode(&reading{text: []byte(text)}, &r); utf8.RuneCount(r.text) >= Shortest {
				v.known.add(r.text)
			}
		}
	}
}

// Text hides the secrets in a text. It returns the text itself if there are none. To hide twice is to hide once.
func (v *Veil) Text(text []byte) []byte {
	if v == nil {
		return text
	}
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.hide(text)
}

// hide is Text for callers that hold the lock.
func (v *Veil) hide(text []byte) []byte {
	found := v.find(text)
	if len(found) == 0 {
		return text
	}
	var out bytes.Buffer
	end := 0 // of the part of text that is written or hidden
	for _, f := range merged(found) {
		out.Write(text[end:f.from])
		out.WriteString(card.Hidden)
		end = f.to
	}
	out.Write(text[end:])
	return out.Bytes()
}

// part is the part of a text from one byte up to, not including, another.
type part struct{ from, to int }

// merged sorts parts, and makes one of those that overlap. It reuses their memory.
func merged(parts []part) []part {
	slices.SortFunc(parts, func(a, b part) int { return a.from - b.from })
	all := parts[:0]
	for _, p := range parts {
		if last := len(all) - 1; last >= 0 && p.from < all[last].to {
			all[last].to = max(all[last].to, p.to)
			continue
		}
		all = append(all, p)
	}
	return all
}

// find returns the secrets in a text. It searches a long text in windows, to bound the memory for its readings. Each
// window overlaps the next by the longest secret in its longest form. It overlaps the previous one by more than an
// escape, because an escape is misread from its middle, and starts at an escape of escaped escapes.
func (v *Veil) find(text []byte) (found []part) {
	if v.known.empty() || len(text) < v.known.shortest { // no form of a secret is shorter than the secret
		return nil
	}
	const least, margin = 4096, 64
	overlap := longestForm * v.known.longest
	window := max(least, 2*overlap)
	for at := 0; at == 0 || at < len(text); at += window {
		from := wholeEscape(text, max(at-margin, 0))
		to := min(at+window+overlap, len(text))
		before := len(found)
		findAll(&v.known, text[from:to], func(start, end int) {
			if f := (part{from + start, from + end}); !f.isHidden(text) {
				found = append(found, f)
			}
		})
		found = append(found[:before], merged(found[before:])...) // a window may have many readings
	}
	return found
}

// wholeEscape returns a position up to which a text has pairs of backslashes, and pairs of these, and so on: a search
// that starts in the middle of a pair would read the second backslash as the first one of an escape.
func wholeEscape(text []byte, at int) int {
	const nested = 1 << deepest
	backslashes := 0
	for backslashes < at && text[at-backslashes-1] == '\\' {
		backslashes++
	}
	return at - backslashes%nested
}

// longestForm is the number of bytes that one byte of a secret may take, as in %5C%75%30%30%36%31.
const longestForm = 18

// isHidden reports whether a part is within card.Hidden: somebody's password is "secret".
func (p part) isHidden(text []byte) bool {
	from, to := max(p.to-len(card.Hidden), 0), min(p.from+len(card.Hidden), len(text))
	return from < to && bytes.Contains(text[from:to], []byte(card.Hidden))
}
