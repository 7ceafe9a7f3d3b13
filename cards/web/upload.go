package web

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// upload is a body of texts and files, of which only a small part is in memory. Each attempt reads it from its start.
type upload struct {
	files card.Files
	parts []part
	size  int64
	media string
}

// part is a text or, with a name, a file.
type part struct {
	text []byte
	name string
	info fs.FileInfo // of the file when the request was made
}

// oneFile returns a body that is a file.
func oneFile(files card.Files, name string) (*upload, error) {
	u := &upload{files: files, media: wire.MediaType(baseOf(name))}
	return u, u.add("file", name)
}

// multipartOf returns a body of fields and files, each sorted by name.
func multipartOf(files card.Files, in multipartBody) (*upload, error) {
	fields, err := wire.Values("multipart.fields", in.Fields)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	w := multipart.NewWriter(&text)
	u := &upload{files: files, media: w.FormDataContentType()}
	flush := func() {
		u.parts, u.size = append(u.parts, part{text: bytes.Clone(text.Bytes())}), u.size+int64(text.Len())
		text.Reset()
	}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		for _, value := range fields[field] {
			_ = w.WriteField(field, value) // to memory
		}
	}
	for _, field := range slices.Sorted(maps.Keys(in.Files)) {
		name := in.Files[field]
		_, _ = w.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {multipart.FileContentDisposition(field, baseOf(name))}, "Content-Type": {wire.MediaType(baseOf(name))},
		})
		flush()
		if err := u.add("multipart.files."+field, name); err != nil {
			return nil, err
		}
	}
	_ = w.Close()
	flush()
	return u, nil
}

// baseOf returns the name of a file without its folders.
func baseOf(name string) string { return path.Base(strings.TrimPrefix(name, card.RunFiles)) }

// add adds a file. input is the name of the input that has its path, for messages.
func (u *upload) add(input, name string) error {
	file, err := u.files.Open(name)
	if err != nil {
		return inInput(input, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return unreadFile(name, err)
	}
	u.parts, u.size = append(u.parts, part{name: name, info: info}), u.size+info.Size()
	return nil
}

// inInput adds the name of an input to an error of a file. A file that does not exist is not one that the service does not find.
func inInput(input string, err error) error {
	failure := *card.AsError(err)
	failure.Message = input + ": " + failure.Message
	if failure.Kind == card.NotFound {
		failure.Kind = card.Invalid
	}
	return &failure
}

func unreadFile(name string, err error) error {
	return &card.Error{Kind: card.Storage, Message: fmt.Sprintf("file %q cannot be read: %v", name, err), Err: err}
}

// on makes the upload the body of a request. going is called whenever a part of it was sent.
func (u *upload) on(req *http.Request, going func()) {
	req.ContentLength = u.size
	req.GetBody = func() (io.ReadCloser, error) { return u.open(going), nil }
	req.Body = u.open(going)
	if u.size == 0 {
		req.Body, req.GetBody = http.NoBody, nil
	}
}

// open returns the upload from its start.
func (u *upload) open(going func()) io.ReadCloser {
	s := &sending{of: u}
	return struct {
		io.Reader
		io.Closer
	}{progress{s, going}, s}
}

// sending is one attempt to send an upload. At most one file is open. A transport may close it while it is read.
type sending struct {
	of *upload

	mu     sync.Mutex
	closed bool
	next   int // the part after the current one
	text   *bytes.Reader
	file   fs.File
	left   int64 // of the file
}

func (s *sending) Read(to []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(to) > 0 {
		switch {
		case s.closed:
			return 0, fs.ErrClosed
		case s.file != nil && s.left > 0:
			return s.read(to)
		case s.text != nil && s.text.Len() > 0:
			return s.text.Read(to)
		case s.next == len(s.of.parts):
			return 0, io.EOF
		}
		if err := s.start(s.of.parts[s.next]); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// start goes on with the next part.
func (s *sending) start(p part) (err error) {
	if err := s.end(); err != nil {
		return unreadFile(p.name, err)
	}
	s.next++
	if p.name == "" {
		s.text = bytes.NewReader(p.text)
		return nil
	}
	if s.file, err = s.of.files.Open(p.name); err != nil {
		s.file = nil
		return changedFile(p.name)
	}
	s.left = p.info.Size()
	return s.unchanged(p)
}

// read reads a part of the file. The end of a file is not sent if it was changed in the meantime, so that the service never has a mixture.
func (s *sending) read(to []byte) (int, error) {
	p := s.of.parts[s.next-1]
	n, err := s.file.Read(to[:min(int64(len(to)), s.left)])
	s.left -= int64(n)
	switch {
	case err == io.EOF && s.left > 0:
		return 0, changedFile(p.name)
	case err != nil && err != io.EOF:
		return 0, unreadFile(p.name, err)
	case s.left == 0:
		if err := s.unchanged(p); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// unchanged returns an error if the file is not as it was when the request was made.
func (s *sending) unchanged(p part) error {
	info, err := s.file.Stat()
	switch {
	case err != nil:
		return unreadFile(p.name, err)
	case info.Size() != p.info.Size(), !info.ModTime().Equal(p.info.ModTime()):
		return changedFile(p.name)
	}
	return nil
}

func changedFile(name string) error {
	return &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("file %q was changed while it was sent", name), Hint: "write to another file than the one that is sent"}
}

// Close ends the attempt.
func (s *sending) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return s.end()
}

// end closes the file that is open.
func (s *sending) end() error {
	if s.file == nil {
		return nil
	}
	file := s.file
	s.file, s.left = nil, 0
	return file.Close()
}
