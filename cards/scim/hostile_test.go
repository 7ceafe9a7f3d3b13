package scim

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// hostile are answers that no target should give.
var hostile = []string{
	`{"totalResults": 2, "Resources": [{"id": "u1"}, {"id": "u2"}]}`, `{"id": "u1", "userName": "ada", "emails": [{"value": {}}, null, 7], "active": "True", "meta": {"version": 3}}`,
	`{"id": "u1", "members": [{"value": "u2"}, {"value": ""}]}`, `{"id": "u1", "members": {"value": "u2"}}`, `{"id": "u1", "name": [], "emails": {}, "displayName": {}, "userName": []}`,
	`{"id": "u1", "ID": "u2", "Id": 3}`, `{"patch": {"supported": "true"}, "filter": []}`, `{"scimType": {}, "detail": []}`, `{"Resources": [{"id": 7, "userName": 7}], "totalResults": -1}`,
	`{"totalResults": 1e99, "Resources": [{"id": "u1"}], "startIndex": {}}`, `{"id": "u1", "schemas": {}, "meta": []}`, `[]`, `null`, ``, `<html>`, `{"id": "u1"}{`, "\xff\xfe", `"`,
}

// inputs has values for all inputs of the cards.
func inputs(c card.Card) map[string]any {
	in := map[string]any{
		"user_id": "u1", "group_id": "u1", "user_name": "ada", "display_name": "Sales", "members": []any{"u2"}, "email": "n@x",
		"operations": []any{map[string]any{"op": "remove", "path": "title"}}, "attributes": map[string]any{"title": "Boss", "roles": []any{map[string]any{"value": "r"}}},
	}
	for name := range in {
		if c.In.Properties[name] == nil {
			delete(in, name)
		}
	}
	return in
}

func TestNoAnswerMakesACardFailWithABug(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 201, 204, 206, 301, 400, 401, 403, 404, 409, 412, 429, 500, 501, 503} {
		for _, body := range hostile {
			far := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/scim+json")
				w.WriteHeader(status)
				_, _ = io.WriteString(w, body)
			}), nil)
			for _, c := range Cards() {
				in, call := inputs(c), card.Call{Conn: far.conn}
				if c.IsList() {
					_, err := c.Page(t.Context(), call, in, "")
					mustBeKnown(t, c.Name, status, body, err)
					continue
				}
				out, err := c.Run(t.Context(), call, in)
				mustBeKnown(t, c.Name, status, body, err)
				if err == nil && c.Effect != card.Reads && out == nil {
					t.Errorf("%s, %d %s: it answers nothing", c.Name, status, body)
				}
				_, err = c.Before(t.Context(), call, in)
				mustBeKnown(t, c.Name, status, body, err)
			}
		}
	}
}

func mustBeKnown(t *testing.T, name string, status int, body string, err error) {
	t.Helper()
	failure := (*card.Error)(nil)
	if err != nil && (!errors.As(err, &failure) || failure.Kind == card.Internal) {
		t.Errorf("%s, %d %s: got %v", name, status, body, err)
	}
}

// FuzzAnswers reads the bodies of answers without a network.
func FuzzAnswers(f *testing.F) {
	for _, body := range hostile {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		v, err := card.DecodeAnswer([]byte(body))
		object, ok := v.(map[string]any)
		if err != nil || !ok {
			return
		}
		wrong := errors.New("not as it should be")
		p, err := pageIn(object, position{start: 1}, func(string) error { return wrong })
		if err == nil && p.next != nil && p.next.start <= 1 {
			t.Errorf("the page after the first starts at %d", p.next.start)
		}
		offerIn(object)
		refused(&card.Error{Details: map[string]any{"status": 400, "body": object}})
		is := canonical(object)
		want := person{GivenName: "Ada", Email: "n@x", Attributes: map[string]any{"roles": []any{map[string]any{"value": "r"}}, "title": nil}}.want("ada")
		operations := difference(want, is)
		if _, err := json.Marshal(patch(operations)); err != nil {
			t.Error(err)
		}
		if again := difference(want, replacement(users, want, is)); len(again) > 0 {
			t.Errorf("after it was replaced, %v differs: %v", is, again)
		}
	})
}
