package serve

import (
	"context"
	"crypto/hmac"
	"net/url"

	"github.com/flowdeck/flowdeck/engine/card"
)

// ShortestSecret is the length in bytes of the shortest secret of an event trigger.
const ShortestSecret = 16

// ReceiveAt sets the address of the server at which services reach it; nil: at none, so that no hook can be registered. It must be called before Run.
func (s *Server) ReceiveAt(address *url.URL) { s.address = address }

// IsRegistered reports whether a request comes from a hook that a server of the workspace has registered for a trigger of a flow: also from one that is
// about to be verified, or whose place another one takes, so that its secret is not that of the trigger. header returns the value of a header.
func (s *Server) IsRegistered(ctx context.Context, flow string, t EventTrigger, header func(name string) string) bool {
	secret := card.NewSecret(header("Authorization"))
	if !t.Register || secret.Len() < ShortestSecret {
		return false
	}
	all, err := s.history.Hooks(ctx)
	for _, h := range all {
		if h.Flow != flow || h.Trigger != t.ID() || h.Proof == "" {
			continue
		}
		headers := map[string]string{}
		for _, name := range h.Headers {
			headers[name] = header(name)
		}
		var proof string
		if proof, err = s.history.HookProof(secret, headers); err == nil && hmac.Equal([]byte(proof), []byte(h.Proof)) {
			return true
		}
	}
	if err != nil {
		s.Log.Error("a request with events is refused: the registered hooks cannot be read", "flow", flow, "trigger", t.ID(), "error", err)
	}
	return false
}
