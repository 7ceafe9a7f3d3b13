package keep

import (
	"errors"
	"os"

	"github.com/flowdeck/flowdeck/engine/inside"
	"github.com/flowdeck/flowdeck/engine/words"
)

// logFile is the name of a run's log. No loop has results with this name, since those end in .jsonl.
const logFile = "run.log"

// Log is the file with a line for each thing that happened in a run. It may have lines of earlier processes. Only one goroutine
// may use it at a time.
type Log struct {
	folder *Folder
	file   *os.File // nil: not open
}

// Log returns the log of the run. Its file is created with the first line.
func (f *Folder) Log() *Log { return &Log{folder: f} }

// Add writes a line of JSON, without its line break.
func (l *Log) Add(line []byte) error {
	if l.file == nil {
		if err := l.folder.in(func(folder *os.Root) (err error) {
			l.file, err = inside.OpenOwn(folder, logFile, os.O_CREATE|os.O_RDWR|os.O_APPEND)
			if err != nil {
				return err
			}
			return cutTornLine(l.file)
		}); err != nil {
			return err
		}
	}
	if _, err := l.file.Write(append(words.VisibleJSON(line), '\n')); err != nil {
		return errors.Join(storage(err), cutTornLine(l.file))
	}
	return nil
}

// Close closes the file.
func (l *Log) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// OpenLog opens the log in the folder dir below root, as Open does.
func OpenLog(root, dir string) (*Lines, error) { return open(root, dir, logFile) }
