// Package wire has the parts that the HTTP clients of all services share: it reads answers of bounded size, explains why a
// request got none, checks paths and headers, reads Link headers, and finds the secrets in answers whose form is not known.
//
// It knows HTTP and card.Error. It must not know a service, nor how to authenticate.
package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/flowdeck/flowdeck/engine/meter"
)

// LongestAnswer is the maximum size of an answer in bytes. An answer is held in memory as a whole. A page of a
// thousand users has a few megabytes.
const LongestAnswer = 32 << 20

// ErrAnswerTooLong is the error for a longer answer.
var ErrAnswerTooLong = fmt.Errorf("the answer is longer than %d MB", LongestAnswer>>20)

// ErrCutOff is wrapped by the error of an answer of which only the start came.
var ErrCutOff = errors.New("the answer was cut off")

// Body holds the bytes of one answer until End. The zero Body holds nothing. It is not safe for concurrent use.
type Body struct {
	buffer *bytes.Buffer // nil for a large answer
	held   held          // the room of a large answer
}

// buffers are reused, because each record of a stream needs several.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// keptBuffer is the size in bytes up to which a buffer is reused. The answer about one user has a few kilobytes, a page of a
// list has more.
const keptBuffer = 64 << 10

// Read reads an answer, up to one byte more than it may have. For a large one it waits for room. The bytes are valid until End.
func (b *Body) Read(ctx context.Context, room Room, from io.Reader) ([]byte, error) {
	b.buffer = buffers.Get().(*bytes.Buffer)
	b.buffer.Reset()
	_, err := b.buffer.ReadFrom(io.LimitReader(from, SmallAnswer))
	meter.Made(ctx, decoded*b.buffer.Len())
	if err != nil || b.buffer.Len() < SmallAnswer {
		return b.buffer.Bytes(), err
	}
	small := b.buffer.Bytes()
	b.buffer = nil // it is too large to be reused
	b.held.room = room
	whole, err := b.held.read(ctx, small, from)
	meter.Made(ctx, decoded*(len(whole)-len(small)))
	return whole, err
}

// decoded is how many times the bytes of an answer its values take about.
const decoded = 4

// End releases the buffer and the room. It is called when the answer has been decoded.
func (b *Body) End() {
	if b.buffer != nil && b.buffer.Cap() <= keptBuffer {
		buffers.Put(b.buffer)
	}
	b.buffer = nil
	b.held.end()
}

// AsksToWait reports whether Retry-After in an answer with this status is for the next request: the service, or a gateway in front of
// it, is busy or down.
func AsksToWait(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// ForPace returns the headers of an answer from which the rate limit is learned. With a status that does
// not ask to wait, such as a redirect or an accepted job, Retry-After has another meaning.
func ForPace(answer *http.Response) http.Header {
	if AsksToWait(answer.StatusCode) || answer.Header.Get("Retry-After") == "" {
		return answer.Header
	}
	h := answer.Header.Clone()
	h.Del("Retry-After")
	return h
}
