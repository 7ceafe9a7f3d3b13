package oktaapi

import (
	"context"
	"net"
	"net/http"
	"os"
	"syscall"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestAWriteToWhichNoConnectionCouldBeMadeIsNotInDoubt(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"a timeout": os.ErrDeadlineExceeded, "no route": syscall.EHOSTUNREACH} {
		s, _ := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
		s.transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: err}
		}
		_, err := s.Do(t.Context(), SuspendUser, Args{Path: []string{"00u1"}})
		if e := card.AsError(err); e == nil || e.Code != card.CodeRefused {
			t.Errorf("%s: got %#v", name, err)
		}
	}
}
