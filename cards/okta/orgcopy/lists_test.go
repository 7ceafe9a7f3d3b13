package orgcopy_test

import (
	"bytes"
	"context"
	"net/http"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/cards/okta/orgcopy"
	"github.com/flowdeck/flowdeck/engine/card"
)

// odd is an org that answers some paths in another way.
type odd struct {
	orgcopy.Org
	answer func(oktaapi.Request) (body string, next string, failure *card.Error)
}

func (o odd) Raw(ctx context.Context, r oktaapi.Request) (oktaapi.Answer, error) {
	body, next, failure := o.answer(r)
	if failure != nil {
		return oktaapi.Answer{}, failure
	} else if body != "" {
		return oktaapi.Answer{Status: http.StatusOK, Body: []byte(body), Next: card.Cursor(next)}, nil
	}
	return o.Org.Raw(ctx, r)
}

// matching returns what answers the paths that match a pattern.
func matching(pattern, body string, failure *card.Error) func(oktaapi.Request) (string, string, *card.Error) {
	return func(r oktaapi.Request) (string, string, *card.Error) {
		if ok, _ := path.Match(pattern, r.Path); ok {
			return body, "", failure
		}
		return "", "", nil
	}
}

func TestListsThatOktaDoesNotGiveAreNamed(t *testing.T) {
	t.Parallel()
	notFound := &card.Error{Kind: card.NotFound, Code: "E0000007", Status: http.StatusNotFound, Message: "Not found"}
	feature := &card.Error{Kind: card.Forbidden, Code: "E0000015", Status: http.StatusBadRequest, Message: "Feature not enabled"}
	org := session(t, start(t, wholeOrg(t)), "demo-token")
	for name, c := range map[string]struct {
		answer  func(oktaapi.Request) (string, string, *card.Error)
		missing string // what is missing, or the error
	}{
		"members": {matching("/groups/*/users", "", notFound), "members: Okta refuses"},
		"users":   {matching("/users", "", notFound), "users: Okta refuses 2 of 2 lists: Not found"},
		"rules":   {matching("/policies/*/rules", "", notFound), "rules of policies: Okta refuses"},
		"app":     {matching("/apps/*/users", "", notFound), "assignments: Okta refuses 4 of 8 lists: Not found"},
		"hooks":   {matching("/eventHooks", "", feature), "hooks: Okta refuses 1 of 1 lists: Feature not enabled"},
		"null":    {matching("/groups", "null", nil), "GET /groups: the answer cannot be read: it is null"},
		"the same": {func(r oktaapi.Request) (string, string, *card.Error) {
			if r.Path != "/eventHooks" {
				return "", "", nil
			}
			return `[{"id":"who1"}]`, r.Query.Get("after") + "x", nil
		}, "GET /eventHooks: the next page is one that was read already"},
		"no end": {func(r oktaapi.Request) (string, string, *card.Error) {
			if r.Path != "/eventHooks" {
				return "", "", nil
			}
			return `[]`, r.Query.Get("after") + "x", nil
		}, "GET /eventHooks: the next page is one that was read already"},
	} {
		copied := open(t, orgcopy.Options{Kinds: orgcopy.Kinds()})
		err := copied.Read(t.Context(), odd{org, c.answer}, once, quiet)
		got := ""
		if err != nil {
			got = err.Error()
		}
		for _, m := range copied.Missing {
			got += m.String()
			if m.Lists == 0 {
				t.Errorf("%s: %v counts no list", name, m)
			}
		}
		if !strings.HasPrefix(got, c.missing) {
			t.Errorf("%s: missing is %q, want %q", name, got, c.missing)
		}
	}
}

func TestWhatWasDeletedInBetweenIsLeftOut(t *testing.T) {
	t.Parallel()
	notFound := &card.Error{Kind: card.NotFound, Status: http.StatusNotFound, Message: "Not found"}
	org := odd{session(t, start(t, wholeOrg(t)), "demo-token"), func(r oktaapi.Request) (string, string, *card.Error) {
		if strings.HasPrefix(r.Path, "/apps/0oawiki") {
			return "", "", notFound
		}
		return "", "", nil
	}}
	c := open(t, orgcopy.Options{Kinds: orgcopy.Kinds()})
	if err := c.Read(t.Context(), org, once, quiet); err != nil {
		t.Fatal(err)
	}
	var seed bytes.Buffer
	sum, err := c.Write(&seed, time.Time{}, nil)
	if err != nil || len(sum.Missing) > 0 || sum.Copied["apps"] != 3 || strings.Contains(seed.String(), "0oawiki") {
		t.Errorf("copied %v (%v)", sum, err)
	}
	start(t, seed.Bytes())
}
