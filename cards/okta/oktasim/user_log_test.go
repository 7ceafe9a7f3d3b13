package oktasim

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryChangeOfAUserIsLogged(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	c.send("POST", "/api/v1/users?activate=false", person("eve@acme.example", withPassword+`,"groupIds":["00gcon"]`)).ok()
	for _, call := range []string{"activate", "suspend", "suspend", "unsuspend", "deactivate", "deactivate"} {
		c.do("POST", "/api/v1/users/eve/lifecycle/"+call) // some are refused, and not logged
	}
	c.send("POST", "/api/v1/users/00uada", `{"profile":{"title":"x"},"credentials":{"password":{"value":"Correct Horse 1"}}}`).ok()
	for range 2 {
		c.do("DELETE", "/api/v1/users/00uada")
	}
	want := []string{
		"user.lifecycle.create", "group.user_membership.add", "user.lifecycle.activate", "user.lifecycle.suspend", "user.lifecycle.unsuspend",
		"user.lifecycle.deactivate", "user.account.update_profile", "user.account.update_password",
		"user.lifecycle.deactivate", "user.lifecycle.delete.initiated", "user.lifecycle.delete.completed",
	}
	if diff := cmp.Diff(want, c.get("/api/v1/logs").column("eventType")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
