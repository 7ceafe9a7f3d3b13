package oktasim

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// System Log API, "Expression filter": "SCIM filter expressions can't use the published attribute"; "Errors":
// E0000053 for a filter that is invalid.
func TestAnInvalidFilterOfTheLogHasItsOwnError(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for expression, summary := range map[string]string{
		`published gt "2026-03-01T12:04:00Z"`: "field is not valid: published",
		`name eq "x"`:                         "field is not valid: name",
		`display_message eqq "x"`:             "Invalid filter 'display_message eqq \"x\"': Unrecognized attribute operator 'eqq' at position 16. Expected: eq,co,sw,pr,gt,ge,lt,le,ne,ew",
		`eventType eq "x`:                     "Invalid filter 'eventType eq \"x': at character 14: unterminated string",
		`not eventType eq "x"`:                "Invalid filter 'not eventType eq \"x\"': at character 5: expected ( after not, found \"eventType\"",
	} {
		if e := c.get("/api/v1/logs?filter="+find(expression)).refused(400, "E0000053"); e.ErrorSummary != summary {
			t.Errorf("%s: %s", expression, e.ErrorSummary)
		}
	}
	c.get("/api/v1/logs?filter=").refused(400, "E0000053")
	for _, field := range []string{"url", "requestUri"} {
		field = "debugContext.debugData." + field
		e := c.get("/api/v1/logs?filter="+find(field+` co "users"`)).refused(400, "E0000031")
		if e.ErrorSummary != "The supplied combination of operator and field is not currently supported. Operator: co, Field: "+field {
			t.Errorf("%s: %s", field, e.ErrorSummary)
		}
	}
}

// System Log API, "Keyword filter": words with hyphens "are split and added to the list of matching
// candidates"; "Request parameters": 40 characters per keyword, 10 keywords.
func TestAKeywordMayBeAPartBetweenHyphensAndHasFortyCharacters(t *testing.T) {
	t.Parallel()
	c, _ := eventful(t)
	uuid := c.get("/api/v1/logs?limit=1").column("uuid")[0]
	first, _, _ := strings.Cut(uuid, "-")
	for _, q := range []string{uuid, first, strings.ToUpper(first)} {
		if got := c.get("/api/v1/logs?q=" + q).column("uuid"); !cmp.Equal(got, []string{uuid}) {
			t.Errorf("%s: got %v", q, got)
		}
	}
	if got := c.get("/api/v1/logs?q=" + first[:4]).column("uuid"); len(got) != 0 {
		t.Errorf("a part of a part finds %v", got)
	}
	c.get("/api/v1/logs?q=" + strings.Repeat("é", 40)).ok()
	e := c.get("/api/v1/logs?q=x+"+strings.Repeat("x", 41)).refused(400, "E0000001")
	if !strings.HasPrefix(e.ErrorSummary, "Api validation failed: 'q': Freeform search cannot contain items longer than 40 characters.") {
		t.Errorf("summary %q", e.ErrorSummary)
	}
	c.get("/api/v1/logs?q=" + find("a b c d e f g h i j")).ok()
	c.get("/api/v1/logs?q="+find("a b c d e f g h i j k")).refused(400, "E0000001")
}

// System Log API, "Errors": "The since parameter is over 180 days prior to the current day"; "Data retention":
// "Queries that exceed the retention period succeed".
func TestASinceLongBeforeTheRetentionIsRefused(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{Clock: (&fakeClock{at: start}).now})
	c.get("/api/v1/logs?since=2025-09-03T12:00:00Z").ok()
	c.get("/api/v1/logs?since=2025-09-02T11:59:59Z").refused(400, "E0000053")
}

// System Log API, "Errors".
func TestAnInvalidDateOfTheLogIsRefusedWithOktasText(t *testing.T) {
	t.Parallel()
	e := serveSeed(t, small, Options{}).get("/api/v1/logs?until=yesterday").refused(400, "E0000001")
	want := []struct{ ErrorSummary string }{
		{"until: The date format in your query is not recognized. Please enter dates using ISO8601 string format."},
		{"until: must be a valid date-time or empty."},
	}
	if diff := cmp.Diff(want, e.ErrorCauses); diff != "" {
		t.Errorf("causes (-want +got):\n%s", diff)
	}
}
