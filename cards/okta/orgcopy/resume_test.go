package orgcopy_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/cards/okta/orgcopy"
	"github.com/flowdeck/flowdeck/engine/card"
)

// stopping is an org that answers some requests, and then no more.
type stopping struct {
	orgcopy.Org
	mu    sync.Mutex
	left  int
	paths []string // of the requests that it answered
}

var errStopped = errors.New("stopped")

func (s *stopping) Raw(ctx context.Context, r oktaapi.Request) (oktaapi.Answer, error) {
	s.mu.Lock()
	s.left--
	stop := s.left < 0
	s.mu.Unlock()
	if stop {
		return oktaapi.Answer{}, errStopped
	}
	answer, err := s.Org.Raw(ctx, r)
	if err == nil {
		s.mu.Lock()
		s.paths = append(s.paths, r.Path+"?"+r.Query.Encode())
		s.mu.Unlock()
	}
	return answer, err
}

func TestAbandonedCopiesAreRemoved(t *testing.T) {
	t.Parallel()
	parent, now := t.TempDir(), time.Now()
	for _, name := range []string{"old", "young", "busy"} {
		c, err := orgcopy.Open(parent, name, orgcopy.Options{Kinds: orgcopy.Kinds(), Anonymize: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if name != "busy" {
			c.Close()
		}
		files, err := os.ReadDir(filepath.Join(parent, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			at := now.Add(-orgcopy.MaxAge - time.Minute)
			if name == "young" && file.Name() == "users.lines" {
				at = now.Add(-orgcopy.MaxAge + time.Minute)
			}
			if err := os.Chtimes(filepath.Join(parent, name, file.Name()), at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := orgcopy.Sweep(parent, now); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(parent, "*"))
	if err != nil || len(left) != 2 || filepath.Base(left[0]) != "busy" {
		t.Errorf("%v are left (%v)", left, err)
	}
	if err := orgcopy.Sweep(filepath.Join(parent, "none"), now); err != nil {
		t.Error(err)
	}
}

func TestACopyThatStoppedAnywhereGoesOnToTheSameSeed(t *testing.T) {
	t.Parallel()
	org := session(t, start(t, wholeOrg(t)), "demo-token")
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	options := orgcopy.Options{Org: "acme", Kinds: orgcopy.Kinds(), Anonymize: true, Keep: []string{}}
	dir := t.TempDir()
	var read []string
	for n := 0; ; n++ {
		c, err := orgcopy.Open(dir, "copy", options)
		if err != nil {
			t.Fatal(err)
		}
		if c.Resumed != (n > 0) {
			t.Errorf("after %d stops, resumed is %t", n, c.Resumed)
		}
		limited := &stopping{Org: org, left: 5}
		err = c.Read(t.Context(), limited, once, quiet)
		read = append(read, limited.paths...)
		if err == nil {
			var seed bytes.Buffer
			if _, err := c.Write(&seed, at, nil); err != nil {
				t.Fatal(err)
			}
			if err := c.Remove(); err != nil {
				t.Fatal(err)
			}
			start(t, seed.Bytes())
			break
		} else if !errors.Is(err, errStopped) || n > 50 {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		torn(t, filepath.Join(dir, "copy"))
	}
	lists := map[string]int{}
	for _, path := range read {
		lists[path]++
	}
	for path, times := range lists { // each has one page
		if times > 1 {
			t.Errorf("%s was read %d times", path, times)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left (%v)", left, err)
	}
}

// torn adds what a process that was killed leaves: a part of a list.
func torn(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{"users", "members", "hooks"} {
		path := filepath.Join(dir, name+".lines")
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
		file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteString("r{\"id\":\"00unobody\",\"login\":\"nobody\"}\nr{\"id\":\"00"); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestACopyWithOtherOptionsStartsAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	org := session(t, start(t, wholeOrg(t)), "demo-token")
	first, err := orgcopy.Open(dir, "copy", orgcopy.Options{Kinds: orgcopy.Kinds()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := orgcopy.Open(dir, "copy", orgcopy.Options{Kinds: orgcopy.Kinds()}); !errors.Is(err, orgcopy.ErrBusy) {
		t.Errorf("a second process gets %v", err)
	}
	if err := first.Read(t.Context(), &stopping{Org: org, left: 5}, once, quiet); !errors.Is(err, errStopped) {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := orgcopy.Open(dir, "copy", orgcopy.Options{Kinds: orgcopy.Kinds(), Anonymize: true})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if second.Resumed {
		t.Error("names that were not replaced are used")
	}
}

func TestWhatTheConnectionMayNotReadIsNamed(t *testing.T) {
	t.Parallel()
	seed := append(wholeOrg(t), "\ntokens: {demo-token: {scopes: [okta.users.read, okta.groups.read, okta.apps.read]}}\n"...)
	text, sum := copied(t, start(t, seed), orgcopy.Options{Org: "acme"})
	var missing []string
	for _, m := range sum.Missing {
		missing = append(missing, m.String())
		if !strings.Contains(text, "# Not read: "+m.String()+".\n") {
			t.Errorf("the seed does not say that it lacks %s", m)
		}
	}
	want := "types: the connection lacks the scope okta.userTypes.read; schemas: the connection lacks the scope okta.schemas.read; " +
		"policies: the connection lacks the scope okta.policies.read; hooks: the connection lacks the scope okta.eventHooks.read"
	if got := strings.Join(missing, "; "); got != want {
		t.Errorf("missing is\n%s\nwant\n%s", got, want)
	}
	start(t, []byte(text))
}

func TestAReadThatFailsIsTriedAgain(t *testing.T) {
	t.Parallel()
	faults := "\nfaults:\n  - {match: GET /api/v1/users, nth: 1, status: 503}\n  - {match: GET /api/v1/groups/*/users, every: 2, status: 500}\n"
	org := session(t, start(t, append(wholeOrg(t), faults...)), "demo-token")
	again := func(try func() error) error {
		for {
			err := try()
			if failure := (*card.Error)(nil); !errors.As(err, &failure) || failure.Kind != card.Unavailable {
				return err
			}
		}
	}
	c := open(t, orgcopy.Options{Kinds: orgcopy.Kinds()})
	if err := c.Read(t.Context(), org, again, quiet); err != nil {
		t.Fatal(err)
	}
	var seed bytes.Buffer
	sum, err := c.Write(&seed, time.Now(), nil)
	if err != nil || sum.Copied["members"] != 12 {
		t.Errorf("copied %v (%v)", sum.Copied, err)
	}
}

func TestASampleHasItsUsersAndAllGroups(t *testing.T) {
	t.Parallel()
	org := start(t, wholeOrg(t))
	whole, all := copied(t, org, orgcopy.Options{})
	for _, n := range []int{1, 7, 26, 1000} {
		seed, sum := copied(t, org, orgcopy.Options{Sample: n})
		start(t, []byte(seed))
		if want := min(n, all.Copied["users"]); sum.Copied["users"] != want || sum.Copied["groups"] != all.Copied["groups"] || sum.Dropped > 0 {
			t.Errorf("a sample of %d has %v", n, sum)
		}
		if again, _ := copied(t, org, orgcopy.Options{Sample: n}); again != seed {
			t.Errorf("a sample of %d is another one each time", n)
		}
	}
	if seed, _ := copied(t, org, orgcopy.Options{Sample: 1 << 30}); strings.Count(seed, "login:") != strings.Count(whole, "login:") {
		t.Error("a sample of more users than there are is not all")
	}
}

func TestKindsBringWhatTheyNeed(t *testing.T) {
	t.Parallel()
	kinds, err := orgcopy.Select([]string{"rules", "policies"})
	if err != nil {
		t.Fatal(err)
	}
	seed, sum := copied(t, start(t, wholeOrg(t)), orgcopy.Options{Kinds: kinds})
	if sum.Copied["users"] > 0 || sum.Copied["group_rules"] != 2 || sum.InactivePolicies > 0 || sum.Copied["groups"] != 6 {
		t.Errorf("%v copies %v", kinds, sum.Copied)
	}
	start(t, []byte(seed))
	if kinds, err = orgcopy.Select([]string{"assignments"}); err != nil || len(kinds) != 4 {
		t.Errorf("assignments bring %v (%v)", kinds, err)
	}
	seed, sum = copied(t, start(t, wholeOrg(t)), orgcopy.Options{Kinds: []orgcopy.Kind{orgcopy.Policies, orgcopy.Assignments}})
	if sum.InactivePolicies != 1 || !strings.Contains(seed, "# Made inactive, since") || len(sum.Missing) != 1 {
		t.Errorf("without groups and applications, %v is copied", sum)
	}
	start(t, []byte(seed))
	if _, err := orgcopy.Select([]string{"role"}); err == nil {
		t.Error("an unknown kind is accepted")
	}
}

func TestOnlyRecentPartsOfTheSameOrgAreUsed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	org := session(t, start(t, wholeOrg(t)), "demo-token")
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	options := func(identity string, after time.Duration) orgcopy.Options {
		return orgcopy.Options{Kinds: orgcopy.Kinds(), Identity: identity, Clock: func() time.Time { return at.Add(after) }}
	}
	interrupted := func() {
		t.Helper()
		o := options("acme", 0)
		o.Fresh = true
		c, err := orgcopy.Open(dir, "copy", o)
		if err != nil || c.Resumed {
			t.Fatal(err, c.Resumed)
		}
		if err := c.Read(t.Context(), &stopping{Org: org, left: 5}, once, quiet); !errors.Is(err, errStopped) {
			t.Fatal(err)
		}
		c.Close()
	}
	for name, c := range map[string]struct {
		options orgcopy.Options
		resumed bool
		expired bool
	}{
		"soon":  {options("acme", time.Hour), true, false},
		"late":  {options("acme", 5*time.Hour), false, true},
		"other": {options("other", time.Hour), false, false},
	} {
		interrupted()
		again, err := orgcopy.Open(dir, "copy", c.options)
		if err != nil {
			t.Fatal(err)
		}
		if again.Resumed != c.resumed || (again.Expired > 0) != c.expired {
			t.Errorf("%s: resumed is %t, and %d lists are read again", name, again.Resumed, again.Expired)
		}
		if err := again.Read(t.Context(), org, once, quiet); err != nil {
			t.Fatal(err)
		}
		var seed bytes.Buffer
		sum, err := again.Write(&seed, at.Add(5*time.Hour), nil)
		if err != nil || sum.Copied["users"] != 27 {
			t.Errorf("%s: copied %v (%v)", name, sum.Copied, err)
		}
		says := strings.Contains(seed.String(), "# It was interrupted: its parts were read from 2026-03-01T08:00:00Z to 2026-03-01T09:00:00Z.")
		if says != c.resumed || c.resumed && !sum.From.Equal(at) {
			t.Errorf("%s: it was read from %v to %v", name, sum.From, sum.To)
		}
		again.Close()
	}
}
