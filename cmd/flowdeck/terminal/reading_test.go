package terminal

import "testing"

func TestAReadingSaysWhatItWaitsFor(t *testing.T) {
	t.Parallel()
	for want, at := range map[string]ReadSoFar{
		"users: 1,800 read, waiting for the rate limit": {Name: "users", Records: 1800, Of: 1, Waiting: true},
		"members: 7 read, 2 of 3 lists":                 {Name: "members", Records: 7, Lists: 2, Of: 3},
	} {
		if got := at.numbers(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
