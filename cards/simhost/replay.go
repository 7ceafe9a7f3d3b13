package simhost

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"time"
)

// open creates the server from the seed and the journal. It removes an incomplete last line, whose request was never
// answered.
func (j *journal) open() (Server, error) {
	file, err := os.OpenFile(j.path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return j.fresh()
	}
	if err != nil {
		return nil, fmt.Errorf("read the state: %w", err)
	}
	j.file = file
	lines := bufio.NewReaderSize(file, 1<<16)
	head, length, err := readLine[heading](lines)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s, line 1: %w", j.path, err)
	case length == 0: // the process was killed during its first change
		if err := j.remove(); err != nil {
			return nil, fmt.Errorf("repair the state: %w", err)
		}
		return j.fresh()
	case head.Format != j.simulator.Format:
		return nil, fmt.Errorf("read %s: it was written by another version of the simulated server", j.path)
	case head.Seed != j.simulator.Digest:
		return nil, errors.New("its state was made from another version of the seed, whose users and groups are different")
	}
	j.began = head.Began
	server, err := j.simulator.New(head.Began, j.keep)
	if err != nil {
		return nil, err
	}
	end, err := j.replay(server, lines, int64(length))
	if err != nil {
		return nil, err
	}
	if err := file.Truncate(end); err != nil {
		return nil, fmt.Errorf("repair the state: %w", err)
	}
	if _, err := file.Seek(end, io.SeekStart); err != nil {
		return nil, fmt.Errorf("repair the state: %w", err)
	}
	return server, nil
}

// fresh creates the server from the seed alone.
func (j *journal) fresh() (Server, error) {
	server, err := j.simulator.New(time.Time{}, j.keep)
	if err != nil {
		return nil, err
	}
	j.began = server.Began()
	return server, nil
}

// replay repeats all changes, and returns the offset of the end of the last complete line.
func (j *journal) replay(server Server, lines *bufio.Reader, at int64) (end int64, err error) {
	for {
		wrong := func(err error) error { return fmt.Errorf("read %s, line %d: %w", j.path, j.kept+2, err) }
		e, length, err := readLine[entry](lines)
		if err != nil {
			return 0, wrong(err)
		}
		if length == 0 {
			return at, nil
		}
		r, err := http.NewRequest(e.Method, e.URI, bytes.NewReader(e.Body))
		if err != nil {
			return 0, wrong(err)
		}
		if e.Header != nil {
			r.Header = e.Header
		}
		if err := server.Replay(r, e.At, e.Note); err != nil {
			return 0, wrong(fmt.Errorf("this version of the simulated server refuses %s %s: %w", e.Method, e.URI, err))
		}
		at += int64(length)
		j.kept++
	}
}

// longestLine is the maximum size of a line in bytes. Escapes make a body several times longer.
const longestLine = 8 * longestBody

// readLine reads a line and returns its length in bytes; 0 if there is no further complete line.
func readLine[T any](lines *bufio.Reader) (v T, length int, err error) {
	var line []byte
	for {
		part, err := lines.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > longestLine:
			return v, 0, fmt.Errorf("longer than %d MiB", longestLine>>20)
		case err == nil:
			return v, len(line), json.Unmarshal(line, &v)
		case errors.Is(err, io.EOF):
			return v, 0, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return v, 0, err
		}
	}
}
