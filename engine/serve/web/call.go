package web

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/flowdeck/flowdeck/engine/card"
)

// call is a request to a route, and its answer.
type call struct {
	*Server
	*http.Request
	w   http.ResponseWriter
	who *principal // nil for anyone
}

// handle returns the handler of a route.
func (s *Server) handle(route Route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, err := s.permit(route, r)
		if err == nil {
			err = route.do(&call{Server: s, Request: r, w: w, who: who})
		}
		switch {
		case errors.Is(err, http.ErrAbortHandler), err != nil && r.Context().Err() != nil: // nobody reads the answer
			panic(http.ErrAbortHandler) // net/http closes the connection
		case err != nil:
			s.refuse(w, r, err)
		}
	}
}

// reply answers with JSON.
func (c *call) reply(status int, value any) error {
	c.write(c.w, status, value)
	return nil
}

// raw returns the bytes of the body.
func (c *call) raw() ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.Body, longestBody))
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return nil, tooLarge
	}
	if err != nil {
		return nil, fail(http.StatusBadRequest, "invalid", "the body could not be read to its end", "")
	}
	return body, nil
}

// object decodes a body, which must be an object. An empty one is an empty object.
func object(body []byte) (map[string]any, error) {
	if len(strings.TrimSpace(string(body))) == 0 {
		return map[string]any{}, nil
	}
	if !utf8.Valid(body) {
		return nil, fail(http.StatusBadRequest, "invalid", "the body is not UTF-8", "")
	}
	switch deep, number := extent(body); {
	case deep > deepestBody:
		return nil, fail(http.StatusBadRequest, "invalid", "the JSON is nested more than 100 deep", "")
	case number > longestNumber:
		return nil, fail(http.StatusBadRequest, "invalid", "a number of the JSON is longer than 400 characters", "send it as a string")
	}
	value, err := card.DecodeAnswer(body)
	if err != nil { // the message may quote the body, which may have secrets
		return nil, fail(http.StatusBadRequest, "invalid", "the body is not valid JSON", "")
	}
	fields, ok := value.(map[string]any)
	if !ok {
		return nil, fail(http.StatusBadRequest, "invalid", "the body must be a JSON object", "")
	}
	return fields, nil
}

// extent returns how many objects and lists of a JSON text are inside each other at most, and the length of its longest number.
func extent(text []byte) (deep, number int) {
	now, length, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		c := text[i]
		if !quoted && strings.IndexByte("0123456789+-.eE", c) >= 0 {
			length++
			number = max(number, length)
			continue
		}
		length = 0
		switch {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			now++
			deep = max(deep, now)
		case c == '}' || c == ']':
			now--
		}
	}
	return deep, number
}
