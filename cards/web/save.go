package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// largestSaved is the maximum size in bytes of an answer that is written to a file.
const largestSaved = 2 << 30

var errSavedTooLong = fmt.Errorf("the answer is longer than %d GB", largestSaved>>30)

type downloadInput struct {
	place
	Save string `json:"save" jsonschema:"the file to write: a path below the workspace's folder, such as reports/may.pdf; or run:may.pdf for a file in the run's own folder. Its folders are made"`
}

// savedFile is a file as a value: other cards take its path.
type savedFile struct {
	Path        string `json:"path" jsonschema:"the path of the file, as other cards take it"`
	Name        string `json:"name" jsonschema:"its name without folders"`
	Bytes       int    `json:"bytes" jsonschema:"its size"`
	ContentType string `json:"content_type" jsonschema:"the content type that the service reports; empty if it reports none"`
}

type downloadAnswer struct {
	savedFile
	Status  int               `json:"status" jsonschema:"the HTTP status, from 200 to 299"`
	Headers map[string]string `json:"headers" jsonschema:"the headers of the answer, with names in lower case"`
	Changed bool              `json:"changed" jsonschema:"false if the file had this content already"`
}

var downloads = []card.Card{
	card.NewWrite(card.Spec{
		Name: "http.download", Title: "HTTP Download", Also: []string{"Download", "Large Download"}, Summary: "read from an HTTP service into a file of any kind, in place of one with the same name",
		Effect: card.Idempotent, Undo: card.Undo{Extent: card.None}, FilesOnly: true, NoScopes: true, SecretsIn: secretNames.In, Target: "{save} ← {path}",
		Example: "card: http.download\nwith: {path: /items/i1, save: \"run:item.json\"}",
	}, card.Write[downloadInput, downloadAnswer]{Do: func(ctx context.Context, call card.Call, in downloadInput) (downloadAnswer, error) {
		s, err := sessionOf(call)
		if err != nil {
			return downloadAnswer{}, err
		}
		r, err := s.request(http.MethodGet, in.place, "*/*")
		if err != nil {
			return downloadAnswer{}, err
		}
		file, e, changed, err := s.save(ctx, call.Files, r, in.Save)
		if err != nil {
			return downloadAnswer{}, err
		}
		return downloadAnswer{*file, e.status, e.headers(), changed}, nil
	}}),
}

// save sends a request, and writes the body of its answer to a file, which is complete or as it was before. The exchange is never nil, and
// has ended.
func (s *Session) save(ctx context.Context, files card.Files, r request, name string) (_ *savedFile, e *exchange, changed bool, err error) {
	e = &exchange{request: r}
	whole, draft, err := draftOf(files, name) // before anything is sent, since a write cannot be taken back
	if err != nil {
		return nil, e, false, err
	}
	defer draft.Discard()
	r.save = draft
	e, err = s.do(ctx, r)
	defer e.end()
	if err != nil {
		return nil, e, false, err
	}
	if mediaType(e.header) == "text/html" && !isHTML(whole) {
		page := e.unread("is a web page", nil)
		page.Hint = "if it is the service's, save it under a name that ends with .html; something between here and the service may have answered in its place"
		return nil, e, false, page
	}
	e.write.Confirmed()
	changed, size, err := draft.Commit()
	return &savedFile{Path: whole, Name: baseOf(whole), Bytes: int(size), ContentType: e.header.Get("Content-Type")}, e, changed, err
}

// draftOf returns the path and the draft of the file that an answer is saved to.
func draftOf(files card.Files, name string) (whole string, draft card.Draft, err error) {
	if whole, err = files.Path(name); err != nil {
		return "", nil, inInput("save", err)
	}
	if draft, err = files.Create(name); err != nil {
		return "", nil, inInput("save", err)
	}
	return whole, draft, nil
}

func isHTML(name string) bool {
	return slices.Contains([]string{".html", ".htm"}, strings.ToLower(path.Ext(name)))
}

// copy writes the body of a success to its file, if it has at most the given number of bytes. If only that fails, the service has done the
// request.
func (e *exchange) copy(from io.Reader, sent []header, most int64) error {
	to := newCleaner(e.request.save, sent)
	n, err := io.Copy(to, io.LimitReader(from, most+1))
	if err == nil && n <= most {
		err = to.flush()
	}
	switch {
	case to.failed != nil:
		e.write.Confirmed()
		return to.failed
	case err != nil:
		return fmt.Errorf("%w: %w", wire.ErrCutOff, hidden(err, sent))
	case n > most:
		return errSavedTooLong
	}
	return nil
}

// cleaner is a writer that replaces secrets. It holds back the end of what was written, which may be the start of one.
type cleaner struct {
	to      io.Writer
	secrets [][]byte
	held    []byte
	longest int   // the length of the longest secret
	failed  error // of to
}

func newCleaner(to io.Writer, secrets []header) *cleaner {
	c := &cleaner{to: to}
	for _, h := range secrets {
		for _, text := range h.hidden() {
			c.secrets, c.longest = append(c.secrets, []byte(text)), max(c.longest, len(text))
		}
	}
	return c
}

func (c *cleaner) Write(text []byte) (int, error) {
	c.held = append(c.held, text...)
	for {
		at, length := c.first()
		if length == 0 {
			break
		}
		c.put(c.held[:at])
		c.put([]byte(inPlace))
		c.held = append(c.held[:0], c.held[at+length:]...)
	}
	if most := len(c.held) - max(c.longest-1, 0); most > 0 {
		c.put(c.held[:most])
		c.held = append(c.held[:0], c.held[most:]...)
	}
	return len(text), c.failed
}

// first returns the place and the length of the first secret in the text; a length of 0 if there is none.
func (c *cleaner) first() (at, length int) {
	at = len(c.held)
	for _, s := range c.secrets {
		if i := bytes.Index(c.held, s); i >= 0 && (i < at || i == at && len(s) > length) {
			at, length = i, len(s)
		}
	}
	return at, length
}

func (c *cleaner) put(text []byte) {
	if c.failed == nil {
		_, c.failed = c.to.Write(text)
	}
}

// flush writes the rest.
func (c *cleaner) flush() error {
	c.put(c.held)
	return c.failed
}
