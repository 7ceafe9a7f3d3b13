package serve

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
)

// sight is a look at the hooks of all connections.
type sight struct {
	*registrar
	kept []store.Hook
	orgs map[string]*org // by connection
}

// org is what a connection leads to.
type org struct {
	keeper card.HookKeeper
	call   card.Call
	name   string
	hooks  []card.KeptHook
	err    error
}

// org looks at the hooks of a connection, once.
func (s *sight) org(ctx context.Context, connection string) (*org, error) {
	o := s.orgs[connection]
	if o == nil {
		o = &org{}
		s.orgs[connection] = o
		o.err = s.look(ctx, connection, o)
	}
	return o, o.err
}

func (s *sight) look(ctx context.Context, connection string, o *org) error {
	use, keeper, err := s.Workspace.HookKeeper(connection)
	if err != nil {
		return err
	}
	conns, err := s.pool.Connect(ctx, []engine.Use{use})
	if err != nil {
		return err
	}
	o.keeper, o.name, o.call = keeper, conns.Org(connection), card.Call{ConnName: connection, Conn: conns.Open(connection)}
	o.hooks, err = keeper.Hooks(ctx, o.call)
	return err
}

// keep makes the hook of a trigger be as the flow says.
func (s *sight) keep(ctx context.Context, w *need) error {
	want, proof, o, err := s.hook(ctx, w)
	if err != nil {
		return s.blame(ctx, w, nil, err)
	}
	at := slices.IndexFunc(w.made, func(h *store.Hook) bool { return h.URL == want.URL && h.Proof == proof && h.Org == o.name })
	h := &store.Hook{
		Connection: w.use.Name, Org: o.name, Flow: w.flow, Trigger: w.trigger.ID(), URL: want.URL, Headers: slices.Sorted(maps.Keys(want.Headers)), Proof: proof,
	}
	if at >= 0 {
		h = w.made[at]
	} else if err := s.history.SetHook(ctx, s.lead, h); err != nil { // requests are known by it from now on
		return err
	}
	log, was := s.Log.With("flow", w.flow, "trigger", w.trigger.ID()), h.Hook
	changed, err := s.ensure(ctx, log, o, h, want)
	if err != nil {
		return s.blame(ctx, w, h, err)
	}
	h.Status, h.Problem = card.HookActive, ""
	if err := s.history.SetHook(ctx, s.lead, h); err != nil {
		return err
	}
	switch {
	case h.Hook != was:
		log.Info("an event hook is registered", "hook", h.Hook, "url", h.URL)
	case changed != nil:
		log.Info("an event hook was changed to what the flow says", "hook", h.Hook, "changed", strings.Join(changed, ", "))
	}
	return s.retire(ctx, w, h)
}

// ensure creates a hook, or changes it. One that was created just before a crash is found again.
func (s *sight) ensure(ctx context.Context, log *slog.Logger, o *org, h *store.Hook, want card.Hook) (changed []string, err error) {
	if h.Hook != "" {
		changed, err = o.keeper.Keep(ctx, o.call, h.Hook, want, false)
		if err == nil || card.AsError(err).Kind != card.NotFound {
			return changed, err
		}
		log.Warn("an event hook was deleted in the service: it is created again", "hook", h.Hook)
		h.Hook = ""
	}
	for _, k := range o.hooks {
		known := slices.ContainsFunc(s.kept, func(other store.Hook) bool { return other.Hook == k.ID && other.Org == o.name })
		if k.Ours && !known && k.Name == want.Name && k.URL == want.URL {
			if changed, err = o.keeper.Keep(ctx, o.call, k.ID, want, true); err == nil { // its secret may be another one until then
				h.Hook = k.ID
			}
			return changed, err
		}
	}
	if h.Hook, err = o.keeper.Create(ctx, o.call, want); err != nil {
		return nil, err
	}
	h.Status = card.HookUnverified
	if err := s.history.SetHook(ctx, s.lead, h); err != nil {
		return nil, err
	}
	return o.keeper.Keep(ctx, o.call, h.Hook, want, false)
}

