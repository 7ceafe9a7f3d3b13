package web

import (
	"encoding/base64"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestASessionOfAnotherServiceSendsRequestsAndReadsAnswers(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusConflict)
		}
		_, _ = w.Write([]byte(`{"detail": "taken"}`))
	})
	conn, err := Service().Open(settings(bearerConfig(s.URL + "/v1")))
	if err != nil {
		t.Fatal(err)
	}
	session := conn.(*connection).Session
	var got card.Value
	err = session.Send(t.Context(), Request{Method: http.MethodPost, Path: "/x", Header: http.Header{"Accept": {acceptJSON}}, Body: map[string]any{"a": 1}}, func(a Answer) error {
		got, err = a.JSON()
		return err
	})
	if r, body := s.last(t); err != nil || got.(map[string]any)["detail"] != "taken" || r.URL.Path != "/v1/x" || body != `{"a":1}` || r.Header.Get("Authorization") != "Bearer "+token {
		t.Errorf("%v, %v after %s %s", got, err, r.URL, body)
	}
	refusal := (*card.Error)(nil)
	err = session.Send(t.Context(), Request{Method: http.MethodDelete, Path: "/x"}, func(Answer) error { t.Error("a refusal is read"); return nil })
	if !errors.As(err, &refusal) || refusal.Kind != card.Conflict || refusal.Details.(map[string]any)["body"].(map[string]any)["detail"] != "taken" {
		t.Errorf("got %+v", err)
	}
	unread := session.Send(t.Context(), Request{Method: http.MethodPost, Path: "/x"}, func(a Answer) error { return a.Unread("is not right") })
	if failure := card.AsError(unread); failure.Code != card.CodeUnread || !failure.MayBeDone() {
		t.Errorf("got %+v", failure)
	}
	if err := session.Send(t.Context(), Request{Method: http.MethodGet, Path: "/../x"}, nil); card.AsError(err).Kind != card.Invalid {
		t.Errorf("got %v", err)
	}
}

func TestTheTimesOfATokenAreThoseOfAJSONWebToken(t *testing.T) {
	t.Parallel()
	jwt := func(claims string) string {
		return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
	}
	for secret, want := range map[string][2]int64{
		jwt(`{"iat": 1767225600, "exp": 1798761600}`): {1767225600, 1798761600}, jwt(`{"exp": 1798761600.5}`): {0, 1798761600},
		jwt(`{"exp": 1e30, "iat": -1}`): {}, jwt(`{"exp": "soon"}`): {}, jwt(`no`): {}, "opaque-token": {}, "a.b.c": {}, "e30.!!!.x": {},
	} {
		s := &Session{headers: []header{{name: "X-Other", plain: "a.b.c"}, {name: "Authorization", scheme: bearer, secret: card.NewSecret(secret)}}}
		issued, expires := s.TokenTimes()
		for i, at := range []time.Time{issued, expires} {
			if want[i] == 0 && !at.IsZero() || want[i] != 0 && at.Unix() != want[i] {
				t.Errorf("%s: %v and %v", secret, issued, expires)
			}
		}
	}
}
