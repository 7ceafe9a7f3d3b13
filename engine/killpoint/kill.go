//go:build killpoints

package killpoint

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
)

// kill is where the process is killed: at the nth passage of a point, as FLOWDECK_KILL=point:n asks.
var kill struct {
	sync.Mutex
	at     Point
	left   int      // passages
	passed *os.File // has the point that was passed last, if FLOWDECK_KILL_PASSED names a file; else nil
	read   sync.Once
}

// Passed kills the process if it was asked for.
func Passed(at Point) {
	kill.read.Do(read)
	kill.Lock()
	defer kill.Unlock()
	if kill.passed != nil {
		if _, err := kill.passed.WriteAt(fmt.Appendf(nil, "%-20s\n", at), 0); err != nil {
			panic(err)
		}
	}
	if at != kill.at {
		return
	}
	if kill.left--; kill.left == 0 {
		self, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = self.Kill()
		}
		if err != nil {
			panic(err)
		}
		select {} // the signal is on its way
	}
}

func read() {
	if asked := os.Getenv("FLOWDECK_KILL"); asked != "" {
		at, n, _ := strings.Cut(asked, ":")
		left, err := strconv.Atoi(n)
		if err != nil {
			panic("FLOWDECK_KILL is not point:n")
		}
		kill.at, kill.left = Point(at), left
	}
	if name := os.Getenv("FLOWDECK_KILL_PASSED"); name != "" {
		file, err := os.Create(name)
		if err != nil {
			panic(err)
		}
		kill.passed = file
	}
}
