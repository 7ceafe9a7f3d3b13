package orgcopy_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
	"github.com/flowdeck/flowdeck/cards/okta/orgcopy"
	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
)

// start serves the simulated org of a seed, and returns its URL.
func start(t *testing.T, seed []byte) string {
	t.Helper()
	loaded, err := oktasim.Load(seed)
	if err != nil {
		t.Fatal(err)
	}
	org, err := oktasim.New(loaded, oktasim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(org)
	t.Cleanup(func() { server.Close(); org.Close() })
	return server.URL
}

// session returns a session to an org by a token.
func session(t *testing.T, url, token string) *oktaapi.Session {
	t.Helper()
	credentials, err := oktaapi.APIToken(card.NewSecret(token))
	if err != nil {
		t.Fatal(err)
	}
	s, err := oktaapi.Open(oktaapi.Config{Domain: url, Credentials: credentials, Product: "test", Door: pace.New(clock.System{}, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func once(try func() error) error { return try() }

func quiet(orgcopy.Progress) {}

// open opens a copy in a new folder.
func open(t *testing.T, o orgcopy.Options) *orgcopy.Copy {
	t.Helper()
	c, err := orgcopy.Open(t.TempDir(), "copy", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// copied returns the seed of a copy of the org at a URL.
func copied(t *testing.T, url string, o orgcopy.Options) (string, orgcopy.Summary) {
	t.Helper()
	if o.Kinds == nil {
		o.Kinds = orgcopy.Kinds()
	}
	c := open(t, o)
	if err := c.Read(t.Context(), session(t, url, "demo-token"), once, quiet); err != nil {
		t.Fatal(err)
	}
	var seed bytes.Buffer
	sum, err := c.Write(&seed, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), nil)
	if err != nil {
		t.Fatal(err)
	}
	return seed.String(), sum
}

// dumpOf returns the state of the org at a URL.
func dumpOf(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url + "/-/dump")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// wholeOrg is a seed with all that is copied.
func wholeOrg(t *testing.T) []byte {
	t.Helper()
	seed, err := os.ReadFile("testdata/whole.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return seed
}

func TestACopyOfACopyIsEqual(t *testing.T) {
	t.Parallel()
	first, _ := copied(t, start(t, wholeOrg(t)), orgcopy.Options{Org: "acme"})
	second, _ := copied(t, start(t, []byte(first)), orgcopy.Options{Org: "acme"})
	if diff := cmp.Diff(strings.Split(first, "\n"), strings.Split(second, "\n")); diff != "" {
		t.Errorf("the copy of the copy differs:\n%s", diff)
	}
}

// named are the differences of an org and its copy that docs/org-copy.md names.
var named = []struct{ pattern, instead string }{
	{`(?m)^(  - )id: .*\n    `, "$1"}, {`"id":"[^"]*",`, ""},
	{`(?m)^.*"system":true.*\n`, ""},
	{`(?m)^.*"policy":"(Default Policy|Any two factors)".*\n`, ""},
	{`("key":"[^"]*"),("type":"HEADER",)?"value":"x*"`, "$1"},
}

func unnamed(dump string) []string {
	for _, n := range named {
		dump = regexp.MustCompile(n.pattern).ReplaceAllString(dump, n.instead)
	}
	return strings.Split(dump, "\n")
}

func TestTheOrgOfACopyHasTheDumpOfTheOrg(t *testing.T) {
	t.Parallel()
	org := start(t, wholeOrg(t))
	seed, _ := copied(t, org, orgcopy.Options{Org: "acme"})
	if diff := cmp.Diff(unnamed(dumpOf(t, org)), unnamed(dumpOf(t, start(t, []byte(seed))))); diff != "" {
		t.Errorf("the dump differs:\n%s", diff)
	}
}
