package okta_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/engine/clock"
)

// Two workers suspend half of an org's users each, with the same token. Each has a Governor of its own, as two processes have: only the
// org counts the requests of both.
func TestTwoWorkersUseTheLimitOfOneOrg(t *testing.T) {
	t.Parallel()
	for limit, windows := range map[int]int{20: 25, 600: 3} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // without sockets, in virtual time
				users := limit * windows * 95 / 100
				org := suspendable(t, users, limit)
				refused := [2]atomic.Int64{}
				start := time.Now()
				var going sync.WaitGroup
				for worker := range refused {
					door, next := pace.New(clock.System{}, 1), atomic.Int64{}
					for range 16 {
						going.Go(func() {
							time.Sleep(time.Duration(worker) * 40 * time.Millisecond) // in lock-step, each would see the other a round too late
							for n := int(next.Add(1)); 2*n-worker <= users; n = int(next.Add(1)) {
								refused[worker].Add(suspend(t, door, org, 2*n-worker))
							}
						})
					}
				}
				going.Wait()
				took := time.Since(start)
				// A window starts with its first request, which comes a second after the end of the one before. The last one is not waited out.
				if most := time.Duration(windows-1)*62*time.Second + 10*time.Second; took > most {
					t.Errorf("%d users took %v, want %v with 0.95 of each window", users, took, most)
				}
				if n := refused[0].Load() + refused[1].Load(); n*200 >= int64(users) {
					t.Errorf("%d of %d requests were refused, want less than 0.5%%", n, users)
				}
				if n := strings.Count(ask(org, "GET", "/-/dump").Body.String(), "status: SUSPENDED"); n != users {
					t.Errorf("%d of %d users were suspended", n, users)
				}
			})
		})
	}
}

// suspendable returns an org with so many active users, 00u1 and so on, and a limit for suspending them.
func suspendable(t *testing.T, users, limit int) *oktasim.Org {
	t.Helper()
	text := fmt.Sprintf("latency: 150ms\nlimits: {'/api/v1/users/{id}/lifecycle': %d, token: 100%%}\nusers:\n", limit)
	for n := range users {
		text += fmt.Sprintf("  - {id: 00u%d, login: u%d@acme.example}\n", n+1, n+1)
	}
	seed, err := oktasim.Load([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	org, err := oktasim.New(seed, oktasim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return org
}

// suspend suspends a user, and again after a refusal, as the interpreter does. It returns the number of refusals.
func suspend(t *testing.T, door *pace.Governor, org http.Handler, user int) (refused int64) {
	for {
		pass, err := door.Enter(t.Context(), "suspend")
		if err != nil {
			t.Error(err)
			return refused
		}
		answer := ask(org, "POST", fmt.Sprintf("/api/v1/users/00u%d/lifecycle/suspend", user))
		answer.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat)) // which net/http adds
		pass.Done(answer.Header())
		switch answer.Code {
		case http.StatusOK:
			return refused
		case http.StatusTooManyRequests:
			refused++
			wait, _ := pace.UntilReset(answer.Header(), time.Now())
			time.Sleep(wait)
		default:
			t.Errorf("user %d: %d %s", user, answer.Code, answer.Body)
			return refused
		}
	}
}

func ask(org http.Handler, method, target string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	r.RemoteAddr = "127.0.0.1:1"
	r.Header.Set("Authorization", "SSWS demo-token")
	w := httptest.NewRecorder()
	org.ServeHTTP(w, r)
	return w
}
