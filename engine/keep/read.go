package keep

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/inside"
)

// Lines reads the lines of a file of a run, such as its results. A line that is not complete, because the run is writing it or was killed,
// is not read yet.
type Lines struct {
	file *os.File
	from *bufio.Reader
	part []byte // of a line that is not complete
}

// Open opens the results with a name in the folder dir below root. If there are none, the error is fs.ErrNotExist. Links that lead out of
// root are not followed.
func Open(root, dir, name string) (*Lines, error) {
	return open(root, dir, fileName(name+".jsonl"))
}

func open(root, dir, name string) (*Lines, error) {
	in, err := os.OpenRoot(root)
	if err != nil {
		return nil, reading(err)
	}
	defer in.Close()
	file, err := inside.OpenOwn(in, filepath.Join(dir, name), os.O_RDONLY)
	if err != nil {
		return nil, reading(err)
	}
	return &Lines{file: file, from: bufio.NewReaderSize(file, 1<<16)}, nil
}

// reading returns the error of a file of a run that cannot be read.
func reading(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fs.ErrNotExist
	}
	err = inside.Plain(err)
	return &card.Error{Kind: card.Storage, Message: "cannot read the run's folder: " + err.Error(), Err: err}
}

// Next returns the next line, without its line break; io.EOF if there is none yet.
func (l *Lines) Next() ([]byte, error) {
	text, err := l.from.ReadBytes('\n')
	if err != nil {
		l.part = append(l.part, text...)
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		return nil, reading(err)
	}
	line := append(l.part, text[:len(text)-1]...)
	l.part = nil
	return line, nil
}

// Rewind makes Next start at the first line again.
func (l *Lines) Rewind() error {
	if _, err := l.file.Seek(0, io.SeekStart); err != nil {
		return reading(err)
	}
	l.from.Reset(l.file)
	l.part = nil
	return nil
}

// Close closes the file.
func (l *Lines) Close() error { return l.file.Close() }

// Remove removes the folder dir below root, with everything in it. It is not an error if there is none.
func Remove(root, dir string) error {
	in, err := os.OpenRoot(root)
	if err != nil {
		return reading(err)
	}
	defer in.Close()
	if err := in.RemoveAll(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return storage(err)
	}
	return nil
}
