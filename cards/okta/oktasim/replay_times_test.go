package oktasim

import (
	"testing"
	"time"
)

func TestTransitionsContinueInTheNextProcess(t *testing.T) {
	t.Parallel()
	const seed = small + "async_lifecycle: 2s\nlog_delay: 1m\nsearch_delay: 3s\n"
	clock := &fakeClock{at: start}
	dir := t.TempDir()
	first := remembering(t, dir, seed, Options{Clock: clock.now})
	first.do("POST", "/api/v1/users/00udot/lifecycle/activate?sendEmail=false").ok()
	first.do("POST", "/api/v1/users/00utw1/lifecycle/reset_password?sendEmail=true").ok()
	first.do("POST", "/api/v1/users/00utw1/lifecycle/reactivate").ok()
	clock.at = clock.at.Add(time.Second)
	first.prefer("respond-async", "POST", "/api/v1/users/00uada/lifecycle/deactivate").ok()
	first.do("POST", "/api/v1/users/00utw2/lifecycle/deactivate").ok()

	second := remembering(t, killed(t, dir), seed, Options{Clock: clock.now})
	for _, after := range []time.Duration{0, time.Second, 2 * time.Second, time.Minute, 2 * time.Minute} {
		clock.at = start.Add(time.Second + after)
		if got, want := everything(second), everything(first); got != want {
			t.Errorf("%v later the second org is\n%s\nwant\n%s", after, got, want)
		}
	}
	if got := second.way("00uada"); got != "DEPROVISIONED" {
		t.Errorf("at the end: %s", got)
	}
}

func TestReplayedOrgDetectsAWrongPassword(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := remembering(t, dir, small, Options{})
	const change = "/api/v1/users/00uada/credentials/change_password"
	temporary := first.do("POST", "/api/v1/users/00uada/lifecycle/expire_password_with_temp_password").object()["tempPassword"].(string)
	first.send("POST", change, newPassword(temporary, "Correct Hörse 1")).ok()
	first.send("POST", change, newPassword("Correct Hörse 1", "Battery-Staple-22")).ok()

	second := remembering(t, killed(t, dir), small, Options{})
	second.send("POST", change, newPassword("wrong", "Another password 1")).refused(403, "E0000014")
	second.send("POST", change, newPassword("Battery-Staple-22", "Another password 1")).ok()
}

func TestTheStateOfASeedWithOtherTimesIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	remembering(t, dir, small, Options{}).do("POST", "/api/v1/users/00udot/lifecycle/activate").ok()
	if _, err := open(t, killed(t, dir), patient, Options{}); err == nil {
		t.Error("the changes were made on an org that takes its time over them")
	}
}
