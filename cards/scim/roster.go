package scim

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/flowdeck/flowdeck/cards/web"
	"github.com/flowdeck/flowdeck/engine/card"
)

// A roster is a group and the ids of its members. It takes much less memory than the group as a value, which matters for 100,000 members.
type roster struct {
	id      string // "" for a group that does not exist
	fields  map[string]any
	members []string
	version string
}

// roster reads the group that a push is for. The roster has no id if there is none.
func (t *target) roster(ctx context.Context, in pushGroupInput) (roster, error) {
	id := in.GroupID
	if id == "" {
		found, err := t.groupFor(ctx, in)
		if err != nil || found == nil {
			return roster{}, err
		}
		id = resource{fields: found}.id()
	}
	path, err := groups.one(id)
	if err != nil {
		return roster{}, err
	}
	r := roster{id: id}
	err = t.send(ctx, message{method: http.MethodGet, path: path}, func(a web.Answer) error {
		r.version = a.Header.Get("ETag")
		return r.decode(a)
	})
	return r, err
}

// groupFor finds the group that a push without an id is for; nil if there is none.
func (t *target) groupFor(ctx context.Context, in pushGroupInput) (found map[string]any, err error) {
	for _, l := range in.lookups() {
		l.excluded = groups.large()
		if found, err = t.find(ctx, groups, l); err != nil || found != nil {
			break
		}
	}
	if other := text(found, "externalId"); err == nil && in.ExternalID != "" && other != "" && other != in.ExternalID {
		return nil, &card.Error{
			Kind: card.Conflict, Message: fmt.Sprintf("the group %q of the target comes from another group, with the external id %q", in.DisplayName, card.Cut(other, 100)),
			Hint: "if it is the same group, give its `group_id`", Details: map[string]any{"id": found["id"]},
		}
	}
	return found, err
}

// decode reads the group in an answer.
func (r *roster) decode(a web.Answer) error {
	var fields map[string]json.RawMessage
	if json.Unmarshal(a.Body, &fields) != nil || fields == nil {
		_, err := a.JSON() // such as for a page to sign in
		if err != nil {
			return err
		}
		return a.Unread("is not a group")
	}
	small := map[string]any{}
	for name, data := range fields {
		if strings.EqualFold(name, "members") {
			var members []struct{ Value string }
			if json.Unmarshal(data, &members) != nil {
				return a.Unread("has members that are not a list of objects with a value")
			}
			for _, m := range members {
				if m.Value == "" {
					return a.Unread("has a member without a value")
				}
				r.members = append(r.members, m.Value)
			}
			r.members = distinct(r.members)
			continue
		}
		v, err := card.DecodeAnswer(data)
		if err != nil {
			return a.Unread("cannot be read as JSON: " + err.Error())
		}
		small[name] = v
	}
	r.fields = canonical(small)
	if id := (resource{fields: r.fields}).id(); id != r.id {
		return a.Unread(fmt.Sprintf("is about %q, and not about %q", card.Cut(id, 100), r.id))
	}
	if meta, _ := r.fields["meta"].(map[string]any); r.version == "" {
		r.version = text(meta, "version")
	}
	return nil
}

// mostLookups is how many users are looked up one by one. For more, all users of the target are listed, of which most are wanted then.
const mostLookups = 50

// idsOf returns the ids of the users with names, each once, and the names that nobody has.
func (t *target) idsOf(ctx context.Context, names []string) (ids, missing []string, err error) {
	missing = []string{}
	found := map[string]string{} // by name in lower case
	if len(names) <= mostLookups {
		for _, name := range distinct(names) {
			user, err := t.find(ctx, users, lookup{attribute: "userName", value: name})
			if err != nil {
				return nil, nil, err
			}
			found[strings.ToLower(name)] = resource{fields: user}.id()
		}
	} else if found, err = t.namesOf(ctx, names); err != nil {
		return nil, nil, err
	}
	for _, name := range distinct(names) {
		if id := found[strings.ToLower(name)]; id != "" {
			ids = append(ids, id)
		} else {
			missing = append(missing, name)
		}
	}
	return distinct(ids), missing, nil
}

// namesOf lists all users, and returns the ids of those with the names in lower case.
func (t *target) namesOf(ctx context.Context, names []string) (map[string]string, error) {
	found := make(map[string]string, len(names))
	for _, name := range names {
		found[strings.ToLower(name)] = ""
	}
	several := ""
	err := t.each(ctx, users, listing{only: []string{"userName"}}, func(page []map[string]any) bool {
		for _, u := range page {
			name := strings.ToLower(text(u, "userName"))
			switch id, asked := found[name]; {
			case asked && id != "" && id != text(u, "id"):
				several = name
			case asked:
				found[name] = text(u, "id")
			}
		}
		return several == ""
	})
	if err == nil && several != "" {
		err = &card.Error{Kind: card.Conflict, Message: fmt.Sprintf("several users have the name %q", several)}
	}
	return found, err
}
