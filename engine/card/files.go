package card

import (
	"io"
	"io/fs"
)

// RunFiles is the prefix of the names of files in the run's own folder, as in "run:report.csv".
const RunFiles = "run:"

// Files are the files that cards may read and write. A name is a path with slashes: below the workspace's folder, such as
// "reports/people.csv" or, with the prefix RunFiles, below the run's own folder. No name and no link leads elsewhere, hidden files
// and folders are refused, and only regular files are opened. A card passes a file on by its name, and the next card opens it, so
// that no card needs its content in memory.
//
// The errors are *Error, which wrap a *fs.PathError. Files are safe for concurrent use. A Files is an fs.FS.
type Files interface {
	// Open opens a file for reading. The error of a file that does not exist is of kind NotFound.
	Open(name string) (fs.File, error)
	// ReadDir returns the regular files and folders in a folder, sorted by name. "." is the workspace's folder, and RunFiles is the
	// run's.
	ReadDir(name string) ([]fs.DirEntry, error)
	// Create starts a file that replaces the one with its name when it is complete. It makes the folders of the name. A name that a flow
	// or flowdeck.yaml may have is refused.
	Create(name string) (Draft, error)
	// Append adds text to the end of a file: all of it or, with an error, nothing. The file and the folders of its name are made if they do
	// not exist. text gets the content so far, and returns the text to add; no other call, of any process, appends to the file in the meantime. A last line without
	// a line break gets one first. The result is the new size in bytes.
	Append(name string, text func(content io.ReadSeeker) ([]byte, error)) (int64, error)
	// Path returns the form of a name that is the same for all names of a file, such as "people.csv" for "./people.csv", and an error
	// for a name that no file can have.
	Path(name string) (string, error)
}

// Draft is a file that is being written. One of Commit and Discard must be called.
type Draft interface {
	io.Writer
	// Commit puts the complete file in its place, in one step that survives a crash. It returns false if a file with the same content is
	// there already, which it then leaves as it is; and the size in bytes.
	Commit() (changed bool, size int64, err error)
	// Discard removes the draft. It does nothing after Commit.
	Discard()
}
