package serve

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// shop is a service with a list of orders, which a poll reads in pages of three.
type shop struct {
	mu     sync.Mutex
	orders []card.Record
	err    error // of the next pages
	lost   *card.Span
	read   int
}

func (s *shop) order(keys ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range keys {
		at := time.Date(2031, 7, 1, 9, 0, len(s.orders), 0, time.UTC)
		s.orders = append(s.orders, card.Record{Key: key, At: at, Subject: key[:1], Value: map[string]any{"key": key}})
	}
}

func (s *shop) fails(err error) { s.mu.Lock(); defer s.mu.Unlock(); s.err = err }

type shopInput struct {
	Filter bool   `json:"filter,omitempty" jsonschema:"which orders"`
	Query  string `json:"query,omitempty" jsonschema:"which orders"`
}

type shopPosition struct{ Next, First int }

func (s *shop) page(_ context.Context, call card.Call, _ shopInput, at *shopPosition) (card.News, shopPosition, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read++
	if s.err != nil {
		return card.News{}, shopPosition{}, s.err
	}
	if at == nil {
		return card.News{At: time.Date(2031, 7, 1, 9, 0, 0, 0, time.UTC)}, shopPosition{len(s.orders), len(s.orders)}, nil
	}
	// Two orders are read again, as if the service had shown them late.
	from, end := max(0, at.Next-2), min(at.Next+3, len(s.orders))
	news := card.News{Records: slices.Clone(s.orders[from:end]), More: end < len(s.orders), Lost: s.lost}
	for i := range news.Records {
		news.Records[i].Old = from+i < at.First
	}
	news.At = time.Date(2031, 7, 1, 9, 0, end, 0, time.UTC)
	if !news.More {
		news.Forget = news.At.Add(-time.Minute)
	}
	return news, shopPosition{end, at.First}, nil
}

// triggers returns the poll of orders of the shop, as a card of a service that is there.
func (s *shop) triggers() card.Triggers {
	return card.NewTriggers(card.Trigger{
		Name: "okta.order.new", Title: "New Orders", Summary: "start the flow for each order", Kind: card.Poll, Example: "poll: okta.order.new",
		In: card.SchemaFor[shopInput](), Out: &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{"record": {}}},
		Root:   func(of card.Value) map[string]any { return map[string]any{"record": of} },
		Reader: card.NewReader([]string{"okta.orders.read"}, s.page),
	})
}

const onOrder = `flow: order
inputs: {key: string}
triggers:
  - poll: okta.order.new
    every: 10s
    with: {filter: '${ trigger.record.key != "x" }'}
    inputs: {key: "${ trigger.record.key }"}
steps: [{return: "${ inputs.key }"}]
`

// openShop returns a server with a poll of orders.
func openShop(t *testing.T, s *shop, dir string, c clock.Clock) *served {
	t.Helper()
	files := map[string]string{"flowdeck.yaml": simulated, "org.yaml": oneUser, "order.yaml": onOrder}
	return open(t, dir, c, files, func(config *host.Config) { config.Triggers = s.triggers() })
}

// turn makes the polls of a server look once.
type turn struct {
	*polls
	s *served
}

func (s *served) turns() turn {
	s.t.Helper()
	lead, err := s.lead(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return turn{newPolls(s.Server, lead), s}
}

// after lets time pass, and returns the number of readers that looked.
func (u turn) after(wait time.Duration) (looked int) {
	u.s.t.Helper()
	if err := u.Clock.Sleep(u.s.t.Context(), u.Clock.Now().Add(wait)); err != nil {
		u.s.t.Fatal(err)
	}
	due, err := u.tick(u.s.t.Context(), u.Clock.Now())
	if err != nil {
		u.s.t.Fatal(err)
	}
	for _, r := range due {
		r.look(u.s.t.Context())
	}
	return len(due)
}

func keysOf(occasions []string) string {
	for i := range occasions {
		occasions[i], _, _ = strings.Cut(occasions[i], " ")
	}
	return strings.Join(occasions, " ")
}

func TestAPollStartsOneRunForEachRecord(t *testing.T) {
	t.Parallel()
	orders, now := &shop{}, clock.NewJumping(time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC))
	orders.order("a1", "b1")
	s := openShop(t, orders, t.TempDir(), now)
	u := s.turns()
	u.after(0)
	if got := s.occasions(); got != nil {
		t.Errorf("a new poll starts with what comes then; got %q", got)
	}
	orders.order("a2", "x", "b2", "c1", "c2", "a3", "b3")
	if u.after(9*time.Second) != 0 || s.occasions() != nil {
		t.Error("it looked before its time")
	}
	if u.after(2*time.Second) != 1 {
		t.Error("it did not look")
	}
	if got := keysOf(s.occasions()); got != "a2 b2 c1 c2 a3 b3" {
		t.Errorf("got %q", got)
	}
	u.after(20 * time.Second)
	if got := keysOf(s.occasions()); got != "a2 b2 c1 c2 a3 b3" {
		t.Errorf("got %q after another look", got)
	}
	if metric(t, s, "order", accepted) != 6 || metric(t, s, "order", filtered) != 1 || metric(t, s, "order", known) != 0 {
		t.Error("each record must be counted once")
	}
	all, err := s.history.Occasions(t.Context(), store.OccasionFilter{Key: "a2"})
	if err != nil || len(all) != 1 || all[0].Lane != "order poll a" || all[0].At.Year() != 2031 {
		t.Errorf("got %+v, %v", all, err)
	}
}

