package scim

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
)

func TestATokenIsWarnedOfBeforeItsEnd(t *testing.T) {
	t.Parallel()
	day := func(n int) string { return time.Now().AddDate(0, 0, n).UTC().Format(time.DateOnly) }
	for _, row := range []struct {
		settings map[string]any
		want     string // in the warning; "" for none
	}{
		{nil, ""},
		{map[string]any{"token_issued": day(-100)}, ""},
		{map[string]any{"token_issued": day(-340)}, "the token expires on"},
		{map[string]any{"token_issued": day(-366)}, "the token expired on"},
		{map[string]any{"token_issued": day(-10), "token_days": 30}, "the token expires on"},
		{map[string]any{"token_issued": day(-366), "token_days": 730}, ""},
	} {
		f := connectTo(t, answering(200, `{"totalResults": 0}`), row.settings)
		access, err := f.conn.(card.Accessor).Access(t.Context())
		if err != nil || (row.want == "") != (len(access.Warnings) == 0) || !strings.Contains(strings.Join(access.Warnings, ""), row.want) {
			t.Errorf("%v: %v, %v", row.settings, access.Warnings, err)
		}
		id, err := f.conn.Test(t.Context())
		if err != nil || !strings.Contains(id.Note, row.want) || strings.Contains(id.Note, "token") != (row.want != "") {
			t.Errorf("%v: %+v, %v", row.settings, id, err)
		}
		out := f.do("scim.test", map[string]any{})
		if warned := out["warnings"].([]any); (row.want != "") != (len(warned) == 1) || (out["token"] == nil) != (row.settings == nil) {
			t.Errorf("%v: %v", row.settings, out)
		}
	}
}

func TestTheTimesOfAJSONWebTokenAreRead(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 20, 12, 0, 0, 0, time.UTC)
	token := "e30." + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"iat": %d, "exp": %d}`, now.AddDate(-1, 0, 10).Unix(), now.AddDate(0, 0, 10).Unix())) + ".c2ln"
	conn, err := Service().Open(card.Settings{
		Config: map[string]any{"base_url": "https://app.example.com/scim/v2/", "auth": map[string]any{"bearer": map[string]any{"env": "T"}}}, Clock: clock.NewJumping(now),
		Secret: func(card.Value) (card.Secret, error) { return card.NewSecret(token), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	state := conn.(*target).token.state(now)
	if *state != (tokenState{"2025-12-30T12:00:00Z", "2026-12-30T12:00:00Z", 10}) {
		t.Errorf("got %+v", state)
	}
	if left := (tokenAge{expires: now.Add(-time.Hour)}).days(now); left != -1 {
		t.Errorf("an hour after its end, %d days are left", left)
	}
}

func TestMistakesOfAConnectionAreFound(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"ok.yaml": {Data: []byte("users: []")}, "bad.yaml": {Data: []byte("people: []")}}
	for name, row := range map[string]struct {
		config map[string]any
		want   string
	}{
		"nothing":           {map[string]any{}, "needs `base_url`"},
		"both":              {map[string]any{"base_url": "https://app.example.com/scim", "simulate": map[string]any{"seed": "ok.yaml"}}, "`simulate` replaces"},
		"no seed":           {map[string]any{"simulate": map[string]any{"seed": "no.yaml"}}, "cannot be read"},
		"a wrong seed":      {map[string]any{"simulate": map[string]any{"seed": "bad.yaml"}}, `unknown key "people" in the seed`},
		"a wrong day":       {map[string]any{"base_url": "https://app.example.com/scim", "token_issued": "2026-02-31"}, "is not a day"},
		"far and simulated": {map[string]any{"base_url": "https://app.example.com/scim", "simulated": true}, "is not on this machine"},
		"two ways":          {map[string]any{"base_url": "https://app.example.com/scim", "auth": map[string]any{"bearer": "x", "basic": map[string]any{"username": "a", "password": "b"}}}, "exactly one way"},
	} {
		err := Service().Check(card.Settings{Config: row.config, Files: files})
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := Service().Check(card.Settings{Config: map[string]any{"simulate": map[string]any{"seed": "ok.yaml"}}, Files: files}); err != nil {
		t.Error(err)
	}
}

func TestAConnectionKnowsWhereItsPeopleSignIn(t *testing.T) {
	t.Parallel()
	const authority = "https://login.example.com/tenant"
	for _, settings := range []map[string]any{nil, {"authority": authority}} {
		f := connectTo(t, answering(200, `{"totalResults": 0}`), settings)
		want := settings["authority"]
		if out := f.do("scim.test", map[string]any{}); out["authority"] != want {
			t.Errorf("%v: %v", settings, out["authority"])
		}
		id, err := f.conn.Test(t.Context())
		if err != nil || strings.Contains(id.Note, "authority "+authority) != (want != nil) {
			t.Errorf("%v: %+v, %v", settings, id, err)
		}
	}
	seed := fstest.MapFS{"k2.yaml": {Data: []byte("users: []")}}
	for given, valid := range map[string]bool{
		authority: true, "https://login.example.com": true, "http://login.example.com/": false, "https://": false, "login.example.com": false,
		"https://ada:pw@login.example.com/": false, "https://login.example.com/?a=b": false, "https://login.example.com/#a": false, "https://login.example.com/%": false,
	} {
		err := Service().Check(card.Settings{Name: "k2", Files: seed, Config: map[string]any{"simulate": map[string]any{"seed": "k2.yaml"}, "authority": given}})
		if (err == nil) != valid {
			t.Errorf("%s: %v", given, err)
		}
	}
}
