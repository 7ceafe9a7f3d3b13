package cases

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/inside"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// A world is everything that a run of a case can reach: its clock, its servers in memory, and an empty folder.
type world struct {
	*host.Workspace
	conns  *host.Connections
	clock  clock.Clock
	dir    string
	mocked *mocked
	veil   *veil.Veil

	mu    sync.Mutex
	calls []Call
}

// A Call is a call of a card that writes, or that has a mock.
type Call struct {
	Card    string
	On      string // the connection; empty for a card that needs none
	Target  string
	In      card.Value // without secrets
	Flow    string     // of the run, if another run started it
	Step    string
	Reads   bool
	Changed bool        // it changed something
	Err     *card.Error // nil: it succeeded
	attempt int
	run     string
}

// enter makes the world of a case. Close it.
func (c *Case) enter(ctx context.Context) (_ *world, err error) {
	dir, err := os.MkdirTemp("", "flowdeck-test-")
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(filepath.Join(dir, host.StateDir), 0o700); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	w := &world{clock: clock.NewJumping(c.now), dir: dir, veil: veil.New()}
	w.mocked = &mocked{now: w.clock.Now, turns: map[string]int{}, answered: map[mocking]bool{}}
	w.Workspace = c.suite.Workspace.Elsewhere(dir, func(config *host.Config) {
		config.Cards, config.Services = w.cards(c), w.services(c)
		config.State, config.Clock, config.Veil = filepath.Join(dir, host.StateDir), w.clock, w.veil
		config.Person, config.Keyed = "", false
		config.Secret, config.Trust, config.Grants, config.Key, config.Waiting = nil, nil, nil, nil, nil
	})
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close())
		}
	}()
	if err := w.write(c); err != nil {
		return nil, err
	}
	if err := w.fill(ctx, c); err != nil {
		return nil, err
	}
	w.conns, err = w.Connect(ctx, c.checked.Uses())
	return w, err
}

// Close closes the connections, and removes the folder.
func (w *world) Close() (err error) {
	if w.conns != nil {
		err = w.conns.Close()
	}
	return errors.Join(err, os.RemoveAll(w.dir))
}

// services returns the services of a case: those that have a simulator open servers in memory, all others connect to nobody. Neither resolves a
// secret.
func (w *world) services(c *Case) map[string]card.Service {
	all := map[string]card.Service{}
	for name, service := range c.suite.Services {
		if service.Seed == nil {
			all[name] = service.Opening(func(card.Settings) (card.Connection, error) { return noService{}, nil })
			continue
		}
		all[name] = service.Opening(func(s card.Settings) (card.Connection, error) {
			seed := fmt.Sprintf("seed-%x.yaml", s.Name)
			if err := os.WriteFile(filepath.Join(w.dir, host.StateDir, seed), c.seeds[s.Name], 0o600); err != nil {
				return nil, &card.Error{Kind: card.Storage, Message: err.Error(), Err: err}
			}
			config := map[string]card.Value{"simulate": map[string]any{"seed": seed}}
			for _, key := range service.Seed.Beside {
				if v, set := s.Config[key]; set {
					config[key] = v
				}
			}
			s.Config, s.Files = config, inside.FS(s.State)
			s.State, s.Secret, s.Grants, s.Clock, s.Offline = "", nil, nil, w.clock, true
			return service.Open(s)
		})
	}
	return all
}

// noService is a connection to a service that is not simulated. Only mocks answer its cards.
type noService struct{}

func (noService) Test(context.Context) (card.Identity, error) {
	return card.Identity{Org: "mocks", Simulated: true}, nil
}
func (noService) Close() error { return nil }

// cards returns the cards of a case. They note their calls, and get the answers of mocks. Those of a service without a simulator get no others.
func (w *world) cards(c *Case) card.Set {
	all := maps.Clone(c.suite.Cards)
	for name, one := range all {
		mocks := c.mocks[name]
		reachable := one.NoConnection || c.suite.Services[one.Service()].Seed != nil
		answered := one
		if len(mocks) > 0 || !reachable {
			answered = one.Answered(func(ctx context.Context, _ card.Call, in card.Value) (card.Value, bool, error) {
				out, ok, err := w.mocked.answer(ctx, one, mocks, in)
				if !ok && !reachable {
					err = w.mocked.unanswered(one, in)
				}
				return out, ok, err
			})
		}
		if !one.IsList() {
			answered = answered.Around(func(ctx context.Context, call card.Call, in card.Value, next func() (card.Value, error)) (card.Value, error) {
				out, err := next()
				w.note(one, call, in, out, err)
				return out, err
			})
		}
		all[name] = answered
	}
	return all
}

