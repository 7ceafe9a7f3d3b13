package oktasim

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"time"
)

// open makes the org that the seed and the journal describe.
func (j *journal) open(seed Seed, options Options) (*Org, error) {
	file, err := os.OpenFile(j.path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return j.fresh(seed, options)
	}
	if err != nil {
		return nil, fmt.Errorf("read the state: %w", err)
	}
	j.file = file
	lines := bufio.NewReaderSize(file, 1<<16)
	head, whole, err := readLine[heading](lines)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s, line 1: %w", j.path, err)
	case whole == 0: // the process was killed over its first change
		if err := j.remove(); err != nil {
			return nil, fmt.Errorf("mend the state: %w", err)
		}
		return j.fresh(seed, options)
	case head.Version != journalVersion:
		return nil, fmt.Errorf("read %s: it was written by another version of the simulated org", j.path)
	case head.Seed != j.seed:
		return nil, errors.New("its state began from another version of the seed: who and what is there has changed since")
	}
	o, err := newOrg(seed, options, head.Began)
	if err != nil {
		return nil, err
	}
	end, err := o.replay(j, lines, int64(whole))
	if err != nil {
		return nil, err
	}
	if err := file.Truncate(end); err != nil { // what is torn
		return nil, fmt.Errorf("mend the state: %w", err)
	}
	if _, err := file.Seek(end, io.SeekStart); err != nil {
		return nil, fmt.Errorf("mend the state: %w", err)
	}
	o.journal, j.made = j, head.Began
	return o, nil
}

// fresh makes the org that the seed describes.
func (j *journal) fresh(seed Seed, options Options) (*Org, error) {
	o, err := newOrg(seed, options, time.Time{})
	if err != nil {
		return nil, err
	}
	o.journal, j.made = j, o.began
	return o, nil
}

// remove takes the file away, which is open.
func (j *journal) remove() error {
	err := j.file.Close()
	j.file = nil
	return errors.Join(err, os.Remove(j.path))
}

// readLine reads a line and gives its length in bytes: 0 where there is none, or only a part of one.
func readLine[T any](lines *bufio.Reader) (v T, length int, err error) {
	line, err := lines.ReadBytes('\n')
	if errors.Is(err, io.EOF) {
		return v, 0, nil
	}
	if err == nil {
		err = json.Unmarshal(line, &v)
	}
	return v, len(line), err
}

// replay makes all changes of the journal again, and gives the place in the file where the last of them ends.
func (o *Org) replay(j *journal, lines *bufio.Reader, at int64) (end int64, err error) {
	var done answer
	var what change
	mux := http.NewServeMux()
	for _, rt := range operations() {
		mux.HandleFunc(rt.method+" "+rt.path, func(_ http.ResponseWriter, r *http.Request) {
			query, err := url.ParseQuery(r.URL.RawQuery)
			if err != nil {
				return // nothing is done, as when it could not be read at first
			}
			done = rt.serve(&call{
				org: o, r: r, query: query, base: baseURL(r), id: requestID(what.Serial), token: token{owner: what.Actor},
				now: instantOf(what.At.Add(o.sinceSeed())),
			})
		})
	}
	for {
		next, length, err := readLine[change](lines)
		if err != nil {
			return 0, fmt.Errorf("read %s, line %d: %w", j.path, j.kept+2, err)
		}
		if length == 0 {
			return at, nil
		}
		what, done = next, answer{}
		if what.Advance != 0 {
			o.shift.Add(int64(what.Advance))
			done.status = http.StatusOK
		} else {
			r, err := http.NewRequest(what.Method, what.URI, bytes.NewReader(what.Body))
			if err != nil {
				return 0, fmt.Errorf("read %s, line %d: %w", j.path, j.kept+2, err)
			}
			if what.Async {
				r.Header.Set("Prefer", "respond-async")
			}
			mux.ServeHTTP(discard{}, r)
			o.serial.Store(max(o.serial.Load(), what.Serial))
		}
		if done.status < 200 || done.status > 299 {
			return 0, fmt.Errorf("read %s, line %d: this version of the simulated org refuses %s %s", j.path, j.kept+2, what.Method, what.URI)
		}
		at += int64(length)
		j.kept++
	}
}

// discard is where the answers of a replay go.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}
