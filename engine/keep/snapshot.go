package keep

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/flowdeck/flowdeck/engine"
)

// snapshot is a list in a file of the run's folder, with one record per line.
type snapshot struct {
	file *os.File
	out  *bufio.Writer
	in   *bufio.Reader // nil until the first Read

	remove func() // removes the closed file
}

// snapshotPage is the number of records that Read returns.
const snapshotPage = 1000

// Snapshot creates a file for a whole list.
func (f *Folder) Snapshot(stream engine.Place) (engine.Snapshot, error) {
	// The name does not contain the key of a record, which may be a secret.
	name := fileName(fmt.Sprintf("%s.%d.snapshot", stream.Name(), f.snapshots.Add(1)))
	var file *os.File
	err := f.in(func(folder *os.Root) (err error) {
		file, err = folder.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		return err
	})
	if err != nil {
		return nil, err
	}
	remove := func() {
		_ = f.in(func(folder *os.Root) error { return folder.Remove(name) })
	}
	return &snapshot{file: file, out: bufio.NewWriterSize(file, 1<<16), remove: remove}, nil
}

func (s *snapshot) Write(records []engine.Record) error {
	for _, r := range records {
		line, err := json.Marshal(r)
		if err != nil {
			return storage(err)
		}
		if _, err := s.out.Write(append(line, '\n')); err != nil {
			return storage(err)
		}
	}
	return nil
}

func (s *snapshot) Read() ([]engine.Record, error) {
	if s.in == nil {
		if err := s.out.Flush(); err != nil {
			return nil, storage(err)
		}
		if _, err := s.file.Seek(0, io.SeekStart); err != nil {
			return nil, storage(err)
		}
		s.in = bufio.NewReaderSize(s.file, 1<<16)
	}
	var records []engine.Record
	for len(records) < snapshotPage {
		text, err := s.in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, storage(err)
		}
		var r engine.Record
		if err := json.Unmarshal(text, &r); err != nil {
			return nil, storage(err)
		}
		records = append(records, r)
	}
	return records, nil
}

func (s *snapshot) Remove() {
	_ = s.file.Close()
	s.remove()
}
