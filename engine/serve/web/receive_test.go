package web

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// event returns an event of a service, with changed fields.
func event(uuid, kind string, change map[string]any) map[string]any {
	user := map[string]any{"id": "00u1", "type": "User", "alternateId": "ada@acme.example", "displayName": "Ada", "detailEntry": nil}
	e := map[string]any{
		"uuid": uuid, "published": "2026-03-01T06:00:00.000Z", "eventType": kind, "version": "0", "severity": "INFO", "actor": user, "target": []any{user},
		"outcome": map[string]any{"result": "SUCCESS", "reason": nil}, "device": nil,
	}
	maps.Copy(e, change)
	return e
}

// delivery returns the body of a request with events.
func delivery(events ...any) string {
	text, err := card.EncodeJSON(map[string]any{"eventType": "com.okta.event_hook", "eventTypeVersion": "1.0", "data": map[string]any{"events": append([]any{}, events...)}})
	if err != nil {
		panic(err)
	}
	return string(text)
}

const (
	created   = "user.lifecycle.create"
	suspended = "user.lifecycle.suspend"
	newGroup  = "group.lifecycle.create"
)

// kept returns the keys of the occasions by trigger, in the order in which they came.
func (s *site) kept() map[string][]string {
	s.t.Helper()
	all, err := s.history.Occasions(s.t.Context(), store.OccasionFilter{Flow: "zebra-event", Limit: 10_000})
	if err != nil {
		s.t.Fatal(err)
	}
	keys := map[string][]string{}
	for _, o := range all {
		name, _, _ := strings.Cut(strings.TrimPrefix(o.Trigger, "event "), " ")
		keys[name] = append([]string{o.Key}, keys[name]...)
	}
	return keys
}

func (s *site) keeps(what string, want map[string][]string) {
	s.t.Helper()
	if got := fmt.Sprint(s.kept()); got != fmt.Sprint(want) {
		s.t.Errorf("%s: got %s, want %v", what, got, want)
	}
}

func TestT13ARequestWithoutTheSecretLearnsNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	body, first := delivery(event("e1", created, nil)), ""
	for _, path := range []string{"/events/zebra-event", "/events/zebra-echo", "/events/missing", "/events/..%2fzebra-event"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			for _, secret := range []string{
				"", "whsec_", "whsec_" + hookKey64 + "x", "whsec_" + hookKey64[1:], "WHSEC_" + hookKey64, "Bearer whsec_" + hookKey64, "Bearer " + s.tokens["full"], s.tokens["full"], otherSecret,
			} {
				sent := ""
				if method == http.MethodPost {
					sent = body
				}
				a := s.ask(method, path, "", sent, header("Authorization", secret), header("X-Okta-Verification-Challenge", "c"))
				a.is(t, method+" "+path+" "+secret, http.StatusUnauthorized, "unauthorized")
				if first == "" {
					first = a.text
				}
				if a.text != first {
					t.Errorf("%s %s: the answer differs: %s", method, path, a.text)
				}
			}
		}
	}
	s.ask("POST", "/events/zebra-event?secret=whsec_"+hookKey64, "", body).is(t, "a secret in the URL", http.StatusUnauthorized, "unauthorized")
	s.keeps("refused", map[string][]string{})
	if strings.Contains(s.log.String(), hookKey64) {
		t.Errorf("the log has the secret:\n%s", s.log)
	}
}

func TestT13AChallengeIsEchoedIfItIsShortAndPrintable(t *testing.T) {
	t.Parallel()
	s := open(t)
	for challenge, ok := range map[string]bool{
		"a1B2-_.~": true, strings.Repeat("c", 255): true, `"<script>`: true,
		"": false, strings.Repeat("c", 256): false, "two words": false, "ü": false, "a\tb": false,
	} {
		a := s.ask("GET", "/events/zebra-event", "service", "", header("X-Okta-Verification-Challenge", challenge))
		if got := a.field("verification"); ok && (a.status != http.StatusOK || got != challenge || a.header.Get("Content-Type") != "application/json") {
			t.Errorf("%q: got %d %s", challenge, a.status, a.text)
		}
		if !ok {
			a.is(t, challenge, http.StatusBadRequest, "invalid")
		}
	}
}

func TestT13EventsStartOnlyTriggersWithTheSecretOfTheRequest(t *testing.T) {
	t.Parallel()
	s := open(t)
	body := delivery(event("e1", created, nil), event("e2", suspended, nil), event("e3", newGroup, nil), event("e4", "zone.create", nil))
	send := func(secret, env string) int {
		return s.ask("POST", "/events/zebra-event", "", body, header("Authorization", secret), header("X-Env", env)).status
	}
	if got := send("whsec_"+hookKey64, "production"); got != http.StatusNoContent {
		t.Errorf("got %d", got)
	}
	want := map[string][]string{"okta.user.created": {"e1"}}
	s.keeps("the first secret", want)
	if got := send(otherSecret, "test"); got != http.StatusUnauthorized {
		t.Errorf("with a wrong header: got %d", got)
	}
	if got := send(otherSecret, "production"); got != http.StatusNoContent {
		t.Errorf("got %d", got)
	}
	want["okta.event_hook"] = []string{"e1", "e3"}
	s.keeps("the other secret", want)
}

