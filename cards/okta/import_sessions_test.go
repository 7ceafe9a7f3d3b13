package okta_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Okta's description 2024.06.1 has a list, later ones have an object.
func TestAnImportSessionIsReadFromAnObjectAndFromAListOfOne(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"id": "uij1", "status": "CREATED"}`:   "uij1",
		`[{"id": "uij1", "status": "CREATED"}]`: "uij1",
		`[]`:                                    "",
		`"x"`:                                   "",
	} {
		s := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, body)
		}))
		got, err := s.try("okta.import.session.create", map[string]any{"identity_source_id": "0oa1"})
		if want == "" {
			refused(t, err, card.Unavailable, "Okta answers an object with id")
		} else if err != nil || got["id"] != want || got["changed"] != true {
			t.Errorf("%s: got %v, %v", body, got, err)
		}
	}
}

func TestAnUploadOfTooManyOrNoUsersIsNotSent(t *testing.T) {
	t.Parallel()
	s := simulate(t, "")
	in := map[string]any{"identity_source_id": "0oa1", "session_id": "uij1", "external_ids": make([]any, 201)}
	for i := range in["external_ids"].([]any) {
		in["external_ids"].([]any)[i] = "e"
	}
	_, err := s.try("okta.import.session.remove", in)
	refused(t, err, card.Invalid, "201 users are too many")
	in["external_ids"] = []any{}
	if got := s.run("okta.import.session.remove", in); got["changed"] != false {
		t.Errorf("got %v", got)
	}
	if asked := s.forget(); len(asked) > 0 {
		t.Errorf("asked %v", asked)
	}
}
