package okta_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
	"github.com/flowdeck/flowdeck/cards/okta/oktaspec"
	"github.com/flowdeck/flowdeck/engine/card"
)

// orgTime is a clock of an org that only a test moves, so that what happens between two moves has the same time.
type orgTime struct {
	mu sync.Mutex
	at time.Time
}

func (c *orgTime) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }
func (c *orgTime) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// polled is an org whose triggers are read.
type polled struct {
	*simulated
	clock   *orgTime
	handler func(http.Handler, http.ResponseWriter, *http.Request) // of requests of readers; nil: the org
	people  int
}

// pollOrg returns an org, whose clock differs from that of this machine by some months.
func pollOrg(t *testing.T, seed string) *polled {
	t.Helper()
	parsed, err := oktasim.Load([]byte(seed))
	if err != nil {
		t.Fatal(err)
	}
	p := &polled{clock: &orgTime{at: time.Date(2031, 7, 1, 9, 0, 0, 0, time.UTC)}}
	org, err := oktasim.New(parsed, oktasim.Options{Clock: p.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = org.Close() })
	held := oktaspec.Exchanges(t, org)
	p.simulated = connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.handler != nil && r.Method == http.MethodGet {
			p.handler(held, w, r)
			return
		}
		held.ServeHTTP(w, r)
	}))
	return p
}

func (p *polled) hire() (id string) {
	p.t.Helper()
	p.people++
	login := fmt.Sprintf("person%d@acme.example", p.people)
	made := p.run("okta.user.create", map[string]any{"login": login, "email": login, "first_name": "P", "last_name": "Q", "activate": false})
	return made["id"].(string)
}

func (p *polled) move(id, department string) {
	p.t.Helper()
	p.run("okta.user.update", map[string]any{"user_id": id, "department": department})
}

// follower reads a trigger as a server does: it keeps the position and the keys together.
type follower struct {
	*polled
	reader  *card.Reader
	in      map[string]any
	at      []byte
	known   map[string]time.Time
	started []string // the keys of records that start something, in order
	pages   int
	lost    *card.Span
}

func (p *polled) follow(kind card.TriggerKind, name string, in map[string]any) *follower {
	p.t.Helper()
	trigger, ok := card.NewTriggers(okta.Triggers()...)[card.TriggerName{Kind: kind, Name: name}]
	if !ok {
		p.t.Fatalf("there is no %s %s", kind, name)
	}
	return &follower{polled: p, reader: trigger.Reader, in: in, known: map[string]time.Time{}}
}

// page reads a page. crash: nothing of it is kept.
func (f *follower) page(crash bool) (more bool, err error) {
	news, err := f.reader.Read(f.t.Context(), f.call(), f.in, f.at)
	if err != nil || crash {
		return false, err
	}
	for _, r := range news.Records {
		if _, known := f.known[r.Key]; !known && !r.Old {
			f.started = append(f.started, r.Key)
		}
		f.known[r.Key] = news.At
	}
	for key, at := range f.known {
		if at.Before(news.Forget) {
			delete(f.known, key)
		}
	}
	if f.at, f.pages = news.Position, f.pages+1; news.Lost != nil {
		f.lost = news.Lost
	}
	return news.More, nil
}

func (f *follower) look() {
	f.t.Helper()
	for more := true; more; {
		var err error
		if more, err = f.page(false); err != nil {
			f.t.Fatal(err)
		}
	}
}

// once fails unless each of these keys, in any order, and no other one started something.
func (f *follower) once(want []string) {
	f.t.Helper()
	got := slices.Sorted(slices.Values(f.started))
	if slices.Sort(want); !slices.Equal(got, want) {
		missing := slices.DeleteFunc(slices.Clone(want), func(key string) bool { return slices.Contains(got, key) })
		f.t.Errorf("%d started, want %d; missing: %s", len(got), len(want), strings.Join(missing, ", "))
	}
}

