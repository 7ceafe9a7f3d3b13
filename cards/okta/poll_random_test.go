package okta_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/chance"
)

// Whatever happens between the looks of polls, each user, each last update of a user and each event starts something once.
func TestRandomChangesStartOneRunEach(t *testing.T) {
	t.Parallel()
	for seed := range 12 {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			choices := chance.Seeded([]byte{byte(seed)})
			// The log is late for every second event. The index is late, too, but less than the overlap of two looks.
			p := pollOrg(t, company+[]string{"", "search_delay: 2m\nlog_delay: 7m\n"}[seed%2])
			created, updated := p.follow(card.Poll, "okta.user.created", nil), p.follow(card.Poll, "okta.user.updated", nil)
			events := p.follow(card.Event, "okta.event_hook", map[string]any{"types": []any{"user.lifecycle.create", "user.account.update_profile"}})
			all := []*follower{created, updated, events}
			failing := 0
			p.handler = func(org http.Handler, w http.ResponseWriter, r *http.Request) {
				if failing > 0 {
					failing--
					http.Error(w, "{}", http.StatusServiceUnavailable)
					return
				}
				org.ServeHTTP(w, r)
			}
			for _, f := range all {
				f.look()
			}
			p.clock.pass(time.Second)
			var ids []string
			changes, crashes := 0, 0
			for range 150 {
				switch f := chance.OneOf(&choices, all); choices.Pick(8) {
				case 0, 1: // people, some of them in the same millisecond
					for range 1 + choices.Pick(4) {
						ids = append(ids, p.hire())
						changes++
					}
				case 2, 3:
					if len(ids) > 0 {
						changes++
						p.move(chance.OneOf(&choices, ids), fmt.Sprint("d", changes))
					}
				case 4:
					p.clock.pass(time.Duration(choices.Pick(3000)) * time.Millisecond)
				case 5: // an outage, or a long time between two looks
					p.clock.pass(time.Duration(choices.Pick(90)) * time.Minute)
				case 6: // it reads, and is killed before it keeps that, or Okta is down
					if choices.Pick(2) == 0 {
						failing = 1
					}
					_, err := f.page(true)
					if failing = 0; err == nil {
						crashes++
					}
				default:
					f.look()
				}
			}
			for range 3 { // the last ones are late
				p.clock.pass(8 * time.Minute)
				for _, f := range all {
					f.look()
				}
			}
			created.once(ids)
			events.events(changes)
			last := map[string]int{}
			for _, key := range updated.started {
				last[key]++
			}
			for _, id := range append(ids, "00u1", "00u2") {
				user := p.run("okta.user.get", map[string]any{"user_id": id})
				if n := last[id+" "+user["lastUpdated"].(string)]; n != 1 && len(id) > 4 || n != 0 && len(id) == 4 {
					t.Errorf("the last update of %s started %d", id, n)
				}
			}
			for key, n := range last {
				if n > 1 {
					t.Errorf("%s started %d", key, n)
				}
			}
			if crashes < 3 || len(ids) < 10 {
				t.Errorf("%d users, %d crashes: this proves little", len(ids), crashes)
			}
		})
	}
}