// hook returns what the hook of a trigger must be, the proof of what it sends, and the org of its connection.
func (s *sight) hook(ctx context.Context, w *need) (want card.Hook, proof string, o *org, err error) {
	if w.err != nil {
		return want, "", nil, w.err
	}
	if s.address == nil {
		return want, "", nil, &card.Error{
			Kind: card.Invalid, Message: "services cannot reach this server: it has no address for them", Hint: "flowdeck serve --public-url https://flows.example.com",
		}
	}
	if o, err = s.org(ctx, w.use.Name); err != nil {
		return want, "", nil, err
	}
	secret, err := w.workspace.SentSecret(ctx, w.trigger.Source.Secret)
	if err != nil {
		return want, "", nil, err
	}
	if secret.Len() < ShortestSecret {
		return want, "", nil, &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("the secret of the trigger is shorter than %d bytes", ShortestSecret)}
	}
	want = card.Hook{
		Name: "flowdeck " + w.flow + " " + strings.TrimPrefix(w.trigger.ID(), string(engine.EventTrigger)+" "), URL: s.address.JoinPath("events", w.flow).String(),
		Types: w.settings.Types, Headers: w.settings.Headers, Secret: secret,
	}
	proof, err = s.history.HookProof(secret, want.Headers)
	return want, proof, o, err
}

// blame keeps why the hook of a trigger is not as the flow says, for people, and returns the error. h is nil if it is not known which hook it should be.
func (s *sight) blame(ctx context.Context, w *need, h *store.Hook, failure error) error {
	if ctx.Err() != nil {
		return failure
	}
	if h == nil && len(w.made) > 0 {
		h = w.made[len(w.made)-1]
	}
	if h == nil {
		h = &store.Hook{Connection: w.use.Name, Flow: w.flow, Trigger: w.trigger.ID(), Headers: []string{}}
	}
	if o := s.orgs[w.use.Name]; o != nil {
		for _, k := range o.hooks {
			if k.ID == h.Hook {
				h.Status = k.Status
			}
		}
	}
	h.Problem = failure.Error()
	if err := s.history.SetHook(ctx, s.lead, h); err != nil {
		return err
	}
	return failure
}

// retire ends the other hooks of a trigger, after one has taken their place: soon, since events may be on their way.
func (s *sight) retire(ctx context.Context, w *need, instead *store.Hook) error {
	for _, h := range w.made {
		switch {
		case h == instead:
		case h.Hook == "":
			if err := s.history.RemoveHook(ctx, s.lead, h.ID); err != nil {
				return err
			}
		default:
			h.Retired, h.Problem = s.Clock.Now(), ""
			if err := s.history.SetHook(ctx, s.lead, h); err != nil {
				return err
			}
			s.Log.Info("an event hook was replaced", "flow", w.flow, "trigger", w.trigger.ID(), "hook", instead.Hook, "replaced", h.Hook)
		}
	}
	return nil
}

// remove deletes a hook that nothing needs any more.
func (s *sight) remove(ctx context.Context, h *store.Hook) error {
	if h.Hook != "" {
		o, err := s.org(ctx, h.Connection)
		switch {
		case err != nil:
		case o.name != h.Org:
			s.Log.Warn("an event hook may still exist: its connection leads to another org now", "flow", h.Flow, "hook", h.Hook, "org", h.Org)
		default:
			if err = o.keeper.Delete(ctx, o.call, h.Hook); err == nil {
				s.Log.Info("an event hook was deleted", "flow", h.Flow, "hook", h.Hook)
			}
		}
		if err != nil {
			h.Problem = err.Error()
			if kept := s.history.SetHook(ctx, s.lead, h); kept != nil {
				return kept
			}
			return err
		}
	}
	return s.history.RemoveHook(ctx, s.lead, h.ID)
}
