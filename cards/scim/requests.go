package scim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/flowdeck/flowdeck/cards/web"
	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// A kind is a type of resource.
type kind struct {
	path, noun, schema string
	label              string // the attribute that people know a resource by
	input              string // the input that has its id
}

var (
	users  = kind{"/Users", "user", userSchema, "userName", "user_id"}
	groups = kind{"/Groups", "group", groupSchema, "displayName", "group_id"}
)

// The URNs of schemas and messages.
//
// Source: RFC 7643, section 4; RFC 7644, section 3.5.2
const (
	userSchema       = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupSchema      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	enterpriseSchema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	patchMessage     = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
)

// secretNames are the attributes that must not be shown.
var secretNames = wire.Names{"password": true}

// media is the type of all bodies. Some targets answer with plain JSON.
//
// Source: RFC 7644, section 3.1
const media = "application/scim+json"

// one returns the path of a resource. The id may come from an answer. The error is a *card.Error of kind invalid.
func (k kind) one(id string) (string, error) {
	if leads := wire.BadSegment(id); leads != "" {
		return "", &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("%s is %q, which %s", k.input, id, leads)}
	}
	return k.path + "/" + url.PathEscape(id), nil
}

// A message is a request to a target.
type message struct {
	method, path string
	query        url.Values
	body         card.Value
	match        string // the version that the resource must have; "" for any
}

// send sends a message, and passes a success to read.
func (t *target) send(ctx context.Context, m message, read func(web.Answer) error) error {
	h := http.Header{"Accept": {media + ", application/json;q=0.9"}}
	if m.body != nil {
		h.Set("Content-Type", media)
	}
	if m.match != "" {
		h.Set("If-Match", m.match)
	}
	err := t.Send(ctx, web.Request{Method: m.method, Path: m.path, Query: m.query, Header: h, Body: m.body}, read)
	return refused(err)
}

// A resource is a user or a group as a target answers it.
type resource struct {
	fields  map[string]any
	version string // "" if the target has none
}

// id is the id of the resource.
func (r resource) id() string {
	id, _ := r.fields["id"].(string)
	return id
}

// call sends a message whose answer is a resource. The resource has no fields if the target answered nothing, as after 204. wanted is the id that
// it must have; "" for any.
func (t *target) call(ctx context.Context, m message, wanted string) (r resource, err error) {
	err = t.send(ctx, m, func(a web.Answer) error {
		v, err := a.JSON()
		if err != nil {
			return err
		}
		r.version = a.Header.Get("ETag")
		if v == nil && (m.method == http.MethodPatch || m.method == http.MethodPut || m.method == http.MethodDelete) {
			return nil
		}
		fields, ok := v.(map[string]any)
		if !ok || fields == nil {
			return a.Unread("is not a SCIM resource")
		}
		r.fields = canonical(fields)
		switch {
		case r.id() == "":
			return a.Unread("has no id")
		case wanted != "" && r.id() != wanted:
			return a.Unread(fmt.Sprintf("is about %q, and not about %q", card.Cut(r.id(), 100), wanted))
		}
		if meta, _ := r.fields["meta"].(map[string]any); r.version == "" {
			r.version, _ = field(meta, "version").(string)
		}
		return nil
	})
	return r, err
}

// read reads a resource.
func (t *target) read(ctx context.Context, k kind, id string, query url.Values) (resource, error) {
	path, err := k.one(id)
	if err != nil {
		return resource{}, err
	}
	return t.call(ctx, message{method: http.MethodGet, path: path, query: query}, id)
}

// refused adds to the error of a refusal what SCIM says about it: the code is scimType, and the details have it with the text for people.
//
// Source: RFC 7644, section 3.12
func refused(err error) error {
	refusal := (*card.Error)(nil)
	if !errors.As(err, &refusal) {
		return err
	}
	details, _ := refusal.Details.(map[string]any)
	body, _ := details["body"].(map[string]any)
	if body == nil && refusal.Status != http.StatusPreconditionFailed {
		return err
	}
	explained := *refusal
	scimType, _ := field(body, "scimType").(string)
	detail, _ := field(body, "detail").(string)
	explained.Details = map[string]any{"status": details["status"], "body": details["body"], "scim_type": scimType, "detail": detail}
	if scimType != "" && explained.Code == "" {
		explained.Code = scimType
	}
	switch {
	case scimType == "uniqueness":
		explained.Kind = card.Conflict
	case explained.Status == http.StatusPreconditionFailed:
		explained.Hint = "somebody else changed it at the same time: run the flow again"
	}
	return &explained
}

func isNotFound(err error) bool { return isKind(err, card.NotFound) }

func isKind(err error, kind card.Kind) bool {
	failure := (*card.Error)(nil)
	return errors.As(err, &failure) && failure.Kind == kind
}