func TestAPollOfNewUsersStartsWithThoseFromThenOn(t *testing.T) {
	t.Parallel()
	p := pollOrg(t, company)
	p.hire()
	f := p.follow(card.Poll, "okta.user.created", nil)
	f.look()
	f.once(nil)
	var want []string
	for range 3 {
		want = append(want, p.hire()) // in the same millisecond
		p.clock.pass(time.Millisecond)
		f.look()
	}
	f.once(want)
}

func TestAPollFindsTheFirstUserOfAnEmptyOrg(t *testing.T) {
	t.Parallel()
	p := pollOrg(t, "tokens: {demo-token: {}}\n")
	f, events := p.follow(card.Poll, "okta.user.created", nil), p.follow(card.Poll, "okta.log.event", nil)
	f.look()
	events.look()
	p.clock.pass(time.Second)
	first := p.hire()
	f.look()
	events.look()
	f.once([]string{first})
	if len(events.started) != 1 {
		t.Errorf("got events %v, want that of the user", events.started)
	}
}

func TestManyUsersWithTheSameTimeStartOneRunEach(t *testing.T) {
	t.Parallel()
	p := pollOrg(t, company)
	f := p.follow(card.Poll, "okta.user.created", nil)
	f.look()
	p.clock.pass(time.Second)
	var want []string
	for range 450 { // more than two pages of one millisecond
		want = append(want, p.hire())
	}
	p.clock.pass(time.Millisecond)
	want = append(want, p.hire())
	f.look()
	f.once(want)
	p.clock.pass(20 * time.Minute)
	f.look()
	before := f.pages
	f.look()
	if f.once(want); f.pages != before+1 {
		t.Errorf("%d pages without a new user, want 1", f.pages-before)
	}
}

func TestUsersWhoAreUpdatedWhileOthersAreReadHideNobody(t *testing.T) {
	t.Parallel()
	p := pollOrg(t, company)
	f := p.follow(card.Poll, "okta.user.updated", nil)
	f.look()
	var ids []string
	for range 450 {
		p.clock.pass(time.Second)
		ids = append(ids, p.hire())
	}
	if more, err := f.page(false); err != nil || !more {
		t.Fatal(more, err)
	}
	for _, i := range []int{0, 197, 198} { // the first, the last of the page, which also has ada and bob, and the one after it
		p.clock.pass(time.Second)
		p.move(ids[i], "IT")
	}
	f.look()
	seen := map[string]int{}
	for _, key := range f.started {
		id, _, _ := strings.Cut(key, " ")
		seen[id]++
	}
	for i, id := range ids {
		want := 1
		if i == 0 || i == 197 {
			want = 2
		}
		if seen[id] != want {
			t.Errorf("user %d: started %d, want %d", i, seen[id], want)
		}
	}
}

// The index of the search shows users some time after they were written.
func TestUsersWhomTheIndexShowsLateAreFound(t *testing.T) {
	t.Parallel()
	p := pollOrg(t, company+"search_delay: 4m\n")
	f := p.follow(card.Poll, "okta.user.created", nil)
	f.look()
	var want []string
	for range 30 {
		p.clock.pass(time.Minute)
		want = append(want, p.hire())
		f.look()
	}
	p.clock.pass(4 * time.Minute)
	f.look()
	f.once(want)
}

func TestTheQueryOfAPollIsEvaluatedByOkta(t *testing.T) {
	t.Parallel()
	p := pollOrg(t, company)
	f := p.follow(card.Poll, "okta.user.updated", map[string]any{"query": `profile.department eq "IT" or profile.department eq "R&D"`})
	f.look()
	p.clock.pass(time.Second)
	one, other, third := p.hire(), p.hire(), p.hire()
	p.clock.pass(time.Second)
	p.move(one, "IT")
	p.move(other, "Sales")
	p.move(third, "R&D")
	f.look()
	if len(f.started) != 2 || strings.Contains(strings.Join(f.started, " "), other) {
		t.Errorf("got %v, want two of %s, %s", f.started, one, third)
	}
}

