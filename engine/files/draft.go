package files

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// draft implements card.Draft: a hidden file in the folder of the file that it becomes.
type draft struct {
	of     *Workspace
	place  place
	folder *os.Root
	temp   string
	file   *os.File
	failed error // of a Write
}

func (r run) Create(name string) (card.Draft, error) {
	p, err := r.written(name)
	if err != nil {
		return nil, err
	}
	d := &draft{of: r.Workspace, place: p, temp: ".flowdeck-" + strings.ToLower(rand.Text()) + ".tmp"}
	err = p.in(true, func(folder *os.Root, last string) error {
		if _, err := regular(folder, last); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if d.folder, err = folder.OpenRoot("."); err != nil { // in closes its own
			return err
		}
		d.file, err = d.folder.OpenFile(d.temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			d.folder.Close()
		}
		return err
	})
	if err != nil {
		return nil, failure("write", name, err)
	}
	return d, nil
}

func (d *draft) Write(text []byte) (int, error) {
	n, err := d.file.Write(text)
	if err != nil {
		d.failed = err
		return n, failure("write", d.place.name, err)
	}
	return n, nil
}

func (d *draft) Commit() (changed bool, size int64, err error) {
	defer d.Discard()
	if changed, size, err = d.commit(); err != nil {
		return false, 0, failure("write", d.place.name, err)
	}
	return changed, size, nil
}

func (d *draft) commit() (changed bool, size int64, err error) {
	last := d.place.path[len(d.place.path)-1]
	if d.failed != nil { // by a caller that ignored it
		return false, 0, d.failed
	}
	if size, err = d.file.Seek(0, io.SeekEnd); err != nil {
		return false, 0, err
	}
	there, err := open(d.folder, last, readOnly)
	switch {
	case err == nil:
		defer there.Close()
		info, err := there.Stat()
		if err != nil {
			return false, 0, err
		}
		if same, err := d.same(there, info.Size(), size); err != nil || same {
			return false, size, err
		}
		if err := d.file.Chmod(info.Mode().Perm()); err != nil {
			return false, 0, err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return false, 0, err
	}
	if err := d.file.Sync(); err != nil {
		return false, 0, err
	}
	if err := d.file.Close(); err != nil { // some systems do not rename an open file
		return false, 0, err
	}
	if there != nil {
		there.Close()
	}
	if err := d.of.date(d.folder, d.temp); err != nil {
		return false, 0, err
	}
	if err := d.folder.Rename(d.temp, last); err != nil {
		return false, 0, err
	}
	if dir, err := d.folder.Open("."); err == nil { // not every system can sync a folder
		_ = dir.Sync()
		dir.Close()
	}
	d.temp = ""
	return true, size, nil
}

// same reports whether a file has the content of the draft.
func (d *draft) same(there io.Reader, has, size int64) (bool, error) {
	if has != size {
		return false, nil
	}
	if _, err := d.file.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	const block = 64 << 10
	is, was := make([]byte, block), make([]byte, block)
	for {
		n, err := io.ReadFull(d.file, is)
		m, wrong := io.ReadFull(there, was)
		if n != m || string(is[:n]) != string(was[:m]) {
			return false, nil
		}
		if err != nil || wrong != nil {
			return true, errors.Join(notEnd(err), notEnd(wrong))
		}
	}
}

// notEnd returns err unless it is the end of a file.
func notEnd(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil
	}
	return err
}

func (d *draft) Discard() {
	if d.folder == nil {
		return
	}
	d.file.Close() // may be closed already
	if d.temp != "" {
		_ = d.folder.Remove(d.temp)
	}
	d.folder.Close()
	d.folder = nil
}
