// Package veil hides secret texts in what a run writes: results, reports, logs and errors.
//
// It is the second line of defense. What a schema marks as secret is hidden by the schema, before it is written;
// but a flow may do with a secret what it likes, and a service may repeat one. So a veil learns the secret texts
// of a run and looks for them in every message, in each form in which a text is usually written.
//
// It does not know what flows, cards or connections are, and it keeps no secret: of what it learns it keeps hashes.
package veil

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Shortest is the number of characters that a text must have to be hidden: a shorter one is part of too much that
// is not secret.
const Shortest = 4

// Veil replaces the texts that it has learned by card.Hidden. A text is found
//
//   - as it is, in upper case and in lower case;
//   - escaped as in JSON, Go, YAML, HTML or URLs, wholly or in part;
//   - with its lines indented or wrapped;
//   - in base64 and in hex, also within a longer text that was encoded;
//   - in any combination of these, up to four deep, such as base64 in a URL in JSON.
//
// Parts of a text, its hash, and anything else that is computed from it are not found. Methods are safe for
// concurrent use. A nil Veil hides nothing, and so does one that has learned nothing.
type Veil struct {
	mu    sync.RWMutex // Learn writes
	known index
}

// New returns a Veil that has learned nothing yet.
func New() *Veil { return &Veil{known: newIndex()} }

// Learn hides texts from now on. Blanks around a text do not count. The lines of a text are learned too, and the
// parts of a URL that look like a token: the last segment of its path, the values of its query, its fragment.
func (v *Veil) Learn(texts ...string) {
	if v == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, text := range texts {
		v.learn(text)
		for _, token := range tokens(text) {
			v.learn(token)
		}
		if strings.Contains(text, "\n") {
			for line := range strings.Lines(text) {
				v.learn(line)
			}
		}
	}
}

// learn adds one text to the index, in each case, and as each decoder reads it. The latter is for encoders that
// leave alone what looks escaped already, as URLs do with %41 and logs with \n.
func (v *Veil) learn(text string) {
	text = strings.TrimSpace(text)
	if utf8.RuneCountInString(text) < Shortest {
		return
	}
	cases := []string{text}
	if strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf || r == '\\' }) { // the index knows the cases of ASCII
		cases = append(cases, strings.ToUpper(text), strings.ToLower(text)) // \N is not \n
	}
	for _, text := range cases {
		v.known.add([]byte(text))
		for _, decode := range escapes {
			var r reading
			if decode(&reading{text: []byte(text)}, &r); utf8.RuneCount(r.text) >= Shortest {
				v.known.add(r.text)
			}
		}
	}
}

// Text hides secrets in a text. It returns the text itself if there are none.
func (v *Veil) Text(text []byte) []byte {
	if v == nil {
		return text
	}
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.hide(text)
}

// hide is Text for those who hold the lock.
func (v *Veil) hide(text []byte) []byte {
	found := v.find(text)
	if len(found) == 0 {
		return text
	}
	slices.SortFunc(found, func(a, b part) int { return a.from - b.from })
	var out bytes.Buffer
	end := 0 // of what is written or hidden
	for i, f := range found {
		if i == 0 || f.from >= end {
			out.Write(text[end:f.from])
			out.WriteString(card.Hidden)
		}
		end = max(end, f.to)
	}
	out.Write(text[end:])
	return out.Bytes()
}

// part is a part of a text, from a byte to before another.
type part struct{ from, to int }

// find finds the secrets in a text. A long text is searched in windows, so that the memory for its readings is
// small. A window overlaps the next by the longest secret in its longest form, and the one before by more than an
// escape, as it would be misread from its middle.
func (v *Veil) find(text []byte) (found []part) {
	if v.known.empty() {
		return nil
	}
	const least, before = 4096, 64
	overlap := longestForm * v.known.longest
	window := max(least, 2*overlap)
	for at := 0; at == 0 || at < len(text); at += window {
		from := max(at-before, 0)
		to := min(at+window+overlap, len(text))
		findAll(&v.known, text[from:to], func(start, end int) { found = append(found, part{from + start, from + end}) })
	}
	return found
}

// longestForm is how many bytes there may be for one of a secret, such as %5C%75%30%30%36%31.
const longestForm = 18
