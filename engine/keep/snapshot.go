package keep

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/inside"
)

// snapshot is a list in a file of the run's folder, with one record per line. The file has its final name once it has the whole
// list.
type snapshot struct {
	folder *Folder
	name   string
	whole  bool // the file has its final name
	before bool // it had it when the snapshot was opened

	file *os.File
	out  *bufio.Writer
	in   *bufio.Reader // nil until the first Read
}

// snapshotPage is the number of records that Read returns.
const snapshotPage = 1000

// part is the end of the name of a file that does not have the whole list yet.
const part = ".part"

// Snapshot opens a file for a whole list. If the folder has a Closer, it may be one that an earlier process left.
func (f *Folder) Snapshot(stream engine.Place) (engine.Snapshot, error) {
	s := &snapshot{folder: f, name: snapshotName(stream)}
	return s, f.in(s.openIn)
}

func (s *snapshot) openIn(folder *os.Root) (err error) {
	if s.folder.closer != nil {
		s.file, err = inside.OpenOwn(folder, s.name, os.O_RDONLY)
		if s.whole = err == nil; !errors.Is(err, os.ErrNotExist) {
			s.before = s.whole
			return err
		}
	}
	for _, left := range []string{s.name, s.name + part} { // by a process that was killed
		if err := folder.Remove(left); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	s.file, err = folder.OpenFile(s.name+part, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	s.out = bufio.NewWriterSize(s.file, 1<<16)
	return err
}

func (s *snapshot) Complete() (records int, complete bool) {
	if !s.before {
		return 0, false
	}
	block := make([]byte, 1<<16)
	for {
		n, err := s.file.Read(block)
		records += bytes.Count(block[:n], []byte{'\n'})
		if err != nil {
			return records, errors.Is(err, io.EOF)
		}
	}
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
		if err := s.finish(); err != nil {
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

// finish gives the file its final name, after the whole list was written.
func (s *snapshot) finish() error {
	if s.whole {
		return nil
	}
	if err := s.out.Flush(); err != nil {
		return err
	}
	err := s.folder.in(func(folder *os.Root) error { return folder.Rename(s.name+part, s.name) })
	s.whole = err == nil
	return err
}

// Leave keeps the file of a run that can be resumed, even if the stream has ended: until the journal has its end, a resumed run reads
// the records again. See DropSnapshot.
func (s *snapshot) Leave(bool) {
	_ = s.file.Close()
	if s.whole && s.folder.closer != nil {
		return
	}
	name := s.name
	if !s.whole {
		name += part
	}
	_ = s.folder.in(func(folder *os.Root) error { return folder.Remove(name) })
}

// snapshotName returns the name of the file of a stream. It does not contain the key of a record, which may be a secret.
func snapshotName(stream engine.Place) string {
	sum := sha256.Sum256([]byte(stream.ID()))
	return fileName(stream.Name() + "." + hex.EncodeToString(sum[:6]) + snapshotEnd)
}

// snapshotEnd is the end of the name of a file that has the whole list.
const snapshotEnd = ".snapshot"

// DropSnapshot removes the snapshot of a stream of which the journal has the end.
func (f *Folder) DropSnapshot(stream engine.Place) {
	name := snapshotName(stream)
	f.drop(func(file string) bool { return file == name })
}

// DropSnapshots removes all snapshots of a run that has ended.
func (f *Folder) DropSnapshots() {
	f.drop(func(file string) bool { return strings.HasSuffix(file, snapshotEnd) })
}

// drop removes files, if there are any. It does not create the folder.
func (f *Folder) drop(which func(file string) bool) {
	root, err := os.OpenRoot(f.root)
	if err != nil {
		return
	}
	defer root.Close()
	folder, err := root.OpenRoot(f.dir)
	if err != nil {
		return
	}
	defer folder.Close()
	files, _ := fs.ReadDir(folder.FS(), ".") // a file that stays is removed with the run
	for _, file := range files {
		if which(file.Name()) {
			_ = folder.Remove(file.Name())
		}
	}
}