// A server keeps a hook with another secret for a moment: before it is verified, and after another one has taken its place.
func TestT13TheSecretOfARegisteredHookIsAcceptedUntilItIsDeleted(t *testing.T) {
	t.Parallel()
	s := open(t)
	if err := s.serve(); err != nil { // nothing else changes the hooks
		t.Fatal(err)
	}
	const former = "the former secret of events"
	send := func(secret, env string) int {
		s.t.Helper()
		challenge := s.ask("GET", "/events/zebra-event", "", "", header("Authorization", secret), header("X-Env", env), header("X-Okta-Verification-Challenge", "c")).status
		events := s.ask("POST", "/events/zebra-event", "", delivery(event("e1", created, nil)), header("Authorization", secret), header("X-Env", env)).status
		return challenge*1000 + events
	}
	const refused, accepted = 401_401, 200_204
	proof, err := s.history.HookProof(card.NewSecret(former), map[string]string{"X-Env": "test"})
	if err != nil {
		t.Fatal(err)
	}
	registered := ""
	for _, trigger := range s.Serve.Flow("zebra-event").Plan.Triggers {
		if trigger.MayRegister() {
			registered = trigger.ID()
		}
	}
	h := store.Hook{Flow: "zebra-event", Trigger: registered, Headers: []string{"X-Env"}, Proof: proof}
	if got := send(former, "test"); got != refused {
		t.Errorf("without a hook: got %d", got)
	}
	if err := s.history.SetHook(t.Context(), nil, &h); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range [][2]string{{former, "production"}, {former + "x", "test"}, {former[:len(former)-1], "test"}, {"", "test"}, {otherSecret, "test"}} {
		if got := send(wrong[0], wrong[1]); got != refused {
			t.Errorf("%q: got %d", wrong, got)
		}
	}
	s.keeps("refused", map[string][]string{})
	if got := send(former, "test"); got != accepted {
		t.Errorf("with a hook: got %d", got)
	}
	s.keeps("the trigger of the hook, and no other one", map[string][]string{"okta.event_hook": {"e1"}})
	if got := send(otherSecret, "production"); got != accepted {
		t.Errorf("the secret of the trigger: got %d", got)
	}
	other := h
	other.Trigger = "event okta.user.created" // it does not register
	if err := s.history.SetHook(t.Context(), nil, &other); err != nil {
		t.Fatal(err)
	}
	if got := send(former, "test"); got != refused {
		t.Errorf("a hook of a trigger without register: got %d", got)
	}
	if strings.Contains(s.log.String(), former) {
		t.Errorf("the log has the secret:\n%s", s.log)
	}
}

func TestT13AServerSaysWhichTriggersCanReceiveNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.ask("GET", "/healthz", "", "") // it answers after it has written this
	for _, want := range []string{
		`level=WARN msg="no event can be received: the trigger has no secret" flow=zebra-event trigger="event okta.user.suspended"`,
		`msg="events are received" flow=zebra-event url=` + s.url + "/events/zebra-event",
	} {
		if !strings.Contains(s.log.String(), want) {
			t.Errorf("%s is missing in\n%s", want, s.log)
		}
	}
	short := open(t, func(_ *Config, c *host.Config) { c.Secret = secretText("fifteen letters") })
	for _, secret := range []string{"fifteen letters", ""} {
		short.ask("POST", "/events/zebra-event", "", delivery(event("e1", created, nil)), header("Authorization", secret), header("X-Env", "production")).
			is(t, "a short secret", http.StatusUnauthorized, "unauthorized")
	}
	if want := `the secret of the trigger cannot be used" flow=zebra-event trigger="event okta.user.created" error="it is shorter than 16 bytes"`; !strings.Contains(short.log.String(), want) {
		t.Errorf("%s is missing in\n%s", want, short.log)
	}
}

func TestT14AnEventThatComesAgainStartsOneRun(t *testing.T) {
	t.Parallel()
	s := open(t)
	body := delivery(event("e1", created, nil), event("e1", created, nil), event("e2", created, map[string]any{"target": nil}))
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if a := s.ask("POST", "/events/zebra-event", "service", body); a.status != http.StatusNoContent || a.text != "" {
				t.Errorf("got %d %s", a.status, a.text)
			}
		})
	}
	all.Wait()
	s.keeps("ten times", map[string][]string{"okta.user.created": {"e1", "e2"}})
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) { // another goroutine starts the runs
		runs := s.ask("GET", "/api/v1/runs?flow=zebra-event&status=succeeded", "full", "").field("runs").([]any)
		if len(runs) == 2 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("got %v", runs)
		}
	}
}