// note notes a call. Of several attempts, the last one counts.
func (w *world) note(c card.Card, call card.Call, in, out card.Value, err error) {
	reads := c.EffectOf(in) == card.Reads
	made := Call{
		Card: c.Name, On: call.ConnName, Target: c.Target(in, card.State{}), In: card.Shown(c.In, in), Step: call.Place.String(), Reads: reads,
		Changed: err == nil && !reads && card.Changed(out), Err: card.AsError(err), attempt: call.Attempt, run: call.Run,
	}
	if err != nil {
		made.Changed = made.Err.Changed
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if call.Attempt > 1 {
		i := slices.IndexFunc(w.calls, func(other Call) bool {
			return other.run == made.run && other.Step == made.Step && other.Card == made.Card && other.attempt == call.Attempt-1
		})
		if i >= 0 {
			made.Changed = made.Changed || w.calls[i].Changed
			w.calls[i] = made
			return
		}
	}
	w.calls = append(w.calls, made)
}

// write writes the files of the workspace that the case gives.
func (w *world) write(c *Case) error {
	given := c.at("files")
	if given == nil {
		return nil
	}
	root, err := os.OpenRoot(w.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, field := range given.Fields {
		name := filepath.FromSlash(field.Key.Text)
		if err := root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return err
		}
		if err := root.WriteFile(name, []byte(field.Value.Text), 0o600); err != nil {
			return err
		}
		if err := root.Chtimes(name, c.now, c.now); err != nil {
			return err
		}
	}
	return nil
}

// filesOf returns the texts of the files in the workspace's folder by their paths, without those that are too long for an expectation.
func (w *world) filesOf() (map[string]string, error) {
	texts, folder := map[string]string{}, inside.FS(w.dir)
	return texts, fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name == host.StateDir:
			return fs.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		if info, err := entry.Info(); err != nil || info.Size() > flow.MaxFileSize {
			return err
		}
		text, err := inside.Read(folder, name, flow.MaxFileSize)
		texts[name] = string(text)
		return err
	})
}

// fill saves the rows of tables that the case gives.
func (w *world) fill(ctx context.Context, c *Case) error {
	given := c.at("tables")
	if given == nil {
		return nil
	}
	tables := w.Tables()
	defer tables.Close()
	for _, field := range given.Fields {
		_, err := tables.Save(ctx, field.Key.Text, card.Insert, func(yield func(card.Row, error) bool) {
			for _, row := range field.Value.Items {
				columns, _ := row.Literal().(map[string]any)
				if !yield(columns, nil) {
					return
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// inspect returns what a simulated server shows of itself; nil for other connections.
func (w *world) inspect(ctx context.Context, connection, what string) ([]byte, error) {
	var b bytes.Buffer
	server, ok := w.conns.Open(connection).(interface {
		Inspect(ctx context.Context, what string, w io.Writer) error
	})
	if !ok {
		return nil, nil
	}
	err := server.Inspect(ctx, what, &b)
	return b.Bytes(), err
}

// dump returns the state of a simulated server as a seed, with the ids of all things that have a name: one that was deleted and made again is
// another one.
func (w *world) dump(ctx context.Context, connection string) ([]byte, error) {
	return w.inspect(ctx, connection, "dump?ids=all")
}

// idle returns the faults of the seeds in the case that did not strike. Seeds in files have other uses, and events are not delivered.
func (w *world) idle(ctx context.Context, c *Case) (idle []*flow.Node, err error) {
	for _, name := range slices.Sorted(maps.Keys(c.seeds)) {
		seed := c.at("targets").Field(name)
		if name == c.org && seed == nil {
			seed = c.at("org")
		}
		faults := seed.Field("faults")
		if faults == nil {
			continue
		}
		answer, err := w.inspect(ctx, name, "faults")
		if err != nil {
			return nil, err
		}
		var struck []bool
		if err := json.Unmarshal(answer, &struck); err != nil {
			return nil, err
		}
		for i, fault := range faults.Items {
			if i < len(struck) && !struck[i] && fault.Field("delivery") == nil {
				idle = append(idle, fault)
			}
		}
	}
	return idle, nil
}