func TestWhatAPollHasReadStartsNothingAfterItsHistoryIsGone(t *testing.T) {
	t.Parallel()
	orders, now := &shop{}, clock.NewJumping(time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC))
	s := openShop(t, orders, t.TempDir(), now)
	u := s.turns()
	u.after(0)
	orders.order("a1", "a2")
	u.after(time.Minute)
	all, err := s.history.Occasions(t.Context(), store.OccasionFilter{})
	if err != nil || len(all) != 2 {
		t.Fatalf("got %v, %v", all, err)
	}
	for _, o := range all {
		if err := errors.Join(s.history.Drop(t.Context(), nil, o.ID, "a test"), err); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.history.MovePoll(t.Context(), u.lead, store.Polled{State: store.PollState{ // the position of much later
		Flow: "order", Trigger: all[0].Trigger, Position: []byte(`{"Next":2}`), At: time.Date(2032, 1, 1, 0, 0, 0, 0, time.UTC), Ended: now.Now(),
	}}); err != nil {
		t.Fatal(err)
	}
	if err := now.Sleep(t.Context(), now.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.history.Prune(t.Context(), time.Now().Add(time.Hour)); err != nil || s.occasions() != nil {
		t.Fatalf("%v: the history must be gone: %q", err, s.occasions())
	}
	u.after(time.Minute)
	if got := s.occasions(); got != nil {
		t.Errorf("%q start again", got)
	}
}

func TestAPollThatFailsIsLoggedOnceAndSaysThatItFallsBehind(t *testing.T) {
	t.Parallel()
	orders, now := &shop{}, clock.NewJumping(time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC))
	s := openShop(t, orders, t.TempDir(), now)
	u := s.turns()
	u.after(0)
	orders.fails(&card.Error{Kind: card.Forbidden, Message: "no", Status: 403})
	for range 60 {
		u.after(time.Second)
	}
	orders.fails(&card.Error{Kind: card.Unavailable, Message: "down"})
	for range 1000 {
		u.after(time.Second)
	}
	if lag := gauge(t, s, "flowdeck_poll_lag_seconds"); lag != 1060 {
		t.Errorf("the lag is %v s, want 1060", lag)
	}
	if orders.read > 20 {
		t.Errorf("it has read %d times in 1060 s, while the service was down", orders.read)
	}
	orders.fails(nil)
	orders.order("a1")
	u.after(lastRetry)
	if lag := gauge(t, s, "flowdeck_poll_lag_seconds"); lag != 0 {
		t.Errorf("the lag is %v s, want 0", lag)
	}
	var logged []string
	for len(s.lines) > 0 {
		logged = append(logged, <-s.lines)
	}
	want := []string{"a poll failed", "a poll falls behind", "a poll failed", "the poll has caught up", "what starts the flow can be read again"}
	for i, line := range logged {
		if i >= len(want) || !strings.Contains(line, want[i]) {
			t.Fatalf("got %s; want %q", strings.Join(logged, "\n"), want)
		}
	}
	if len(logged) != len(want) || !strings.Contains(logged[0], `hint=reading it needs okta.orders.read`) {
		t.Errorf("got %s", strings.Join(logged, "\n"))
	}
}

func gauge(t *testing.T, s *served, name string) float64 {
	t.Helper()
	all, err := s.Metrics().Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range all {
		if family.GetName() == name {
			return family.GetMetric()[0].GetGauge().GetValue()
		}
	}
	t.Fatalf("there is no %s", name)
	return 0
}