// events fails unless so many different events started something, each once.
func (f *follower) events(want int) {
	f.t.Helper()
	got := slices.Sorted(slices.Values(f.started))
	if len(slices.Compact(got)) != want || len(f.started) != want {
		f.t.Errorf("%d started, %d different ones; want %d", len(f.started), len(got), want)
	}
}

func TestEventsThatAreStoredLateStartOneRunEach(t *testing.T) {
	t.Parallel()
	p := pollOrg(t, company+"log_delay: 20m\n") // every second event
	f := p.follow(card.Poll, "okta.log.event", map[string]any{"types": []any{"user.lifecycle.create"}})
	f.look()
	for range 40 {
		p.clock.pass(time.Minute)
		p.hire()
		f.look()
	}
	p.clock.pass(20 * time.Minute)
	f.look()
	f.events(40)
}

// Okta does not say how long a cursor lives.
func TestAnEventStartsOneRunIfACursorIsRefused(t *testing.T) {
	t.Parallel()
	p := pollOrg(t, company)
	f := p.follow(card.Event, "okta.user.created", map[string]any{"types": []any{"user.lifecycle.create"}})
	f.look()
	refused := 0
	p.handler = func(org http.Handler, w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("after") != "" && p.people%7 == 0 {
			refused++
			fault := httptest.NewRequest(http.MethodGet, "/api/v1/logs?after=expired", nil)
			fault.Header = r.Header
			org.ServeHTTP(w, fault)
			return
		}
		org.ServeHTTP(w, r)
	}
	for range 50 {
		p.clock.pass(10 * time.Second)
		p.hire()
		p.run("okta.user.suspend", map[string]any{"user_id": "00u1"}) // of another type
		p.run("okta.user.unsuspend", map[string]any{"user_id": "00u1"})
		f.look()
	}
	f.events(50)
	if refused < 5 {
		t.Errorf("%d cursors were refused: this proves nothing", refused)
	}
}

func TestWhatOktaHasRemovedFromItsLogIsReportedOnce(t *testing.T) {
	t.Parallel()
	p := pollOrg(t, company)
	p.hire()
	f := p.follow(card.Event, "okta.user.created", map[string]any{"types": []any{"user.lifecycle.create"}})
	f.look()
	p.clock.pass(89 * 24 * time.Hour)
	p.hire()
	if f.look(); f.lost != nil {
		t.Errorf("lost %v after 89 days", f.lost)
	}
	last := p.clock.now()
	p.clock.pass(100 * 24 * time.Hour) // Okta refuses the position after 180 days
	p.clock.pass(100 * 24 * time.Hour)
	p.hire()
	f.look()
	if f.lost == nil || f.lost.From.After(p.clock.now()) || f.lost.To.Sub(f.lost.From).Round(time.Hour) != 110*24*time.Hour {
		t.Errorf("lost %v, want 110 days after %v", f.lost, last)
	}
	f.lost = nil
	if f.look(); f.lost != nil {
		t.Errorf("lost %v again", f.lost)
	}
	f.events(2)
}

func TestManyTypesOfEventsAreChosenHere(t *testing.T) {
	t.Parallel()
	p := pollOrg(t, company)
	types := []any{"user.lifecycle.create"}
	for i := range 299 {
		types = append(types, fmt.Sprintf("quite.a.long.type.of.an.event.%d", i))
	}
	f := p.follow(card.Event, "okta.event_hook", map[string]any{"types": types})
	f.look()
	p.clock.pass(time.Second)
	p.hire()
	p.run("okta.user.suspend", map[string]any{"user_id": "00u1"})
	f.look()
	f.events(1)
	for _, request := range p.forget() {
		if len(request) > 5000 {
			t.Errorf("a URL of %d bytes", len(request))
		}
	}
}
