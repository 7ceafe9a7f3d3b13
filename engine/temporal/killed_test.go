package temporal_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/enginetest/generated"
	"github.com/flowdeck/flowdeck/engine/local"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// These environment variables make the test binary a worker: of a queue, with cards of the service at a URL.
const (
	queueVariable   = "FLOWDECK_TEST_QUEUE"
	serviceVariable = "FLOWDECK_TEST_SERVICE"
)

func TestMain(m *testing.M) {
	if os.Getenv(queueVariable) != "" {
		if err := work(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

const created = 40

// killedFlow creates people, some at a time.
var killedFlow = fmt.Sprintf(`flow: f
steps:
  - each: 1..%d
    id: people
    concurrency: 4
    do:
      - card: bench.person.create
        with: {id: "${ string(record) }"}
  - return: ${ steps.people.ok }
`, created)

// A worker that is killed loses the calls in flight, and another one continues the run, its stream and the chunks. All payloads are encrypted.
func TestEveryWriteIsDoneOnceAlthoughWorkersAreKilled(t *testing.T) {
	t.Parallel()
	data, failures := sealing()
	c := dial(t, client.Options{DataConverter: data, FailureConverter: failures})
	s := &people{made: map[string]int{}}
	server := httptest.NewServer(s)
	defer server.Close()
	queue := "test-killed-" + server.URL[len("http://127.0.0.1:"):]
	begin := func() *exec.Cmd { // a worker
		w := exec.Command(os.Args[0])
		w.Env = append(os.Environ(), queueVariable+"="+queue, serviceVariable+"="+server.URL)
		w.Stderr = os.Stderr
		if err := w.Start(); err != nil {
			t.Fatal(err)
		}
		return w
	}
	kill := func(w *exec.Cmd) {
		_ = w.Process.Kill()
		_ = w.Wait()
	}
	one, two := begin(), begin()
	ctx := context.Background()
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	job := temporal.Job{Flow: "f", Start: engine.Start{Run: queue, By: "ada"}, Origin: temporal.Origin{Run: queue, Flow: "f"}}
	run, err := c.ExecuteWorkflow(ctx, startOf(queue), temporal.RunWorkflow, job)
	if err != nil {
		t.Fatal(err)
	}
	s.await(created / 4)
	kill(one)
	three := begin()
	defer kill(three)
	s.await(created / 2)
	kill(two)
	var ended temporal.Ended
	if err := run.Get(ctx, &ended); err != nil {
		t.Fatal(err)
	}
	if ended.Err.Err != nil || ended.Outcome.Value != created || len(ended.Streams) != 1 {
		t.Errorf("got %v, %v", ended.Outcome, ended.Err.Err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := 1; i <= created; i++ {
		if n := s.made[fmt.Sprint(i)]; n != 1 {
			t.Errorf("%d was created %d times", i, n)
		}
	}
	t.Logf("%d were looked up", s.asked)
}

// work is the main function of a worker.
func work() error {
	queue := os.Getenv(queueVariable)
	data, failures := sealing()
	c, err := client.Dial(client.Options{HostPort: os.Getenv("TEMPORAL_ADDRESS"), Logger: silent{}, DataConverter: data, FailureConverter: failures})
	if err != nil {
		return err
	}
	cards := cardsOf(os.Getenv(serviceVariable))
	plan := generated.Plan(killedFlow, cards)
	if plan == nil {
		return errors.New("the flow is not accepted")
	}
	w := worker.New(c, queue, temporal.Options())
	temporal.Workflows{
		Cards: cards, Plan: func(temporal.Origin) (*engine.Plan, error) { return plan, nil },
	}.Small(4, 10, 2).Register(w)
	activities := &temporal.Activities{Open: func(context.Context, string, string) (local.Config, error) {
		return local.Config{Cards: cards, Connections: generated.Connections()}, nil
	}}
	activities.Register(w)
	return w.Run(nil)
}

// cardsOf returns the cards of the service people at a URL.
func cardsOf(url string) card.Set {
	type person struct {
		ID      string `json:"id"`
		Changed bool   `json:"changed"`
	}
	type input struct {
		ID string `json:"id"`
	}
	ask := func(ctx context.Context, method, id string) (status int, err error) {
		r, err := http.NewRequestWithContext(ctx, method, url+"/"+id, nil)
		if err != nil {
			return 0, err
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0, &card.Error{Kind: card.Unavailable, Message: err.Error()}
		}
		return answer.StatusCode, answer.Body.Close()
	}
	spec := card.Spec{Name: "bench.person.create", Effect: card.Creates, Undo: card.Undo{Extent: card.None}}
	return card.NewSet(card.NewWrite(spec, card.Write[input, person]{
		Do: func(ctx context.Context, _ card.Call, in input) (person, error) {
			_, err := ask(ctx, http.MethodPost, in.ID)
			return person{in.ID, true}, err
		},
		Did: func(ctx context.Context, _ card.Call, in input, _ card.State) (person, bool, error) {
			status, err := ask(ctx, http.MethodGet, in.ID)
			return person{in.ID, true}, status == http.StatusOK, err
		},
	}))
}

// people is a service that takes some time for each request.
type people struct {
	mu    sync.Mutex
	made  map[string]int
	asked int
}

func (p *people) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	switch id := r.URL.Path[1:]; {
	case r.Method == http.MethodPost:
		p.made[id]++
	default:
		if p.asked++; p.made[id] == 0 {
			w.WriteHeader(http.StatusNotFound)
		}
	}
	p.mu.Unlock()
	select {
	case <-time.After(100 * time.Millisecond):
	case <-r.Context().Done():
	}
}

// await returns when a number of people have been created, or after a minute.
func (p *people) await(n int) {
	over := time.Now().Add(time.Minute)
	for range time.Tick(10 * time.Millisecond) {
		p.mu.Lock()
		made := len(p.made)
		p.mu.Unlock()
		if made >= n || time.Now().After(over) {
			return
		}
	}
}
