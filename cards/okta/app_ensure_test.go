package okta_test

import (
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/engine/card"
)

func TestEnsureCreatesAnApplicationOnceAndThenChangesWhatDiffers(t *testing.T) {
	t.Parallel()
	s := simulate(t, appOrg)
	in := func(uri string) map[string]any {
		return map[string]any{"label": "Wik", "sign_on_mode": "OPENID_CONNECT", "name": "oidc_client", "client_secret": secretWord, "settings": map[string]any{"oauthClient": map[string]any{
			"application_type": "web", "redirect_uris": []any{uri},
		}}}
	}
	for _, test := range []struct {
		in               map[string]any
		created, changed bool
	}{
		{in("https://a.example"), true, true}, // the label of another application begins alike
		{in("https://a.example"), false, false},
		{map[string]any{"label": "Wik", "sign_on_mode": "OPENID_CONNECT"}, false, false}, // what is not given stays
		{in("https://b.example"), false, true},
	} {
		s.forget()
		out := s.run("okta.app.ensure", test.in)
		secret, wrote := strings.Contains(strings.Join(s.sent, "\n"), secretWord), 0
		for _, request := range s.forget() {
			if strings.HasPrefix(request, "POST ") || strings.HasPrefix(request, "PUT ") {
				wrote++
			}
		}
		if out["created"] != test.created || out["changed"] != test.changed || (wrote == 1) != test.changed || secret != test.created {
			t.Errorf("%v: got %v, and it wrote %d times, with the secret: %t", test.in, out, wrote, secret)
		}
		if out["id"] == "0oa1" {
			t.Errorf("%v: it took another application", test.in)
		}
	}
}

func TestEnsureRefusesAnApplicationWithAnotherSignOnMode(t *testing.T) {
	t.Parallel()
	s := simulate(t, appOrg)
	_, err := s.try("okta.app.ensure", map[string]any{"label": "Wiki", "sign_on_mode": "OPENID_CONNECT"})
	refused(t, err, card.Conflict, `the application "Wiki" has the sign-on mode SAML_2_0`)
	_, err = s.try("okta.app.ensure", map[string]any{"label": "WIKI", "sign_on_mode": "SAML_2_0"}) // Okta takes it for the same
	refused(t, err, card.Conflict, "label")
}

func TestACreatedApplicationIsNotTakenBackByAnUpdate(t *testing.T) {
	t.Parallel()
	ensure := card.NewSet(okta.Cards()...)["okta.app.ensure"]
	in := map[string]any{"label": "Wiki", "sign_on_mode": "SAML_2_0", "visibility": map[string]any{"hide": map[string]any{"iOS": true}}}
	if back, err := ensure.Back(in, map[string]any{"created": true, "changed": true, "id": "0oa9"}, card.State{Missing: true}); back != nil || err != nil {
		t.Errorf("got %v, %v", back, err)
	}
}
