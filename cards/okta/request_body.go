package okta

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// mostUploaded is the maximum size, in bytes, of the files and fields of one request. They are held in memory while
// the request is sent.
const mostUploaded = 10 << 20

var errUploadTooLarge = errors.New("too large")

// withBody adds a body, or fields and files, to a raw request.
func withBody(r oktaapi.Request, in requestInput, workspace fs.FS) (oktaapi.Request, error) {
	fielded := in.Form != nil || in.Files != nil
	for name := range in.FileNames {
		if _, sent := in.Files[name]; !sent {
			return r, &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("`file_names` has %q, but `files` does not", name)}
		}
	}
	switch {
	case in.Body != nil && fielded:
		return r, &card.Error{Kind: card.Invalid, Message: "a request cannot have both a `body` and `form` or `files`"}
	case r.Method == http.MethodGet && (in.Body != nil || fielded):
		return r, &card.Error{Kind: card.Invalid, Message: "a GET cannot have a `body`, `form` or `files`", Hint: "did you mean `query`, or another `method`?"}
	case fielded:
		return withFields(r, in, workspace)
	case in.Body == nil:
		return r, nil
	}
	if r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if text, ok := in.Body.(string); ok {
		r.Body = []byte(text)
		return r, nil
	}
	var err error
	if r.Body, err = card.EncodeJSON(in.Body); err != nil {
		return r, &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("the body is not valid JSON: %v", err), Err: err}
	}
	return r, nil
}

// withFields adds fields and files to a request, sorted by name.
func withFields(r oktaapi.Request, in requestInput, workspace fs.FS) (oktaapi.Request, error) {
	fields, err := wire.Values("form", in.Form)
	if err != nil {
		return r, err
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		if in.Files != nil {
			return r, &card.Error{Kind: card.Invalid, Message: "`files` can only be sent as multipart/form-data", Hint: "leave out the header Content-Type"}
		}
		r.Body = []byte(fields.Encode())
		return r, nil
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := errors.Join(writeFields(w, fields), writeFiles(w, &b, in, workspace), w.Close()); err != nil {
		return r, err
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Body = b.Bytes()
	return r, nil
}

func writeFields(w *multipart.Writer, fields url.Values) error {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		for _, value := range fields[name] {
			if err := w.WriteField(name, value); err != nil {
				return fmt.Errorf("write form field %q: %w", name, err)
			}
		}
	}
	return nil
}

// writeFiles writes files of the workspace through w to b. Each part has the file's name, and the media type of its
// extension.
func writeFiles(w *multipart.Writer, b *bytes.Buffer, in requestInput, workspace fs.FS) error {
	for _, name := range slices.Sorted(maps.Keys(in.Files)) {
		file := path.Clean(in.Files[name])
		called, given := in.FileNames[name]
		if !given {
			called = path.Base(file)
		}
		part, err := w.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {multipart.FileContentDisposition(name, called)}, "Content-Type": {wire.MediaType(called)},
		})
		if err == nil {
			err = copyFile(part, workspace, file, mostUploaded-b.Len())
		}
		if err != nil {
			return unreadable(name, in.Files[name], err)
		}
	}
	return nil
}

// copyFile copies a file of at most the given size in bytes; a larger file is an error.
func copyFile(to io.Writer, workspace fs.FS, file string, most int) error {
	switch {
	case workspace == nil:
		return errors.New("there is no workspace")
	case !fs.ValidPath(file):
		return errors.New("it is outside of the workspace's folder")
	}
	f, err := workspace.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	n, err := io.Copy(to, io.LimitReader(f, int64(most)+1))
	if err == nil && n > int64(most) {
		err = errUploadTooLarge
	}
	return err
}

func unreadable(name, file string, err error) error {
	e := &card.Error{Kind: card.Invalid, Err: err, Message: fmt.Sprintf("files.%s: %q cannot be read: %v", name, file, err), Hint: "use a path relative to the workspace's folder"}
	if failed := (*fs.PathError)(nil); errors.As(err, &failed) {
		e.Message = fmt.Sprintf("files.%s: %q cannot be read: %v", name, file, failed.Err)
	}
	if errors.Is(err, errUploadTooLarge) {
		e.Message = fmt.Sprintf("files.%s: with %q the request is larger than %d MB", name, file, mostUploaded>>20)
		e.Hint = ""
	}
	return e
}
