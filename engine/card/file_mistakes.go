package card

import "fmt"

// FileMistakes are the mistakes in a file that the settings of a connection name, such as the seed of a simulated server. It is the Err of
// the Error that a method Check returns.
type FileMistakes struct {
	File     string // in the workspace's folder
	Mistakes []FileMistake
}

// A FileMistake is one mistake in a file.
type FileMistake struct {
	Line, Column  int // from 1; 0 if they are not known
	Message, Hint string
}

func (e *FileMistakes) Error() string {
	return fmt.Sprintf("%d mistakes in %s", len(e.Mistakes), e.File)
}

// Seed describes the seeds of the simulated servers of a service: the files that `simulate: {seed: FILE}` names.
type Seed struct {
	Keys    []string // at the top level
	MaxSize int64    // in bytes
	Check   func(source []byte) []FileMistake
	Org     bool     // it describes an org; otherwise another target
	Beside  []string // the settings of a connection that `simulate` can be combined with
	// Unshown has, by section, keys that the state of a server does not have, or not always, and what to look at instead.
	Unshown map[string]map[string]string
}
