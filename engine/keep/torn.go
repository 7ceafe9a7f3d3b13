package keep

import (
	"bytes"
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
