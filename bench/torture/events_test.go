package torture

import (
	"database/sql"
	"fmt"
	"math/rand"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

const eventSecret = "open sesame, open sesame"

// The flow has several steps, so that it can be cut off between them.
const onEvent = `flow: joined
inputs: {id: string}
triggers:
  - event: okta.user.created
    with: {secret: {env: HOOK_SECRET}}
    inputs: {id: "${ trigger.event.uuid }"}
steps:
  - {id: one, card: table.row.upsert, with: {table: seen, row: {id: "${ inputs.id }"}}}
  - return: ${ inputs.id }
`

// numberIn returns a number of the environment.
func numberIn(t *testing.T, name string, otherwise int) int {
	t.Helper()
	if os.Getenv(name) == "" {
		return otherwise
	}
	n, err := strconv.Atoi(os.Getenv(name))
	if err != nil || n < 1 {
		t.Fatalf("%s must be a number", name)
	}
	return n
}

// bodies returns the bodies of deliveries of n events to people, shuffled, with another delivery of each fifth event: of one to four events each.
func bodies(n int, random *rand.Rand) (all []string) {
	var events []string
	for i := range n {
		person := fmt.Sprintf(`{"id":"00u%d","type":"User","alternateId":"person%[1]d@acme.example","displayName":null,"detailEntry":null}`, i%(n/4+1))
		event := fmt.Sprintf(`{"uuid":"event-%d","eventType":"user.lifecycle.create","published":%q,"actor":%s,"target":[%[3]s]}`,
			i, time.Date(2026, 3, 1, 0, 0, i, 0, time.UTC).Format(time.RFC3339), person)
		events = append(events, event)
		if i%5 == 0 {
			events = append(events, event)
		}
	}
	random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	for len(events) > 0 {
		some := min(1+random.Intn(4), len(events))
		all = append(all, `{"eventType":"com.okta.event_hook","data":{"events":[`+strings.Join(events[:some], ",")+`]}}`)
		events = events[some:]
	}
	return all
}

// deliver posts bodies until each has been accepted, as a service that delivers at least once. It returns the number of attempts that failed.
func deliver(t *testing.T, url string, all []string, accepted *atomic.Int64) (failed int64) {
	var again atomic.Int64
	var senders sync.WaitGroup
	next := make(chan string)
	client := &http.Client{Timeout: 3 * time.Second}
	for range 8 {
		senders.Go(func() {
			for body := range next {
				for !post(client, url, body) {
					again.Add(1)
					time.Sleep(20 * time.Millisecond) // the server is down
				}
				accepted.Add(1)
			}
		})
	}
	for _, body := range all {
		select {
		case next <- body:
		case <-t.Context().Done():
		}
	}
	close(next)
	senders.Wait()
	return again.Load()
}

func post(client *http.Client, url, body string) bool {
	r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return false
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", eventSecret)
	answer, err := client.Do(r)
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusNoContent
}

// freeAddress returns an address that nothing listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer on.Close()
	return on.Addr().String()
}

// number returns what a query of the history counts.
func (j job) number(t *testing.T, query string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(j.dir, ".flowdeck/journal.db")+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// Each event has one run, whatever happens between its delivery and the end of the run.
// It does not run in parallel with others: it takes both cores, and changes the environment.
func TestT14EventsOfAServerThatIsKilledStartOneRunEach(t *testing.T) {
	n, kills := 800, 6
	if testing.Short() {
		n, kills = 200, 3
	}
	n, kills = numberIn(t, "TORTURE_EVENTS", n), numberIn(t, "TORTURE_EVENT_KILLS", kills)
	j := job{dir: t.TempDir()}
	for name, text := range map[string]string{
		"flowdeck.yaml": "connections:\n  okta: {type: okta, domain: acme.okta.com, auth: {api_token: {env: OKTA_API_TOKEN}}}\ntables:\n  seen: {key: id, columns: {id: string}}\n",
		"joined.yaml":   onEvent,
	} {
		if err := os.WriteFile(filepath.Join(j.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("HOOK_SECRET", eventSecret)
	address := freeAddress(t)
	var server *process
	start := func() { server = j.start(t, "", "serve", "--listen", address, "--log", "json") }
	start()
	defer func() {
		_ = server.cmd.Process.Kill() // it may have ended
		server.code()
	}()
	all := bodies(n, rand.New(rand.NewSource(1)))
	began := time.Now()
	var accepted, failed atomic.Int64
	delivered := make(chan struct{})
	go func() {
		defer close(delivered)
		failed.Store(deliver(t, "http://"+address+"/events/joined", all, &accepted))
	}()
	alive := func() {
		select {
		case <-server.ended:
			t.Fatalf("the server ended with %d:\n%s", server.code(), server.err.Bytes())
		case <-time.After(5 * time.Millisecond):
		}
	}
	for i := range kills { // half of them while events come, the others while the rest of the runs go on
		reached, want := accepted.Load, int64(len(all))*int64(i+1)/int64(kills/2+1)
		if i >= kills/2 {
			reached = func() int64 { return int64(j.number(t, "SELECT count(*) FROM runs WHERE status = 'succeeded'")) }
			ended := reached()
			want = ended + (int64(n)-ended)/int64(kills-i+1)
		}
		for reached() < want {
			alive()
		}
		_ = server.cmd.Process.Kill()
		if code := server.code(); code != -1 {
			t.Fatalf("the server ended with %d:\n%s", code, server.err.Bytes())
		}
		start()
	}
	<-delivered
	took := time.Since(began)
	for j.number(t, "SELECT count(*) FROM occasions WHERE status = 'waiting'")+j.number(t, "SELECT count(*) FROM runs WHERE status <> 'succeeded'") > 0 {
		alive()
		if failed := j.number(t, "SELECT count(*) FROM runs WHERE status IN ('failed', 'canceled', 'paused')"); failed > 0 {
			t.Fatalf("%d runs failed or wait for a person:\n%s", failed, server.err.Bytes())
		}
	}
	t.Logf("%d events in %d deliveries, 20 %% twice: accepted after %.1f s, all run after %.1f s; %d kills, %d failed attempts",
		n, len(all), took.Seconds(), time.Since(began).Seconds(), kills, failed.Load())
	for what, query := range map[string]string{
		"occasions":            "SELECT count(*) FROM occasions",
		"different events":     "SELECT count(DISTINCT key) FROM occasions",
		"occasions with a run": "SELECT count(*) FROM occasions o JOIN runs r ON r.id = o.run WHERE o.status = 'started' AND r.status = 'succeeded'",
		"runs":                 "SELECT count(*) FROM runs",
		"runs of occasions":    "SELECT count(DISTINCT run) FROM occasions",
		"writes":               "SELECT count(*) FROM writes",
	} {
		if got := j.number(t, query); got != n {
			t.Errorf("%s: got %d, want %d", what, got, n)
		} else {
			t.Logf("%s: %d", what, got)
		}
	}
}
