package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/serve"
	"github.com/flowdeck/flowdeck/engine/store"
)

// signed returns the signature of a request, as of Standard Webhooks.
func signed(key64, id string, at int64, body string) string {
	key, _ := base64.StdEncoding.DecodeString(key64)
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.%s", id, at, body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Source: https://github.com/standard-webhooks/standard-webhooks/tree/main/libraries, the same values in the tests of each language
func TestT12TheExampleOfStandardWebhooksFits(t *testing.T) {
	t.Parallel()
	key, err := base64.StdEncoding.DecodeString(hookKey64)
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{"Webhook-Id": {"msg_p5jXN8AQM9LWM0D4loKWxJek"}, "Webhook-Timestamp": {"1614265330"}, "Webhook-Signature": {"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}}
	if id, err := verify(h, []byte(`{"test": 2432232314}`), key, time.Unix(1614265330, 0)); err != nil || id != "msg_p5jXN8AQM9LWM0D4loKWxJek" {
		t.Errorf("got %q, %v", id, err)
	}
}

func TestT12ASignedRequestMustBeWhatWasSigned(t *testing.T) {
	t.Parallel()
	s := open(t)
	const body, other = `{"who": "Ada"}`, "d3Jvbmcta2V5LXdyb25nLWtleQ=="
	now := time.Now().Unix()
	good := signed(hookKey64, "m1", now, body)
	for name, c := range map[string]struct {
		id, at, signature, body string
		status                  int
	}{
		"as signed":                      {"m1", fmt.Sprint(now), good, body, http.StatusAccepted},
		"one of two signatures fits":     {"m2", fmt.Sprint(now), signed(other, "m2", now, body) + " " + signed(hookKey64, "m2", now, body), body, http.StatusAccepted},
		"almost five minutes old":        {"m3", fmt.Sprint(now - 280), signed(hookKey64, "m3", now-280, body), body, http.StatusAccepted},
		"tampered":                       {"m1", fmt.Sprint(now), good, `{"who": "Eve"}`, http.StatusUnauthorized},
		"other space in the body":        {"m1", fmt.Sprint(now), good, `{"who":"Ada"}`, http.StatusUnauthorized},
		"another id":                     {"m4", fmt.Sprint(now), good, body, http.StatusUnauthorized},
		"another time":                   {"m1", fmt.Sprint(now + 1), good, body, http.StatusUnauthorized},
		"old":                            {"m5", fmt.Sprint(now - 320), signed(hookKey64, "m5", now-320, body), body, http.StatusUnauthorized},
		"future":                         {"m6", fmt.Sprint(now + 320), signed(hookKey64, "m6", now+320, body), body, http.StatusUnauthorized},
		"another key":                    {"m7", fmt.Sprint(now), signed(other, "m7", now, body), body, http.StatusUnauthorized},
		"another version of signatures":  {"m8", fmt.Sprint(now), strings.Replace(signed(hookKey64, "m8", now, body), "v1,", "v2,", 1), body, http.StatusUnauthorized},
		"no version":                     {"m9", fmt.Sprint(now), strings.TrimPrefix(signed(hookKey64, "m9", now, body), "v1,"), body, http.StatusUnauthorized},
		"without an id":                  {"", fmt.Sprint(now), signed(hookKey64, "", now, body), body, http.StatusUnauthorized},
		"without a time":                 {"m10", "", good, body, http.StatusUnauthorized},
		"without a signature":            {"m11", fmt.Sprint(now), "", body, http.StatusUnauthorized},
		"with a body that does not fit":  {"m12", fmt.Sprint(now), signed(hookKey64, "m12", now, `{"whom": 1}`), `{"whom": 1}`, http.StatusBadRequest},
		"with a body that is not an obj": {"m13", fmt.Sprint(now), signed(hookKey64, "m13", now, `[1]`), `[1]`, http.StatusBadRequest},
	} {
		a := s.ask("POST", "/hooks/zebra-signed", "", c.body, header("webhook-id", c.id), header("webhook-timestamp", c.at), header("webhook-signature", c.signature))
		if a.status != c.status {
			t.Errorf("%s: got %d %s, want %d", name, a.status, a.text, c.status)
		}
	}
	if by := s.await(s.ask("POST", "/hooks/zebra-signed", "", body, header("webhook-id", "m1"), header("webhook-timestamp", fmt.Sprint(now)), header("webhook-signature", good))).field("by"); by != "webhook zebra-signed" {
		t.Errorf("the run is by %v", by)
	}
	all, err := s.history.Occasions(t.Context(), store.OccasionFilter{})
	if err != nil || len(all) != 3 {
		t.Errorf("got %d occasions, %v; want 3: the replay of m1 starts nothing", len(all), err)
	}
	if a := s.ask("POST", "/hooks/zebra-signed", "full", body); a.status != http.StatusAccepted {
		t.Errorf("with a token: got %d %s", a.status, a.text)
	}
	s.ask("POST", "/hooks/zebra-echo", "", body, header("webhook-id", "m1"), header("webhook-timestamp", fmt.Sprint(now)), header("webhook-signature", good)).
		is(t, "a webhook without a secret", http.StatusUnauthorized, "unauthorized")
}

func TestASecretOfAWebhookThatIsTooShortIsNotUsed(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		"whsec_" + hookKey64: true, hookKey64: true, "whsec_": false, "whsec_c2hvcnQ=": false, "not base64!": false,
	} {
		s := open(t, func(_ *Config, c *host.Config) { c.Secret = secretText(text) })
		if key, err := s.secrets.decoded(t.Context(), map[string]any{"env": "HOOK"}); (err == nil) != ok || ok && len(key) != 24 {
			t.Errorf("%s: got %v, %v", text, key, err)
		}
		s.ask("POST", "/hooks/zebra-signed", "", "{}").is(t, text, http.StatusUnauthorized, "unauthorized")
		if log := s.log.String(); strings.Contains(log, "no signed request can be received") == ok || strings.Contains(log, "why=\"the secret of the webhook cannot be used") == ok {
			t.Errorf("%s: the log is\n%s", text, log)
		}
	}
}

func TestAWebhookStartsItsFlowOnceForAKey(t *testing.T) {
	t.Parallel()
	s := open(t)
	ask := func(token, key, body string) answer {
		return s.ask("POST", "/hooks/zebra-echo", token, body, header("Idempotency-Key", key))
	}
	first := ask("full", "k", `{"who": "Ada"}`)
	if first.status != http.StatusAccepted || first.field("flow") != "zebra-echo" || first.field("status") != "waiting" && first.field("status") != "started" {
		t.Fatalf("got %d %s", first.status, first.text)
	}
	run := s.await(first)
	if run.field("result") != "Ada" || run.field("by") != "token quagga-full" {
		t.Errorf("got %s", run.text)
	}
	if again := ask("full", "k", `{"who": "Ada"}`); again.status != http.StatusAccepted || again.field("occasion") != first.field("occasion") || again.field("run") != run.field("run") {
		t.Errorf("again: got %d %s", again.status, again.text)
	}
	for _, other := range []answer{ask("echo", "k", `{"who": "Ada"}`), ask("full", "l", `{"who": "Ada"}`), ask("full", "", `{"who": "Ada"}`), ask("full", "", `{"who": "Ada"}`)} {
		if other.field("occasion") == first.field("occasion") {
			t.Errorf("another token or key, or none, must start another run: %s", other.text)
		}
	}
	ask("full", strings.Repeat("k", 256), `{"who": "Ada"}`).is(t, "a long key", http.StatusBadRequest, "invalid")
}

func TestACallerThatWaitsGetsTheResult(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.ask("POST", "/hooks/zebra-wait?q=now&q=later", "full", `{"name": "Ada"}`, header("X-GitHub-Event", "push"), header("X-Department", "Sales"), header("X-Api-Key", "k"), header("X-Hub-Signature-256", "s"), header("Cookie", "c"), header("X-Auth-Token", "t"))
	if want := `Ada now push ["accept-encoding","content-length","content-type","user-agent","x-department","x-github-event"]`; a.status != http.StatusOK || a.field("result") != want {
		t.Errorf("got %d %s, want %s", a.status, a.text, want)
	}
	s.ask("POST", "/hooks/zebra-wait", "full", `{"nam": "Ada"}`).is(t, "a body that the inputs cannot be computed from", http.StatusBadRequest, "invalid")
}

func TestACallerThatWaitsIsAnsweredWhenTheRunPauses(t *testing.T) {
	t.Parallel()
	s := open(t)
	got := make(chan answer, 1)
	go func() { got <- s.ask("POST", "/hooks/zebra-long", "full", "", header("Idempotency-Key", "k")) }()
	for again := true; again; { // until its run goes on
		runs := s.ask("GET", "/api/v1/runs", "full", "").field("runs").([]any)
		again = len(runs) == 0
		for _, run := range runs {
			s.ask("POST", "/api/v1/runs/"+run.(map[string]any)["run"].(string)+"/pause", "full", "")
		}
	}
	if a := <-got; a.status != http.StatusAccepted || a.field("run") == nil {
		t.Errorf("got %d %s", a.status, a.text)
	}
}

func TestACallerThatWaitsIsAnsweredWhenTheServerStops(t *testing.T) {
	t.Parallel()
	s := open(t)
	if err := s.serve(); err != nil { // nothing starts runs, so the caller waits
		t.Fatal(err)
	}
	got := make(chan answer, 1)
	go func() { got <- s.ask("POST", "/hooks/zebra-slow", "full", "") }()
	for again := true; again; {
		all, err := s.history.Occasions(t.Context(), store.OccasionFilter{})
		if err != nil {
			t.Fatal(err)
		}
		again = len(all) == 0
	}
	if err := s.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if a := <-got; a.status != http.StatusAccepted || a.field("status") != "waiting" {
		t.Errorf("got %d %s", a.status, a.text)
	}
	if _, err := http.Get(s.url + "/healthz"); err == nil {
		t.Error("the server still answers")
	}
}

func TestASecretInputNeedsAKey(t *testing.T) {
	t.Parallel()
	without := open(t)
	a := without.ask("POST", "/hooks/zebra-secret", "full", `{"password": "hunter2-hunter2"}`)
	a.is(t, "without a key", http.StatusServiceUnavailable, "unavailable")
	with := open(t, func(_ *Config, c *host.Config) {
		c.Key = func() ([]byte, error) { return []byte("a key of the history"), nil }
	})
	run := with.await(with.ask("POST", "/hooks/zebra-secret", "full", `{"password": "hunter2-hunter2"}`))
	if run.field("status") != "succeeded" || strings.Contains(run.text+a.text+with.log.String()+without.log.String(), "hunter2") {
		t.Errorf("got %s", run.text)
	}
	bad := with.ask("POST", "/hooks/zebra-secret", "full", `{"password": ["hunter3-hunter3"]}`)
	bad.is(t, "a secret that does not fit", http.StatusBadRequest, "invalid")
	if strings.Contains(bad.text, "hunter3") {
		t.Errorf("got %s", bad.text)
	}
}

func TestAServerThatCannotWriteIsNotReady(t *testing.T) {
	t.Parallel()
	s := open(t)
	for again := true; again; again = s.Server.Config.Serve.Status() == serve.Starting { // until it leads
	}
	if a := s.ask("GET", "/readyz", "", ""); a.status != http.StatusOK || a.field("status") != "leading" {
		t.Errorf("got %d %s", a.status, a.text)
	}
	if err := s.serve(); err != nil {
		t.Fatal(err)
	}
	s.ask("GET", "/readyz", "", "").is(t, "after it stopped", http.StatusServiceUnavailable, "unavailable")
	if a := s.ask("GET", "/healthz", "", ""); a.status != http.StatusOK {
		t.Errorf("got %d %s", a.status, a.text)
	}
}

func secretText(text string) func(context.Context, string, card.Value) (card.Secret, error) {
	return func(context.Context, string, card.Value) (card.Secret, error) { return card.NewSecret(text), nil }
}

func TestMetricsNeedATokenBehindAProxy(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.slow()
	s.await(s.ask("POST", "/hooks/zebra-echo", "full", `{"who": "a"}`))
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) { // the end of a run is counted after it is kept
		text := s.ask("GET", "/metrics", "", "").text
		missing := ""
		for _, want := range []string{
			`flowdeck_runs_ended_total{flow="zebra-echo",status="succeeded"} 1`, `flowdeck_start_delay_seconds_count{trigger="webhook"} 1`, "flowdeck_occasions_waiting 0", "flowdeck_occasions_oldest_seconds 0",
			"flowdeck_leads 1", "go_goroutines ",
		} {
			if !strings.Contains(text, want) {
				missing = want
			}
		}
		if missing == "" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%q is missing in\n%s", missing, text)
		}
	}
	s.ask("GET", "/metrics", "", "", header("Authorization", "Bearer wrong")).is(t, "a wrong token", http.StatusUnauthorized, "unauthorized")
	proxied := open(t, func(c *Config, _ *host.Config) { c.PublicURL = &url.URL{Scheme: "https", Host: "flows.example.com"} })
	proxied.ask("GET", "/metrics", "", "").is(t, "behind a proxy", http.StatusUnauthorized, "unauthorized")
	if a := proxied.ask("GET", "/metrics", "see", ""); a.status != http.StatusOK {
		t.Errorf("got %d %s", a.status, a.text)
	}
}
