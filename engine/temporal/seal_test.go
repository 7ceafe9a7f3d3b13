package temporal_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
	"github.com/flowdeck/flowdeck/engine/enginetest"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// spy is a converter that keeps what it made.
type spy struct {
	converter.DataConverter

	mu   sync.Mutex
	made []string
}

func (s *spy) ToPayload(v any) (*common.Payload, error) {
	p, err := s.DataConverter.ToPayload(v)
	s.see(p)
	return p, err
}

func (s *spy) ToPayloads(values ...any) (*common.Payloads, error) {
	all, err := s.DataConverter.ToPayloads(values...)
	s.see(all.GetPayloads()...)
	return all, err
}

func (s *spy) see(all ...*common.Payload) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range all {
		s.made = append(s.made, p.String(), string(p.GetData()))
	}
}

const secret = "sw0rdfish-of-the-org"

func TestNoValueOfARunIsInAHistoryInClear(t *testing.T) {
	t.Parallel()
	for _, sealed := range []bool{true, false} { // in clear, the test must find it
		s := &spy{DataConverter: converter.GetDefaultDataConverter()}
		if sealed {
			s.DataConverter, _ = sealing()
		}
		synctest.Test(t, func(t *testing.T) {
			set := cardtest.Fake("w.thing.set", card.Idempotent, func(_ context.Context, _ card.Call, in thing) (made, error) {
				if in.Name == secret {
					return made{secret, true}, nil
				}
				return made{}, &card.Error{Kind: card.NotFound, Message: secret}
			})
			v := newServer(t, enginetest.Setup{
				Run: "r1", Cards: card.NewSet(set),
				Start:   func(string, engine.Start) error { return nil },
				Respond: func(engine.Place, engine.Response) error { return nil },
				Await: func(context.Context, engine.Place, engine.Approval) (engine.Decision, error) {
					return engine.Decision{By: "grace", Note: secret}, nil
				},
			})
			v.env.SetDataConverter(s)
			v.run(func(t *testing.T, rt engine.Runtime, _ func()) {
				at := engine.Place{}.Step("do")
				for _, name := range []string{secret, "other"} {
					_, err := rt.Call(engine.Invocation{Place: at, Attempt: 1, Card: set.Name, In: map[string]any{"name": name}})
					if name != secret && err.Error() != secret {
						t.Errorf("got %v", err)
					}
				}
				values := map[string]engine.Value{"a": secret}
				if err := rt.Start(at, "other", engine.Start{Run: "r1.1", Inputs: values}); err != nil {
					t.Error(err)
				}
				if err := rt.Respond(at, engine.Response{Status: 200, Body: secret}); err != nil {
					t.Error(err)
				}
				if d, err := rt.Await(at, engine.Approval{Prompt: secret}); err != nil || d.Note != secret {
					t.Errorf("got %+v, %v", d, err)
				}
			})
		})
		found := strings.Contains(strings.Join(s.made, "\n"), secret)
		if found == sealed || len(s.made) < 20 {
			t.Errorf("sealed %t: the secret was found: %t, in %d payloads", sealed, found, len(s.made)/2)
		}
	}
}

func TestProcessesWithTheSameSecretReadEachOthersPayloads(t *testing.T) {
	t.Parallel()
	seal := func(with string) converter.DataConverter {
		data, _, err := temporal.Sealed([]byte(with))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	one, two, other := seal("a"), seal("a"), seal("b")
	p, err := one.ToPayload(secret)
	if err != nil {
		t.Fatal(err)
	}
	var got string
	if err := two.FromPayload(p, &got); err != nil || got != secret {
		t.Errorf("got %q, %v", got, err)
	}
	changed := &common.Payload{Metadata: p.Metadata, Data: append([]byte{}, p.Data...)}
	changed.Data[len(changed.Data)-1] ^= 1
	plain, err := converter.GetDefaultDataConverter().ToPayload(secret)
	if err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"another secret": other.FromPayload(p, &got), "a change": two.FromPayload(changed, &got), "plain text": two.FromPayload(plain, &got),
	} {
		if err == nil {
			t.Errorf("%s is accepted", what)
		}
	}
	if _, _, err := temporal.Sealed(nil); err == nil {
		t.Error("no secret is accepted")
	}
}

func TestMarksAreOfASecret(t *testing.T) {
	t.Parallel()
	mark := func(secret, text string) string {
		marks, err := temporal.Marks([]byte(secret))
		if err != nil {
			t.Fatal(err)
		}
		return marks(text)
	}
	const secret = "a secret of a namespace"
	first := mark(secret, "runs")
	if len(first) != 12 || first != mark(secret, "runs") {
		t.Errorf("the mark of one text is %q and %q", first, mark(secret, "runs"))
	}
	if first == mark(secret, "other") || first == mark("another secret", "runs") {
		t.Error("the mark of another text or secret is the same")
	}
}
