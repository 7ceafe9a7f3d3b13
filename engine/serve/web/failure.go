package web

import (
	"errors"
	"net/http"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/words"
)

// failure is an error as a client sees it.
type failure struct {
	status   int
	Kind     string                `json:"kind"`
	Message  string                `json:"message"`
	Hint     string                `json:"hint,omitempty"`
	Problems []engine.InputProblem `json:"problems,omitempty"` // of the inputs of a flow
	why      string                // for the log; empty: the status and the kind say it
	once     bool                  // the request must not be sent again: what it asks for goes on
}

func (f *failure) Error() string { return f.Message }

func fail(status int, kind, message, hint string) *failure {
	return &failure{status: status, Kind: kind, Message: message, Hint: hint}
}

// because returns the failure with a reason that only the log has.
func (f failure) because(why string) *failure {
	f.why = why
	return &f
}

// These errors do not depend on the request.
var (
	notFound      = fail(http.StatusNotFound, "not_found", "there is nothing at this address", "")
	unauthorized  = fail(http.StatusUnauthorized, "unauthorized", "a token or a signature is missing, or is not valid", "send Authorization: Bearer TOKEN; 'flowdeck token create' makes one")
	unknownSender = fail(http.StatusUnauthorized, "unauthorized", "the secret of an event trigger is missing, or is not the right one", "the header Authorization must be the secret of the trigger as it is")
	tooLarge      = fail(http.StatusRequestEntityTooLarge, "too_large", "the body is larger than 1 MB", "")
	internal      = fail(http.StatusInternalServerError, "internal", "the server has an error, which is in its log", "")
)

// failureOf returns the form of an error for the client. The cause of one that is not the client's is logged, not sent.
func (s *Server) failureOf(err error) *failure {
	own, cause := (*failure)(nil), (*card.Error)(nil)
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &cause) && cause.Code == store.CodeOtherRequest:
		return fail(http.StatusUnprocessableEntity, "key_used", "another request had this Idempotency-Key, with another body, method or query", "a key is for one request, and for sending it again")
	case errors.As(err, &cause):
		switch cause.Kind {
		case card.NotFound:
			return notFound
		case card.Conflict:
			return fail(http.StatusConflict, string(cause.Kind), cause.Message, cause.Hint)
		case card.Storage:
			s.log.Error("a request failed", "error", err)
			return fail(http.StatusServiceUnavailable, string(card.Unavailable), "the server cannot use its database, as its log says", "try again later")
		case card.Unavailable:
			return fail(http.StatusServiceUnavailable, string(cause.Kind), cause.Message, cause.Hint)
		}
	}
	s.log.Error("a request failed", "error", err)
	return internal
}

// refuse answers with an error. It does nothing for a client if the answer has started.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	f := s.failureOf(err)
	s.refused(r, f)
	if f.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if f.status == http.StatusTooManyRequests || f.status == http.StatusServiceUnavailable && !f.once {
		w.Header().Set("Retry-After", "5")
	}
	s.write(w, f.status, map[string]*failure{"error": f})
}

// write answers with JSON, without the secrets that are known.
func (s *Server) write(w http.ResponseWriter, status int, value any) {
	text, err := card.EncodeJSON(value)
	if err != nil {
		s.log.Error("an answer cannot be encoded", "error", err)
		status, text = http.StatusInternalServerError, []byte(`{"error":{"kind":"internal","message":"the server has an error, which is in its log"}}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(words.VisibleJSON(s.Serve.Workspace.Hide(text)), '\n')) // the client may have gone
}
