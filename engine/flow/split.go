package flow

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Limits of a file. A file that exceeds one is not read, and reported with one problem.
const (
	MaxFileSize  = 10 << 20 // bytes
	maxDocuments = 10_000
)

// unreadable returns the reason for not reading a text; "" if it can be read.
func unreadable(text []byte) (message, hint string, offset int) {
	switch {
	case len(text) > MaxFileSize:
		return fmt.Sprintf("the file is larger than %d MB", MaxFileSize>>20), "keep data in other files", 0
	case bytes.IndexByte(text, 0) >= 0:
		return "not a text file: it contains a NUL character", "a flow is a YAML file in UTF-8", bytes.IndexByte(text, 0)
	case !utf8.Valid(text):
		return "not valid UTF-8", "save the file as UTF-8", invalidAt(text)
	}
	return "", "", 0
}

func invalidAt(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(text)
}

// A chunk is the part of a file with one document, starting at its "---".
type chunk struct{ start, end int }

// split splits a text at lines that start with "---" and after lines that start with "...". For YAML such a line is a
// marker anywhere, even in a block scalar (whose own lines are indented), and an error in quotes. Directives and
// comments belong to the document that follows them. Chunks without content are left out.
func split(text []byte) []chunk {
	var chunks []chunk
	now := chunk{}
	content, started := false, false
	finish := func(at int) {
		if now.end = at; content {
			chunks = append(chunks, now)
		}
		now, content, started = chunk{start: at}, false, false
	}
	for at := 0; at < len(text); {
		line, next := cutLine(text, at)
		switch {
		case isMarker(line, "---"):
			if started || content {
				finish(at)
			}
			started = true
			content = hasContent(line[3:])
		case isMarker(line, "..."):
			finish(next)
		case !started && !content && len(line) > 0 && line[0] == '%':
		case hasContent(line):
			content = true
		}
		at = next
	}
	finish(len(text))
	return chunks
}

func cutLine(text []byte, at int) (line []byte, next int) {
	i := bytes.IndexAny(text[at:], "\r\n")
	if i < 0 {
		return text[at:], len(text)
	}
	return text[at : at+i], at + i + breakSize(text[at+i:])
}

// lineOf returns the rest of the line at a byte.
func lineOf(text []byte, at int) []byte {
	line, _ := cutLine(text, at)
	return line
}

func isMarker(line []byte, marker string) bool {
	return bytes.HasPrefix(line, []byte(marker)) && (len(line) == 3 || isBlank(line[3]))
}

func hasContent(line []byte) bool {
	line = bytes.TrimLeft(line, " \t")
	return len(line) > 0 && line[0] != '#'
}

// decode parses the documents in a text. If there is an error, it also returns the documents before it.
func decode(text []byte) (docs []*yaml.Node, bad *syntaxError) {
	docs, err := decodeAll(bytes.NewReader(text))
	if err == nil {
		return docs, nil
	}
	// yaml.v3 reports a line that is often not the line of the mistake. Reading again byte by byte shows how far it
	// got.
	slow := &byteReader{text: text}
	if _, again := decodeAll(slow); again != nil {
		err = again
	}
	return docs, &syntaxError{message: plainMessage(err), offset: slow.at}
}

func decodeAll(r io.Reader) (docs []*yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil { // yaml.v3 panics on some comments
			err = fmt.Errorf("%v", p)
		}
	}()
	decoder := yaml.NewDecoder(r)
	for {
		var doc yaml.Node
		if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
			return docs, nil
		} else if err != nil {
			return docs, err
		}
		docs = append(docs, &doc)
	}
}

type byteReader struct {
	text []byte
	at   int
}

func (r *byteReader) Read(p []byte) (int, error) {
	if r.at >= len(r.text) {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	p[0] = r.text[r.at]
	r.at++
	return 1, nil
}
