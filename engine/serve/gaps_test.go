package serve

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/chance"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// logged adds an event of a user to the log of the service.
func (s *shop) logged(uuid, kind, user string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	event := eventOfUser(uuid, kind, "eve@acme.example", user, at)
	s.orders = append(s.orders, card.Record{Key: uuid, At: at, Subject: user, Value: event})
}

func eventOfUser(uuid, kind, actor, user string, at time.Time) map[string]any {
	party := func(id, login string) map[string]any {
		return map[string]any{"id": id, "type": "User", "alternateId": login}
	}
	return map[string]any{
		"uuid": uuid, "eventType": kind, "published": at.Format(time.RFC3339), "actor": party("00u9", actor), "target": []any{party(user, "x@acme.example")},
	}
}

const updates = "user.account.update_profile"

// openGaps returns a server with a flow that updates of users start, whose log is that of the shop.
func openGaps(t *testing.T, s *shop, dir string, c clock.Clock, secret func() error) *served {
	t.Helper()
	all := cards.Triggers()
	name := card.TriggerName{Kind: card.Event, Name: "okta.event_hook"}
	event := all[name]
	event.Reader = card.NewReader([]string{"okta.logs.read"}, func(ctx context.Context, call card.Call, _ map[string]any, at *shopPosition) (card.News, shopPosition, error) {
		return s.page(ctx, call, shopInput{}, at)
	})
	all[name] = event
	return open(t, dir, c, map[string]string{
		"flowdeck.yaml": simulated, "org.yaml": oneUser, "reads.yaml": onUpdate("reads", `, filter: '${ trigger.user.id != "00uskip" }'`, "  - return: ${ inputs.event }\n"),
	}, func(config *host.Config) {
		config.Triggers = all
		config.Secret = func(context.Context, string, card.Value) (card.Secret, error) {
			return card.NewSecret("open-sesame-open-sesame"), secret()
		}
	})
}

func TestEventsOfAnOutageAreFilledFromTheLog(t *testing.T) {
	t.Parallel()
	log, now, start := &shop{}, clock.NewJumping(time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)), time.Date(2031, 7, 1, 9, 0, 0, 0, time.UTC)
	missing := error(nil)
	s := openGaps(t, log, t.TempDir(), now, func() error { return missing })
	u := s.turns()
	log.logged("before", updates, "00uada", start)
	u.after(0)
	s.happens("reads", "delivered", "eve@acme.example", "00uada", start.Add(time.Second))
	log.logged("delivered", updates, "00uada", start.Add(time.Second))
	log.logged("other", "user.lifecycle.create", "00uada", start)
	log.logged("filtered", updates, "00uskip", start)
	log.logged("e2", updates, "00uada", start.Add(3*time.Second))
	log.logged("e1", updates, "00uada", start.Add(2*time.Second))
	for range int(gapEvery/time.Second) - 1 {
		if u.after(time.Second) != 0 {
			t.Error("it looked before its time")
		}
	}
	u.after(time.Second)
	if got := keysOf(s.occasions()); got != "delivered e2 e1" {
		t.Errorf("got %q", got)
	}
	all, err := s.history.Occasions(t.Context(), store.OccasionFilter{Status: store.Waiting})
	if err != nil || len(all) != 3 || all[1].Key != "e1" || all[1].Lane != all[0].Lane {
		t.Errorf("got %+v, %v; want the order in which it happened", all, err)
	}
	// Before this look, an event may have been on its way.
	s.happens("reads", "e1", "eve@acme.example", "00uada", start.Add(2*time.Second))

	// The machine was suspended.
	u.after(0)
	log.logged("e3", updates, "00uada", start.Add(4*time.Second))
	if u.after(2*asleep) != 1 {
		t.Error("it must look at once after it was suspended")
	}
	s.await("filled 1 events of the outage", "from=2031-07-01T09:00:04Z to=2031-07-01T09:00:04Z")

	// Without its secret, the trigger receives nothing.
	missing = fmt.Errorf("it is not set")
	log.logged("e4", updates, "00uada", start.Add(5*time.Second))
	u.after(gapEvery)
	if got := keysOf(s.occasions()); got != "delivered e2 e1 e3" {
		t.Errorf("got %q", got)
	}
}

