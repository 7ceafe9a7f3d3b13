package files

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

func (r run) Append(name string, text func(io.ReadSeeker) ([]byte, error)) (size int64, err error) {
	p, err := r.written(name)
	if err != nil {
		return 0, err
	}
	r.appending.Lock() // other processes are kept away by the lock of the file
	defer r.appending.Unlock()
	err = p.in(true, func(folder *os.Root, last string) error {
		_, missing := folder.Lstat(last)
		file, err := openAlone(folder, last)
		if err != nil {
			return err
		}
		defer file.Close()
		size, err = extend(file, journal{folder, last}, text)
		if info, wrong := file.Stat(); err != nil && errors.Is(missing, fs.ErrNotExist) && wrong == nil && info.Size() == 0 {
			_ = folder.Remove(last)
		}
		if err == nil {
			err = r.date(folder, last)
		}
		return err
	})
	if err != nil {
		return 0, failure("append", name, err)
	}
	return size, nil
}

// openAlone opens a file, which it makes if it does not exist, and locks it. Another process may replace or remove the file before it is locked.
func openAlone(folder *os.Root, last string) (*os.File, error) {
	for {
		file, err := open(folder, last, os.O_RDWR|os.O_APPEND|os.O_CREATE|syscall.O_NONBLOCK)
		if err != nil {
			return nil, err
		}
		info, err := file.Stat()
		if err == nil && linked(info) {
			err = errLinked
		}
		if err == nil {
			err = lock(file)
		}
		if err != nil {
			file.Close()
			return nil, err
		}
		now, err := folder.Lstat(last)
		if err == nil && os.SameFile(info, now) {
			return file, nil
		}
		file.Close()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
}

// extend appends text to a locked file. If not all of it can be written, the file is as before.
func extend(file *os.File, j journal, text func(io.ReadSeeker) ([]byte, error)) (int64, error) {
	if err := j.repair(file); err != nil {
		return 0, err
	}
	before, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	added, err := text(io.NewSectionReader(file, 0, before))
	if err != nil || len(added) == 0 {
		return before, err
	}
	if before > 0 {
		var last [1]byte
		if _, err := file.ReadAt(last[:], before-1); err != nil {
			return 0, err
		}
		if last[0] != '\n' {
			added = append([]byte{'\n'}, added...)
		}
	}
	if err := j.start(before, added); err != nil {
		return 0, err
	}
	n, err := file.Write(added)
	if err == nil {
		err = file.Sync()
	}
	if err != nil {
		is, wrong := file.Seek(0, io.SeekEnd)
		if wrong == nil && is == before+int64(n) { // only programs that know no lock can have appended
			wrong = file.Truncate(before)
		}
		if wrong == nil { // otherwise the next Append repairs it
			j.end()
		}
		return 0, errors.Join(err, wrong)
	}
	j.end()
	return before + int64(len(added)), nil
}

// journal is a hidden file next to a file to which text is appended: the size of the file before, and the text. A process that is killed leaves it, with
// a part of the text in the file, onto which the next text must not be appended. It is written and removed under the lock of the file.
type journal struct {
	folder *os.Root
	of     string
}

func (j journal) name() string {
	sum := sha256.Sum256([]byte(j.of))
	return ".flowdeck-" + hex.EncodeToString(sum[:8]) + ".append"
}

func (j journal) start(before int64, added []byte) error {
	file, err := j.folder.OpenFile(j.name(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(file, "%d %d\n%s", before, len(added), added)
	if err = errors.Join(err, file.Close()); err != nil {
		j.end()
	}
	return err
}

func (j journal) end() { _ = j.folder.Remove(j.name()) }

// repair removes from the end of a file what a process that was killed has appended of its text, unless all of it is there. A file that was changed
// since then stays as it is.
func (j journal) repair(file *os.File) error {
	left, err := open(j.folder, j.name(), readOnly)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer left.Close()
	info, err := left.Stat()
	if err != nil {
		return err
	}
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	in := bufio.NewReader(left)
	header, _ := in.ReadString('\n')
	var before, length int64
	_, unknown := fmt.Sscan(header, &before, &length) // the process was killed before it appended
	whole := unknown == nil && info.Size() == int64(len(header))+length
	if part := size - before; whole && 0 <= before && 0 < part && part < length {
		is, was := make([]byte, part), make([]byte, part)
		if _, err := file.ReadAt(is, before); err != nil {
			return err
		}
		if _, err := io.ReadFull(in, was); err != nil {
			return err
		}
		if bytes.Equal(is, was) {
			if err := errors.Join(file.Truncate(before), file.Sync()); err != nil {
				return err
			}
		}
	}
	left.Close()
	return j.folder.Remove(j.name())
}
