package web

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/keep"
	"github.com/flowdeck/flowdeck/engine/words"
)

// heartbeat is the time between two signs of life in a stream of events: proxies close connections that are silent.
const heartbeat = 15 * time.Second

// checkAgain is the time after which the token of a stream is looked at again.
const checkAgain = 2 * time.Second

// watchRun sends the lines of the log of a run as server-sent events, until the run ends, or the token is not valid any more. The id of an event is the number of its line.
func (c *call) watchRun() error {
	past, err := c.run()
	if err != nil {
		return err
	}
	seen, _ := strconv.Atoi(c.Header.Get("Last-Event-ID")) // 0 for another id
	out := &stream{w: c.w, hide: c.Serve.Workspace.Hide, control: http.NewResponseController(c.w)}
	c.w.Header().Set("Content-Type", "text/event-stream")
	c.w.WriteHeader(http.StatusOK)
	if err := out.send(": the log of the run follows\n\n"); err != nil {
		return http.ErrAbortHandler
	}
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	var lines *keep.Lines
	defer func() {
		if lines != nil {
			lines.Close()
		}
	}()
	n, last, checked := 0, time.Now(), time.Now()
	for {
		ended := !past.Run.GoesOn() // before the last lines are read
		if lines == nil {
			if lines, err = c.Serve.Workspace.Log(past.Run.ID); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return c.cut(err)
			}
		}
		for lines != nil {
			line, err := lines.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return c.cut(err)
			}
			if n++; n <= seen {
				continue
			}
			if err := out.send(fmt.Sprintf("id: %d\nevent: log\ndata: %s\n\n", n, words.VisibleJSON(line))); err != nil {
				return http.ErrAbortHandler
			}
			last = time.Now()
		}
		if ended {
			end, err := card.EncodeJSON(map[string]any{"run": past.Run.ID, "status": past.Run.Status, "reason": past.Run.Reason})
			if err == nil {
				err = out.send("event: end\ndata: " + string(words.VisibleJSON(end)) + "\n\n")
			}
			return c.cut(err)
		}
		select {
		case <-again.C:
		case <-c.stopping.Done():
			return nil // the client asks the next server, with the id of the last event
		case <-c.Context().Done():
			return http.ErrAbortHandler
		}
		if time.Since(last) > heartbeat {
			if err := out.send(": alive\n\n"); err != nil {
				return http.ErrAbortHandler
			}
			last = time.Now()
		}
		if time.Since(checked) > checkAgain {
			if _, err := c.bearer(c.Request); err != nil { // the token was revoked, or has ended
				return http.ErrAbortHandler
			}
			checked = time.Now()
		}
		if past.Run, err = c.Serve.Workspace.RunNamed(c.Context(), past.Run.ID); err != nil {
			return c.cut(err)
		}
	}
}

// cut ends an answer that has started, after an error.
func (c *call) cut(err error) error {
	if err == nil {
		return nil
	}
	c.log.Error("events of a run cannot be sent", "error", err)
	return http.ErrAbortHandler
}

// stream is a stream of events.
type stream struct {
	w       io.Writer
	hide    func([]byte) []byte
	control *http.ResponseController
}

// send writes a part of the stream at once. A client that does not read it in time is left.
func (s *stream) send(text string) error {
	if err := s.control.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	if _, err := s.w.Write(s.hide([]byte(text))); err != nil {
		return err
	}
	return s.control.Flush()
}
