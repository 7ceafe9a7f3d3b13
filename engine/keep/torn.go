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

// keepLines copies the first n lines of a file, without those of records that were cut off.
func keepLines(to io.Writer, from io.Reader, n int) error {
	lines, out := bufio.NewReaderSize(from, 1<<16), bufio.NewWriterSize(to, 1<<16)
	for n > 0 {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if isCanceled(line) {
			continue
		}
		if _, err := out.Write(line); err != nil {
			return err
		}
		n--
	}
	return out.Flush()
}
