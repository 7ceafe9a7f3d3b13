package scim

import (
	"context"
	"net/http"
	"time"

	"github.com/flowdeck/flowdeck/cards/web"
	"github.com/flowdeck/flowdeck/engine/card"
)

// tested is what scim.test finds out.
type tested struct {
	Offers        offer          `json:"offers" jsonschema:"what the target says it can do"`
	ResourceTypes []resourceType `json:"resource_types" null:"false" jsonschema:"the types of resources; none if the target does not describe them"`
	Schemas       []schema       `json:"schemas" null:"false" jsonschema:"the attributes that the target knows; none if it does not describe them"`
	Authority     *string        `json:"authority" jsonschema:"where the target's people sign in, as the connection has it; null if it does not"`
	Token         *tokenState    `json:"token" jsonschema:"the age of the token; null if it is not known"`
	Warnings      []string       `json:"warnings" null:"false" jsonschema:"what people should do, such as to make a new token"`
}

type resourceType struct {
	Name       string   `json:"name" jsonschema:"such as User"`
	Endpoint   string   `json:"endpoint" jsonschema:"its path, such as /Users"`
	Schema     string   `json:"schema" jsonschema:"the URN of its schema"`
	Extensions []string `json:"extensions" null:"false" jsonschema:"the URNs of the schemas that add attributes"`
}

type schema struct {
	ID         string   `json:"id" jsonschema:"the URN"`
	Name       string   `json:"name" jsonschema:"the name for people"`
	Attributes []string `json:"attributes" null:"false" jsonschema:"the names of the attributes that can be set"`
}

type tokenState struct {
	Issued   string `json:"issued" jsonschema:"when it was made; empty if that is not known"`
	Expires  string `json:"expires" jsonschema:"when it ends"`
	DaysLeft int    `json:"days_left" jsonschema:"whole days until then; negative afterward"`
}

var testCards = []card.Card{
	card.NewRead(card.Spec{
		Name: "scim.test", Title: "Test API Credentials", Summary: "try the credentials of a SCIM target, and find out what it can do",
		Effect: card.Reads, NoScopes: true,
		Example: "card: scim.test\nwith: {}",
	}, func(ctx context.Context, call card.Call, _ struct{}) (tested, error) {
		t, err := targetOf(call)
		if err != nil {
			return tested{}, err
		}
		return t.test(ctx)
	}),
}

func (t *target) test(ctx context.Context) (out tested, err error) {
	if err := t.tryCredentials(ctx); err != nil {
		return out, err
	}
	if out.Offers, err = t.offers(ctx); err != nil {
		return out, err
	}
	if t.authority != "" {
		out.Authority = &t.authority
	}
	now := t.settings.Clock.Now()
	out.Token, out.Warnings = t.token.state(now), append([]string{}, t.token.warnings(now)...)
	out.ResourceTypes, out.Schemas = []resourceType{}, []schema{}
	types, err := t.described(ctx, "/ResourceTypes")
	if err != nil {
		return out, err
	}
	for _, r := range types {
		one := resourceType{Name: text(r, "name"), Endpoint: text(r, "endpoint"), Schema: text(r, "schema"), Extensions: []string{}}
		for _, extension := range objects(field(r, "schemaExtensions")) {
			one.Extensions = append(one.Extensions, text(extension, "schema"))
		}
		out.ResourceTypes = append(out.ResourceTypes, one)
	}
	schemas, err := t.described(ctx, "/Schemas")
	if err != nil {
		return out, err
	}
	for _, s := range schemas {
		one := schema{ID: text(s, "id"), Name: text(s, "name"), Attributes: []string{}}
		for _, a := range objects(field(s, "attributes")) {
			if text(a, "mutability") != "readOnly" {
				one.Attributes = append(one.Attributes, text(a, "name"))
			}
		}
		out.Schemas = append(out.Schemas, one)
	}
	return out, nil
}

// described reads a list of descriptions, which some targets answer without a message around it. A target that has none is not an error.
//
// Source: RFC 7644, section 4
func (t *target) described(ctx context.Context, path string) (all []map[string]any, err error) {
	err = t.send(ctx, message{method: http.MethodGet, path: path}, func(a web.Answer) error {
		v, err := a.JSON()
		if err != nil {
			return err
		}
		if body, ok := v.(map[string]any); ok {
			v = field(body, "Resources")
		}
		all = objects(v)
		return nil
	})
	if failure := card.AsError(err); err != nil && undescribed(failure) {
		return nil, nil
	}
	return all, err
}

// state returns the age of the token; nil if it is not known.
func (a tokenAge) state(now time.Time) *tokenState {
	if a.expires.IsZero() {
		return nil
	}
	s := &tokenState{Expires: a.expires.UTC().Format(time.RFC3339), DaysLeft: a.days(now)}
	if !a.issued.IsZero() {
		s.Issued = a.issued.UTC().Format(time.RFC3339)
	}
	return s
}

// text returns the string at an attribute; "" if there is none.
func text(object map[string]any, attribute string) string {
	s, _ := field(object, attribute).(string)
	return s
}

// objects returns the objects in a list.
func objects(v any) (all []map[string]any) {
	list, _ := v.([]any)
	for _, item := range list {
		if object, ok := item.(map[string]any); ok {
			all = append(all, object)
		}
	}
	return all
}
