package host

import (
	"fmt"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// Response is the answer of a run to the request that started it.
type Response struct {
	Status  int               `json:"status"` // 0: it is not known in a dry run
	Headers map[string]string `json:"headers,omitempty"`
	Body    engine.Value      `json:"body"`
	Sent    bool              `json:"sent"` // false: nobody waits for it, since no webhook has started the run
}

func newResponse(r engine.Response) *Response {
	return &Response{r.Status, r.Headers, r.Body, !r.Shown}
}

// hidden returns the answer without secrets; nil if it is nil.
func (r *Response) hidden(v *veil.Veil) *Response {
	if r == nil {
		return nil
	}
	h := &Response{Status: r.Status, Body: v.Value(r.Body), Sent: r.Sent}
	for name, value := range r.Headers {
		if h.Headers == nil {
			h.Headers = map[string]string{}
		}
		h.Headers[name] = v.String(value)
	}
	return h
}

// String returns the answer for people, with its secrets.
func (r *Response) String() string {
	status := "an unknown status"
	if r.Status != 0 {
		status = fmt.Sprint(r.Status)
	}
	body := ""
	if text, ok := r.Body.(string); ok {
		body = " " + text
	} else if r.Body != nil {
		if text, err := card.EncodeJSON(r.Body); err == nil {
			body = " " + string(text)
		}
	}
	if r.Sent {
		return "answered " + status + body
	}
	return "would answer " + status + body
}
