package orgcopy

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// A spool is a file with the records of lists. Each line is a record, after an r, or the end of a list, after a d. What
// follows the last d is of a list whose reading was interrupted: it is dropped when the file is opened again. It is safe for concurrent
// use, as long as only one goroutine calls add.
type spool struct {
	mu    sync.Mutex
	file  *os.File
	end   int64           // of the file
	start int64           // of the list that is being written
	lists map[string]span // the complete lists
	now   int             // the records of the list that is being written
	clock func() time.Time
}

// ending is what the line at the end of a list has.
type ending struct {
	List string    `json:"list"`
	At   time.Time `json:"at"` // when it was read
}

// A span is the place of a list in a spool.
type span struct {
	from, to int64
	records  int
	at       time.Time // when it was read
}

// openSpool finds the complete lists of a file, which it closes if that fails.
func openSpool(file *os.File, clock func() time.Time) (*spool, error) {
	s := &spool{file: file, lists: map[string]span{}, clock: clock}
	lines := bufio.NewReaderSize(file, 1<<16)
	for at, records := int64(0), 0; ; {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, errors.Join(err, file.Close())
		}
		before := at
		if at += int64(len(line)); line[0] == 'r' {
			records++
			continue
		}
		var end ending
		if err := json.Unmarshal(line[1:], &end); err != nil {
			break // the machine stopped while it was written
		}
		s.lists[end.List] = span{from: s.start, to: before, records: records, at: end.At}
		s.start, records = at, 0
	}
	s.end = s.start
	if err := file.Truncate(s.end); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return s, nil
}

// expire forgets the lists that were read before a time, so that they are read again, and returns how many these are.
func (s *spool) expire(before time.Time) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, l := range s.lists {
		if l.at.Before(before) {
			delete(s.lists, name)
			n++
		}
	}
	return n
}

// has reports whether a list is complete.
func (s *spool) has(list string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.lists[list]
	return ok
}

// count returns the number of records of all complete lists.
func (s *spool) count() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.lists {
		n += l.records
	}
	return n
}

// encode returns records as lines.
func encode(records []any) ([]byte, error) {
	var b bytes.Buffer
	lines := json.NewEncoder(&b)
	lines.SetEscapeHTML(false)
	for _, r := range records {
		b.WriteByte('r')
		if err := lines.Encode(r); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// add writes a part of a list, which finish completes and drop removes.
func (s *spool) add(records []any) error {
	lines, err := encode(records)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now += len(records)
	return s.write(lines)
}

// finish writes the end of the list whose parts add wrote.
func (s *spool) finish(list string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.close(list)
}

// put writes a complete list.
func (s *spool) put(list string, records []any) error {
	lines, err := encode(records)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = len(records)
	if err := s.write(lines); err != nil {
		return err
	}
	return s.close(list)
}

// drop removes the parts of a list that is not complete.
func (s *spool) drop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end, s.now = s.start, 0
	return s.file.Truncate(s.end)
}

func (s *spool) write(lines []byte) error {
	n, err := s.file.WriteAt(lines, s.end)
	s.end += int64(n)
	return err
}

func (s *spool) close(list string) error {
	before := s.end
	at := s.clock().UTC().Truncate(time.Second)
	line, err := json.Marshal(ending{list, at})
	if err != nil {
		return err
	}
	if err := s.write(fmt.Appendf(nil, "d%s\n", line)); err != nil {
		return err
	}
	s.lists[list] = span{from: s.start, to: before, records: s.now, at: at}
	s.start, s.now = s.end, 0
	return nil
}

// each calls use for each record of a list, in its order. A list that is not complete has none.
func each[T any](s *spool, list string, use func(T) error) error {
	s.mu.Lock()
	at := s.lists[list]
	s.mu.Unlock()
	lines := bufio.NewReaderSize(io.NewSectionReader(s.file, at.from, at.to-at.from), 1<<16)
	for range at.records {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return fmt.Errorf("read %s: %w", s.file.Name(), err)
		}
		decoder := json.NewDecoder(bytes.NewReader(line[1:]))
		decoder.UseNumber()
		var record T
		if err := decoder.Decode(&record); err != nil {
			return fmt.Errorf("read %s: %w", s.file.Name(), err)
		}
		if err := use(record); err != nil {
			return err
		}
	}
	return nil
}