func TestAPollStopsReadingWhileTooManyStartsWait(t *testing.T) {
	t.Parallel()
	orders := &shop{}
	s := openShop(t, orders, t.TempDir(), clock.NewJumping(time.Now()))
	s.MostWaiting = 4
	u := s.turns()
	u.after(0)
	orders.order("a1", "a2", "a3", "a4")
	u.after(time.Minute)
	s.backlog.asked = time.Time{} // it counts once a second
	orders.order("a5", "a6")
	u.after(time.Minute)
	s.await("a poll failed", "too many starts of runs wait")
	if got := len(s.occasions()); got != 4 {
		t.Errorf("%d wait, want 4", got)
	}
	s.MostWaiting = 100
	u.after(time.Hour)
	if got := len(s.occasions()); got != 6 {
		t.Errorf("%d wait, want 6", got)
	}
}

func TestATriggerThatComesBackStartsWithWhatComesThen(t *testing.T) {
	t.Parallel()
	orders, now, dir := &shop{}, clock.NewJumping(time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)), t.TempDir()
	s := openShop(t, orders, dir, now)
	u := s.turns()
	u.after(0)
	kept := s.flows.flows
	s.flows.flows = map[string]*host.Checked{}
	u.after(time.Minute)
	orders.order("a1")
	s.flows.flows = kept
	u.after(time.Minute)
	orders.order("a2")
	u.after(time.Minute)
	if got := keysOf(s.occasions()); got != "a2" {
		t.Errorf("got %q, want only what came after the trigger", got)
	}
}

func TestNoConnectionIsOpenedForFlowsWithoutPollsAndReceivedEvents(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), nil, map[string]string{
		"flowdeck.yaml": settings + "connections:\n  okta: {type: okta, domain: acme.okta.com, auth: {api_token: {env: OKTA_API_TOKEN}}}\n",
		"hook.yaml":     "flow: hook\ntriggers: [{webhook: w, inputs: {}}, {schedule: \"0 6 * * *\"}, {event: okta.user.created}]\nsteps: [{card: okta.user.get, with: {user_id: me}}]\n",
	}, func(config *host.Config) {
		config.Secret = func(_ context.Context, _ string, reference card.Value) (card.Secret, error) {
			t.Errorf("the secret %v was asked for", reference)
			return card.Secret{}, errors.New("there is none")
		}
	})
	if looked := s.turns().after(0); looked != 0 {
		t.Errorf("%d looked", looked)
	}
}

func TestALostSpanIsLogged(t *testing.T) {
	t.Parallel()
	orders := &shop{lost: &card.Span{From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)}}
	s := openShop(t, orders, t.TempDir(), clock.NewJumping(time.Now()))
	u := s.turns()
	u.after(0)
	u.after(time.Minute)
	s.await("does not have its log of this time any more", "from=2026-01-01T00:00:00Z to=2026-02-01T00:00:00Z")
}

func TestOtherSettingsOfAPollStartWithWhatComesThen(t *testing.T) {
	t.Parallel()
	orders, now, dir := &shop{}, clock.NewJumping(time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)), t.TempDir()
	serve := func(query, every string) (turn, *served) {
		text := strings.Replace(onOrder, "with: {", "with: {query: '${ inputs.q }', ", 1)
		text = strings.Replace(text, "inputs: {key: string}", "inputs: {key: string, q: {type: string, default: "+query+"}}", 1)
		text = strings.Replace(text, "every: 10s", "every: "+every, 1)
		files := map[string]string{"flowdeck.yaml": simulated, "org.yaml": oneUser, "order.yaml": text}
		s := open(t, dir, now, files, func(config *host.Config) { config.Triggers = orders.triggers() })
		return s.turns(), s
	}
	for _, step := range []struct{ query, every, before, then, want string }{
		{"a", "10s", "a1", "a2", "a2"},
		{"a", "20s", "a3", "a4", "a2 a3 a4"}, // it goes on from its position
		{"b", "20s", "b1", "b2", "a2 a3 a4 b2"},
	} {
		orders.order(step.before)
		u, s := serve(step.query, step.every)
		u.after(time.Minute)
		orders.order(step.then)
		u.after(time.Minute)
		if got := keysOf(s.occasions()); got != step.want {
			t.Errorf("with the query %s: got %q, want %q", step.query, got, step.want)
		}
		if err := u.lead.Resign(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.Workspace.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
