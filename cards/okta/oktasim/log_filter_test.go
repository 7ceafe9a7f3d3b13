package oktasim

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Sources: System Log API, "Expression filter" and "Query examples": client.ipAddress eq,
// transaction.detail.requestApiTokenId eq, actor.id ne, and, or and not with brackets; an example writes event_type.
// By RFC 7644, section 3.4.2.2, an attribute without a value differs from every value.
func TestTheLogIsFilteredByAddressTokenAndNegation(t *testing.T) {
	t.Parallel()
	c, _ := eventful(t)
	event := c.get("/api/v1/logs?limit=1").ok().([]any)[0].(map[string]any)
	address, _ := event["client"].(map[string]any)["ipAddress"].(string)
	token, _ := event["transaction"].(map[string]any)["detail"].(map[string]any)["requestApiTokenId"].(string)
	if address != "127.0.0.1" || len(token) != 20 {
		t.Fatalf("address %q, token %q", address, token)
	}
	for expression, want := range map[string][]string{
		`client.ipAddress eq "127.0.0.1"`:                                      five,
		`client.ipAddress eq "127.0.0.2"`:                                      {},
		`transaction.detail.requestApiTokenId eq "` + token + `"`:              five,
		`transaction.detail.rootApiTokenId pr`:                                 {},
		`not (eventType sw "group.")`:                                          five[:2],
		`not (client.userAgent.os eq "Linux") and not (target.id eq "00gcon")`: {five[0], five[1], five[4]},
		`NOT(not (event_type eq "group.lifecycle.delete"))`:                    five[4:],
		`not (eventType sw "group." or eventType sw "user.")`:                  {},
	} {
		if got := c.get("/api/v1/logs?filter=" + find(expression)).column("eventType"); !cmp.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", expression, got, want)
		}
	}
}
