package mail

import (
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"github.com/flowdeck/flowdeck/engine/card"
)

// attachment is an open file. It counts what was read, because a file may become shorter while it is sent.
type attachment struct {
	fs.File
	name string
	size int64
	read int64
	err  error
}

func (a *attachment) Read(to []byte) (int, error) {
	n, err := a.File.Read(to)
	a.read += int64(n)
	if err != nil && err != io.EOF {
		a.err = err
	}
	return n, err
}

// part returns the attachment as a part of a mail. go-mail gives it a buffer for the whole file, and writes that to the mail next. The part
// leaves the buffer empty and writes to the mail itself, in pieces: go-mail keeps nothing else back, and sets the headers for base64.
func (a *attachment) part(of *message) *gomail.File {
	return &gomail.File{Name: a.name, Header: map[string][]string{}, Writer: func(io.Writer) (int64, error) {
		to := &lines{to: of.to}
		encoder := base64.NewEncoder(base64.StdEncoding, to)
		n, err := io.Copy(encoder, a)
		if err == nil {
			err = encoder.Close()
		}
		if err == nil {
			err = to.end()
		}
		return n, err
	}}
}

// lines breaks base64 into lines.
//
// Source: RFC 2045, section 6.8
type lines struct {
	to   io.Writer
	used int // of the last line
}

const longestLine = 76

func (l *lines) Write(text []byte) (int, error) {
	for rest := text; len(rest) > 0; {
		n := min(len(rest), longestLine-l.used)
		if _, err := l.to.Write(rest[:n]); err != nil {
			return 0, err
		}
		rest, l.used = rest[n:], l.used+n
		if l.used == longestLine {
			if err := l.end(); err != nil {
				return 0, err
			}
		}
	}
	return len(text), nil
}

// end ends the last line.
func (l *lines) end() error {
	if l.used == 0 {
		return nil
	}
	l.used = 0
	_, err := io.WriteString(l.to, "\r\n")
	return err
}

// attach opens the files that are attached.
func (m *message) attach(call card.Call, names []string) error {
	if len(names) > mostAttachments {
		return invalid("", "the mail has %d attachments, and at most %d are possible", len(names), mostAttachments)
	}
	var sum int64
	for i, name := range names {
		file, err := call.Files.Open(name)
		if err != nil {
			e := *card.AsError(err)
			e.Message = fmt.Sprintf("attachments[%d]: %s", i, e.Message)
			return &e
		}
		a := &attachment{File: file, name: path.Base(strings.TrimPrefix(name, card.RunFiles))}
		m.attachments = append(m.attachments, a)
		info, err := file.Stat()
		if err != nil {
			return &card.Error{Kind: card.Storage, Message: fmt.Sprintf("attachments[%d]: file %q cannot be read", i, name), Err: err}
		}
		a.size = info.Size()
		if sum += a.size; sum > largestAttached {
			return invalid("put the file where the recipients can fetch it, and send the link", "attachments[%d]: with %q the attachments are larger than %s", i, name, attachedInWords)
		}
		m.SetAttachments(append(m.GetAttachments(), a.part(m)))
	}
	return nil
}
