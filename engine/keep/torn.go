package keep

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
)

// cutTornLine removes an incomplete last line. Its record counts as not recorded.
func cutTornLine(file *os.File) error {
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	block := make([]byte, 4<<10)
	for end := size; end > 0; {
		part := block[:min(end, int64(len(block)))]
		start := end - int64(len(part))
		if _, err := file.ReadAt(part, start); err != nil {
			return err
		}
		if i := bytes.LastIndexByte(part, '\n'); i >= 0 {
			return truncate(file, size, start+int64(i)+1)
		}
		end = start
	}
	return truncate(file, size, 0)
}

func truncate(file *os.File, size, to int64) error {
	if to == size {
		return nil
	}
	return file.Truncate(to)
}

// status precedes the status in a line of results. The texts before it, in and key, cannot contain it, since their quotes are
// escaped.
var status = []byte(`,"status":"`)

// isCanceled reports whether a line of results is that of a record that was cut off.
func isCanceled(line []byte) bool {
	_, rest, _ := bytes.Cut(line, status)
	return bytes.HasPrefix(rest, []byte(`canceled"`))
}

// keepLines removes all but the first n lines of a file, and the lines of records that were cut off.
func keepLines(file *os.File, n int) error {
	from, to := int64(0), int64(0) // lines are moved to the front: both are at the start of a line
	lines := bufio.NewReaderSize(file, 1<<16)
	for n > 0 {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		from += int64(len(line))
		if isCanceled(line) {
			continue
		}
		if to+int64(len(line)) != from {
			if _, err := file.WriteAt(line, to); err != nil {
				return err
			}
		}
		to += int64(len(line))
		n--
	}
	return file.Truncate(to)
}