func TestEventsAreReceivedIfTheLogCannotBeRead(t *testing.T) {
	t.Parallel()
	log, now := &shop{err: &card.Error{Kind: card.Forbidden, Message: "no", Status: 403}}, clock.NewJumping(time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC))
	s := openGaps(t, log, t.TempDir(), now, func() error { return nil })
	u := s.turns()
	for range 10 {
		u.after(gapEvery)
	}
	s.happens("reads", "delivered", "eve@acme.example", "00uada", now.Now())
	if got := keysOf(s.occasions()); got != "delivered" {
		t.Errorf("got %q", got)
	}
	line := s.await("events are received, but those that are not delivered cannot be read")
	if !strings.Contains(line, "hint=reading it needs okta.logs.read") || len(s.lines) != 0 || log.read != 10 {
		t.Errorf("got %s and %d other lines; %d looks", line, len(s.lines), log.read)
	}
}

// Whatever happens to a server, each order and each event has one occasion.
func TestRandomRestartsOfAServerStartOneRunForEachRecord(t *testing.T) {
	t.Parallel()
	for seed := range 4 {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			choices := chance.Seeded([]byte{byte(seed)})
			log, orders, dirs := &shop{}, &shop{}, []string{t.TempDir(), t.TempDir()}
			now, start := clock.NewJumping(time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)), time.Date(2031, 7, 1, 9, 0, 0, 0, time.UTC)
			var gaps, polls turn
			restart := func() {
				for _, old := range []turn{gaps, polls} {
					if old.s != nil {
						_ = old.s.Workspace.Close()
					}
				}
				gaps, polls = openGaps(t, log, dirs[0], now, func() error { return nil }).turns(), openShop(t, orders, dirs[1], now).turns()
			}
			restart()
			gaps.after(0)
			polls.after(0)
			events, made, killed := []string{}, []string{}, 0
			started := map[string]int{}
			// collect counts what waits, and removes it from the history, as after a long time.
			collect := func(s *served, as *store.Leadership) {
				all, err := s.history.Occasions(t.Context(), store.OccasionFilter{Status: store.Waiting, Limit: 10_000})
				if err != nil {
					t.Fatal(err)
				}
				for _, o := range all {
					started[o.Key]++
					if err := s.history.Drop(t.Context(), as, o.ID, "a test"); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := s.history.Prune(t.Context(), time.Now().Add(time.Hour)); err != nil {
					t.Fatal(err)
				}
			}
			for n := range 120 {
				switch choices.Pick(8) {
				case 0, 1:
					key := fmt.Sprint("e", n)
					events = append(events, key)
					log.logged(key, updates, "00uada", start.Add(time.Duration(n)*time.Second))
				case 2: // it is delivered, too, perhaps for the second time
					if len(events) > 0 {
						i := len(events) - 1
						at := log.orders[slices.IndexFunc(log.orders, func(r card.Record) bool { return r.Key == events[i] })].At
						gaps.s.happens("reads", events[i], "eve@acme.example", "00uada", at)
					}
				case 3, 4:
					made = append(made, fmt.Sprint("o", n))
					orders.order(made[len(made)-1])
				case 5: // it reads a page, and is killed before it keeps that
					killed++
					for _, u := range []turn{gaps, polls} {
						if _, err := u.s.lead(t.Context()); err != nil {
							t.Fatal(err)
						}
						due, err := u.tick(t.Context(), now.Now().Add(time.Hour))
						if err == nil && len(due) == 1 {
							due[0].look(t.Context())
						}
					}
					restart()
				case 6:
					collect(gaps.s, gaps.lead)
					collect(polls.s, polls.lead)
				default:
					gaps.after(gapEvery)
					polls.after(time.Minute)
				}
			}
			gaps.after(gapEvery)
			polls.after(time.Minute)
			collect(gaps.s, gaps.lead)
			collect(polls.s, polls.lead)
			for _, key := range append(events, made...) {
				if started[key] != 1 {
					t.Errorf("%s has started %d", key, started[key])
				}
			}
			if len(started) != len(events)+len(made) || killed < 3 {
				t.Errorf("%d started of %d; %d kills", len(started), len(events)+len(made), killed)
			}
		})
	}
}
