package web

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/serve"
)

// hookSecrets are the secrets of webhooks and events that were read. They are read again after a minute, since a file may change.
type hookSecrets struct {
	serve *serve.Server
	mu    sync.Mutex
	known map[string]hookSecret // by the JSON of the reference
}

type hookSecret struct {
	text card.Secret
	err  error
	read time.Time
}

func newHookSecrets(s *serve.Server) *hookSecrets {
	return &hookSecrets{serve: s, known: map[string]hookSecret{}}
}

// of returns a secret. The error is not for the client.
func (h *hookSecrets) of(ctx context.Context, reference card.Value) (card.Secret, error) {
	name, err := card.EncodeJSON(reference)
	if err != nil {
		return card.Secret{}, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.serve.Clock.Now()
	if s, ok := h.known[string(name)]; ok && now.Sub(s.read) < time.Minute {
		return s.text, s.err
	}
	text, err := h.serve.Workspace.HookSecret(context.WithoutCancel(ctx), reference)
	h.known[string(name)] = hookSecret{text, err, now}
	return text, err
}

// same compares texts in a time that does not depend on them.
func same(a, b string) bool {
	one, other := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(one[:], other[:]) == 1
}
