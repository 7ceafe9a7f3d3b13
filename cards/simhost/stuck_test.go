package simhost

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAGuestOfAHostThatIsStoppedGetsAnErrorThatNamesTheProcess(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // the system accepts connections, but nothing answers
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for name, address := range map[string]string{
		"a host that does not answer": silent.Addr().String(),
		"a host that never listens":   "",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			stopped, err := folder(dir).take()
			if err != nil {
				t.Fatal(err)
			}
			defer stopped.Close()
			if err := os.WriteFile(filepath.Join(dir, "address"), []byte(address+"\n4711\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			guest := open(t, dir)
			defer guest.close()
			guest.access.patience = 100 * time.Millisecond
			conn, err := guest.access.Dial(t.Context(), "", "")
			if err == nil || !strings.Contains(err.Error(), "process 4711 has the simulated server") {
				t.Errorf("got %v, %v", conn, err)
			}
			if err := guest.access.Dump(t.Context(), &strings.Builder{}); err == nil || !strings.Contains(err.Error(), "process 4711") {
				t.Errorf("Dump: got %v", err)
			}
		})
	}
}
