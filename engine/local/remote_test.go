package local_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/enginetest"
)

// The interpreter, the cards and the keeper are in this process; the Runtime is in another process, in real time. They
// exchange nothing but JSON.
//
//	interpreter ── near ── link ═══ link ── far ── local.Runtime
//	cards, keeper ─┘                         └─ stubs of cards and keeper

// farVariable is the environment variable that makes the test binary the other process.
const farVariable = "FLOWDECK_TEST_FAR"

func TestMain(m *testing.M) {
	if os.Getenv(farVariable) != "" {
		os.Exit(serveFar())
	}
	goleak.VerifyTestMain(m)
}

func TestARuntimeInAnotherProcessPassesTheConformanceSuite(t *testing.T) {
	t.Parallel()
	address := startFar(t)
	enginetest.Run(t, enginetest.Host{
		Unit: 50 * time.Millisecond,
		Run: func(t *testing.T, s enginetest.Setup, body func(*testing.T, engine.Runtime, func())) {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			n := newNear(conn, s)
			defer func() {
				if left := ask[int](n.link, "close", nil); left > 0 && !t.Failed() {
					t.Errorf("%d strands have not ended", left)
				}
				n.link.close()
			}()
			body(t, n.first(), func() { ask[none](n.link, "cancel", nil) })
		},
	})
}

// startFar starts the other process, which ends with the test.
func startFar(t *testing.T) (address string) {
	t.Helper()
	far := exec.Command(os.Args[0])
	far.Env = append(os.Environ(), farVariable+"=1")
	far.Stderr = os.Stderr
	in, inErr := far.StdinPipe()
	out, outErr := far.StdoutPipe()
	if err := far.Start(); err != nil || inErr != nil || outErr != nil {
		t.Fatal(err, inErr, outErr)
	}
	t.Cleanup(func() {
		_ = in.Close()
		if err := far.Wait(); err != nil {
			t.Errorf("the other process: %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the other process does not listen: %v", err)
	}
	return strings.TrimSpace(line)
}

// serveFar is the main function of the other process. It has one run for each connection, and ends with its standard
// input.
func serveFar() int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(listener.Addr())
	var runs sync.WaitGroup
	runs.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil { // the listener is closed
				return
			}
			runs.Go(func() { newFar(conn).link.wait() })
		}
	})
	_, _ = io.Copy(io.Discard, os.Stdin)
	_ = listener.Close()
	runs.Wait()
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
