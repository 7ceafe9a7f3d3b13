package host

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// A Stake is a connection that can harm this machine if the author of the workspace is hostile: it sends secrets of this machine to a
// host, or runs programs.
type Stake struct {
	Connection string   `json:"connection"`
	Type       string   `json:"type"`
	To         string   `json:"to"`      // the host that gets the secrets; empty if only the service knows it
	Secrets    []Source `json:"secrets"` // never empty
	Digest     string   `json:"digest"`  // of the name, the type and all settings, whatever their order, and the secrets of event hooks
}

// Source is where a secret comes from.
type Source struct {
	Kind string   `json:"kind"`           // env, file, keyring or command
	Name []string `json:"name"`           // the variable, the path, or the program and its arguments
	Flow string   `json:"flow,omitempty"` // whose event hooks have it, so that a server sends it; empty: it is one of the settings
}

// Stakes returns the stakes of the workspace, in the order of its connections.
func (w *Workspace) Stakes() []Stake {
	stakes, registered := []Stake{}, w.registered()
	for _, conn := range w.Connections {
		settings := check.Settings(conn)
		delete(settings, "rate_limit") // can be changed without asking again
		hooks := registered[conn.Name.Text]
		secrets := append(sources(settings), hooks...)
		if len(secrets) == 0 {
			continue
		}
		s := Stake{Connection: conn.Name.Text, Type: typeOf(conn), To: w.describe(conn).To, Secrets: secrets}
		agreed := []any{s.Connection, s.Type, settings}
		if len(hooks) > 0 {
			agreed = append(agreed, hooks)
		}
		text, err := json.Marshal(agreed) // keys are sorted
		if err != nil {
			text = fmt.Append(nil, conn.Settings.Literal(), hooks) // YAML has numbers that JSON does not have
		}
		sum := sha256.Sum256(text)
		s.Digest = hex.EncodeToString(sum[:])
		stakes = append(stakes, s)
	}
	return append(stakes, w.temporalStake()...)
}

// temporalStake returns the Temporal server of the workspace as a stake, if it gets a secret. Its name is none that a connection can have.
func (w *Workspace) temporalStake() []Stake {
	settings := w.Temporal.Literal()
	secrets := sources(settings)
	if len(secrets) == 0 {
		return nil
	}
	text, err := json.Marshal([]any{"temporal:", settings})
	if err != nil {
		text = fmt.Append(nil, settings)
	}
	sum := sha256.Sum256(text)
	address, _ := w.Temporal.Field("address").Literal().(string)
	return []Stake{{Connection: "temporal:", Type: "temporal", To: address, Secrets: secrets, Digest: hex.EncodeToString(sum[:])}}
}

// registered returns the secrets of the event hooks that a server creates, by the connection that it sends them on. A flow with a problem is not served.
func (w *Workspace) registered() map[string][]Source {
	all := map[string][]Source{}
	for _, f := range w.Named() {
		if !slices.ContainsFunc(f.Triggers, func(t *flow.Trigger) bool { return t.Node.Field("with").Field("register") != nil }) {
			continue
		}
		c, err := w.Check(f, nil)
		if err != nil {
			continue
		}
		for _, t := range c.Plan.Triggers {
			if !t.MayRegister() {
				continue
			}
			for _, s := range sources(t.Source.Secret) {
				s.Flow = f.Name.Text
				name := c.TriggerUse(t).Name
				if !slices.ContainsFunc(all[name], s.equal) {
					all[name] = append(all[name], s)
				}
			}
		}
	}
	return all
}

func (s Source) equal(other Source) bool {
	return s.Kind == other.Kind && s.Flow == other.Flow && slices.Equal(s.Name, other.Name)
}

// program is the kind of secret that a program writes.
const program = "command"

// kinds are the kinds of references to secrets.
var kinds = []string{"env", "file", "keyring", program}

// sources returns the references to secrets in settings, at whatever place: each object that has the form of one.
func sources(v card.Value) (all []Source) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			all = append(all, sources(item)...)
		}
	case map[string]any:
		if s, ok := source(v); ok {
			return []Source{s}
		}
		for _, field := range v {
			all = append(all, sources(field)...)
		}
	}
	slices.SortFunc(all, func(a, b Source) int {
		return slices.Compare(append([]string{a.Kind}, a.Name...), append([]string{b.Kind}, b.Name...))
	})
	return all
}

func source(reference map[string]any) (s Source, ok bool) {
	if len(reference) != 1 {
		return s, false
	}
	for _, kind := range kinds {
		switch where := reference[kind].(type) {
		case nil, map[string]any:
		case []any:
			s.Kind = kind
			for _, word := range where {
				s.Name = append(s.Name, fmt.Sprint(word))
			}
			return s, true
		default:
			return Source{Kind: kind, Name: []string{fmt.Sprint(where)}}, true
		}
	}
	return s, false
}

// trusted returns an error if a secret must not be resolved yet. Nothing else calls Config.Trust: no secret that leaves this machine
// can be resolved without it.
func (w *Workspace) trusted(ctx context.Context) error {
	if w.config.Trust == nil {
		return nil
	}
	if err := w.config.Trust(ctx, w); err != nil {
		return &distrust{err}
	}
	return nil
}

// Trusts returns an error if flows would need a connection whose secrets must not be resolved yet: that of Config.Trust, which may ask a person first.
func (w *Workspace) Trusts(ctx context.Context, flows ...*Checked) error {
	used := map[string]bool{}
	for _, f := range flows {
		for _, use := range f.Uses() {
			used[use.Name] = true
		}
		for _, t := range f.Plan.Triggers {
			if t.Source != nil {
				used[f.TriggerUse(t).Name] = true
			}
		}
	}
	if !slices.ContainsFunc(w.Stakes(), func(s Stake) bool { return used[s.Connection] }) {
		return nil
	}
	return w.trusted(ctx)
}

// distrust is the error of Config.Trust on its way through a service.
type distrust struct{ error }

func (d *distrust) Unwrap() error { return d.error }
