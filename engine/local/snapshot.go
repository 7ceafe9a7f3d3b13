package local

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strconv"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// snapshot is a list in a file of the run's folder, a record a line.
type snapshot struct {
	file *os.File
	in   *bufio.Reader
}

// snapshotPage is how many records of a snapshot are a page.
const snapshotPage = 1000

// snapshot reads a whole list into a file, for a helper that changes the very list that it goes through.
func (s strand) snapshot(w engine.Window, read reader) (_ *snapshot, total int, err error) {
	if s.run.Dir == "" {
		return nil, 0, &card.Error{Kind: card.Internal, Message: "a snapshot needs the run's folder, and there is none here"}
	}
	if err := os.MkdirAll(s.run.Dir, 0o700); err != nil {
		return nil, 0, storage(err)
	}
	file, err := os.CreateTemp(s.run.Dir, fileName(w.Path)+".*.snapshot") // for its owner only
	if err != nil {
		return nil, 0, storage(err)
	}
	kept := &snapshot{file: file}
	defer func() {
		if err != nil {
			kept.remove()
		}
	}()
	out := bufio.NewWriterSize(file, 1<<16)
	for at := card.Cursor(""); ; {
		page, err := read(strand{run: s.run, soft: s.soft, ctx: s.soft, cut: s.cut}, at)
		if err != nil {
			return nil, 0, err
		}
		for _, item := range page.Items {
			line, err := card.EncodeJSON(item)
			if err != nil {
				return nil, 0, storage(err)
			}
			_, _ = out.Write(append(line, '\n')) // Flush gives the first error
			total++
		}
		if at = page.Next; at == "" {
			break
		}
	}
	if err := out.Flush(); err != nil {
		return nil, 0, storage(err)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, 0, storage(err)
	}
	kept.in = bufio.NewReaderSize(file, 1<<16)
	return kept, total, nil
}

// read is the next page of the snapshot. Cursors only count: a stream reads its pages in their order.
func (s *snapshot) read(_ engine.Runtime, at card.Cursor) (card.Page, error) {
	var page card.Page
	for len(page.Items) < snapshotPage {
		line, err := s.in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return page, nil
		}
		if err != nil {
			return page, storage(err)
		}
		item, err := card.DecodeJSON(line)
		if err != nil {
			return page, storage(err)
		}
		page.Items = append(page.Items, item)
	}
	n, _ := strconv.Atoi(string(at))
	page.Next = card.Cursor(strconv.Itoa(n + 1))
	return page, nil
}

// remove deletes the snapshot: it holds what the org answered, and nobody needs it any more.
func (s *snapshot) remove() {
	_ = s.file.Close()
	_ = os.Remove(s.file.Name())
}