func TestT14AnAnswerComesWhenTheEventsAreDurable(t *testing.T) {
	t.Parallel()
	s := open(t)
	if err := s.serve(); err != nil { // nothing starts runs
		t.Fatal(err)
	}
	if a := s.ask("POST", "/events/zebra-event", "service", delivery(event("e1", created, nil), event("e2", created, nil))); a.status != http.StatusNoContent {
		t.Errorf("got %d %s", a.status, a.text)
	}
	s.keeps("without a leader", map[string][]string{"okta.user.created": {"e1", "e2"}})
}

func TestT15AnEventThatIsNotAsDescribedHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	s := open(t)
	events := []any{event("good", created, nil), "sw0rdfish", nil, 7, []any{}}
	for _, change := range []map[string]any{
		{"uuid": nil}, {"uuid": ""}, {"uuid": "sw0rd fish"}, {"uuid": strings.Repeat("u", 300)}, {"uuid": 7}, {"uuid": map[string]any{}},
		{"published": "sw0rdfish"}, {"published": nil}, {"published": "9999-01-01T00:00:00Z"}, {"eventType": nil}, {"eventType": []any{created}},
		{"actor": nil}, {"actor": "sw0rdfish"}, {"actor": map[string]any{"id": "1"}}, {"actor": map[string]any{"id": 1, "type": "User"}},
		{"target": "sw0rdfish"}, {"target": []any{"sw0rdfish"}}, {"target": []any{map[string]any{"id": "", "type": "User"}}}, {"target": []any{map[string]any{"id": "1", "type": "User", "alternateId": 7}}},
		{"outcome": "sw0rdfish"}, {"severity": true}, {"debugContext": []any{}},
	} {
		events = append(events, event("bad", created, change))
	}
	events = append(events, event("also-good", created, map[string]any{"more": 7, "outcome": nil}), event("skipped", created, map[string]any{"target": []any{
		map[string]any{"id": "00u2", "type": "User", "alternateId": "skip@acme.example"},
	}}))
	if a := s.ask("POST", "/events/zebra-event", "service", delivery(events...)); a.status != http.StatusNoContent {
		t.Fatalf("got %d %s", a.status, a.text)
	}
	s.keeps("the good ones", map[string][]string{"okta.user.created": {"good", "also-good"}})
	if log := s.log.String(); strings.Contains(log, "sw0rd") || strings.Count(log, "it is not as the service describes it") != len(events)-3 {
		t.Errorf("got\n%s", log)
	}
	metrics := s.ask("GET", "/metrics", "", "").text
	for outcome, n := range map[string]int{"accepted": 2, "filtered": 1, "refused": len(events) - 3} {
		if want := fmt.Sprintf("flowdeck_events_total{flow=\"zebra-event\",outcome=%q} %d\n", outcome, n); !strings.Contains(metrics, want) {
			t.Errorf("%s is missing in\n%s", want, metrics)
		}
	}
}

func TestT15ABodyWithoutEventsIsRefused(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, body := range []string{`{}`, `{"data": {"events": []}}`, `{"eventType": "com.okta.event_hook", "data": {"events": {}}}`, `{"eventType": "com.okta.event_hook", "data": []}`, `[]`, `{`, `7`} {
		s.ask("POST", "/events/zebra-event", "service", body).is(t, body, http.StatusBadRequest, "invalid")
	}
	if a := s.ask("POST", "/events/zebra-event", "service", delivery()); a.status != http.StatusNoContent {
		t.Errorf("an empty list: got %d %s", a.status, a.text)
	}
	s.keeps("refused", map[string][]string{})
}

func TestT15ABurstBeyondTheBoundIsRefusedUntilThereIsRoom(t *testing.T) {
	t.Parallel()
	s := open(t)
	if err := s.serve(); err != nil { // nothing starts runs
		t.Fatal(err)
	}
	s.Server.Config.Serve.MostWaiting = 10
	accepted := 0
	send := func() answer {
		return s.ask("POST", "/events/zebra-event", "service", delivery(event(fmt.Sprint("e", accepted), created, nil)))
	}
	a := send()
	for deadline := time.Now().Add(30 * time.Second); a.status == http.StatusNoContent && time.Now().Before(deadline); a = send() { // the number that wait is read once a second
		accepted++
	}
	a.is(t, "beyond the bound", http.StatusServiceUnavailable, "unavailable")
	if a.header.Get("Retry-After") == "" || accepted < 10 {
		t.Errorf("after %d: got %v", accepted, a.header)
	}
	s.ask("POST", "/hooks/zebra-echo", "full", `{"who": "a"}`).is(t, "a webhook", http.StatusServiceUnavailable, "unavailable")
	for _, key := range s.kept()["okta.user.created"] { // as if they had started
		o, err := s.history.Occasions(t.Context(), store.OccasionFilter{Flow: "zebra-event", Key: key})
		if err != nil || len(o) != 1 {
			t.Fatal(o, err)
		}
		if err := s.history.Drop(t.Context(), nil, o[0].ID, "test"); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(30 * time.Second); send().status != http.StatusNoContent; {
		if time.Now().After(deadline) {
			t.Fatal("there is room, and the request is still refused")
		}
	}
}
