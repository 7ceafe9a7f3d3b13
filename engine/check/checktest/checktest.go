// Package checktest is a small catalog of cards and services for tests of flows. It has one card for each property of
// cards that the checker knows. The cards cannot run. Unlike tests with real cards, tests that use them need not change
// when a card changes.
//
// It must not know a real service.
package checktest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
)

// Workspace is a flowdeck.yaml with a connection to the service fake.
const Workspace = "connections:\n  fake: {type: fake, simulate: {seed: org.yaml}}\n"

// Services returns the services fake, whose settings have a secret, and other, which has no settings.
func Services() map[string]card.Service {
	return map[string]card.Service{
		"fake":  card.NewService("fake", open[settings]),
		"other": card.NewService("other", open[struct{}]),
	}
}

// Cards returns the cards of the service fake.
func Cards() card.Set {
	return card.NewSet(
		action[userInput, user]("fake.user.get", card.Reads),
		action[userInput, changed]("fake.user.suspend", card.Idempotent),
		action[updateInput, user]("fake.user.update", card.Idempotent),
		searched(list[listInput, user]("fake.user.list", "id")),
		list[listInput, group]("fake.group.list", "id"),
		refusing(list[moreInput, group]("fake.group.find", "id")),
		list[membersInput, user]("fake.group.member.list", "id"),
		list[pathInput, map[string]any]("fake.request.list", ""),
		action[struct{}, changed]("fake.thing.create", card.Creates),
		action[thingInput, changed]("fake.thing.update", card.Creates),
		action[rowInput, changed]("fake.row.save", card.Idempotent),
		list[rowsInput, map[string]any]("fake.row.list", ""),
		request(),
		action[ruleInput, changed]("fake.rule.create", card.Creates),
	)
}

type settings struct {
	Domain   string    `json:"domain,omitempty" jsonschema:"the address of the server"`
	Auth     *auth     `json:"auth,omitempty" jsonschema:"how to sign in"`
	Simulate *simulate `json:"simulate,omitempty" jsonschema:"a simulated server in place of a real one"`
}

type auth struct {
	APIToken any `json:"api_token" jsonschema:"an API token" secret:"true"`
}

type simulate struct {
	Seed string `json:"seed" jsonschema:"a YAML file with the data that it starts with"`
}

type userInput struct {
	UserID string `json:"user_id" jsonschema:"the user's id or login"`
}

type updateInput struct {
	UserID  string     `json:"user_id" jsonschema:"the user's id or login"`
	Profile attributes `json:"profile" jsonschema:"the attributes to change" clears:"true"`
}

type attributes map[string]any

func (attributes) Attributes() []string { return []string{"login", "firstName"} }

type listInput struct {
	Search    string `json:"search,omitempty" jsonschema:"a search expression" filter:"true"`
	Q         string `json:"q,omitempty" jsonschema:"the first characters of the name" narrows:"true"`
	SortOrder string `json:"sort_order,omitempty" jsonschema:"the direction of the sort" enum:"asc,desc"`
	Limit     int    `json:"limit,omitempty" jsonschema:"records per page" minimum:"1"`
}

type moreInput struct {
	Name string         `json:"name,omitempty" jsonschema:"a name"`
	More map[string]any `json:"more,omitempty" jsonschema:"more parameters"`
}

type membersInput struct {
	GroupID string `json:"group_id" jsonschema:"the group's id"`
	Limit   int    `json:"limit,omitempty" jsonschema:"records per page" minimum:"1"`
}

type pathInput struct {
	Path  string         `json:"path" jsonschema:"the path of the request"`
	Query map[string]any `json:"query,omitempty" filter:"search,filter"`
}

type requestInput struct {
	Path   string `json:"path" jsonschema:"the path of the request"`
	Method string `json:"method,omitempty" jsonschema:"the HTTP method" enum:"GET,POST,DELETE" default:"GET"`
}

type thingInput struct {
	Tags    []string       `json:"tags,omitempty"`
	Profile map[string]any `json:"profile,omitempty"`
	Send    bool           `json:"send,omitempty" default:"true"`
	Mode    string         `json:"mode,omitempty" enum:"one,two"`
	Token   string         `json:"token,omitempty" jsonschema:"a token of its own" secret:"true"`
}

type ruleInput struct {
	Expression string            `json:"expression" jsonschema:"for whom the rule holds" expression:"true"`
	Filters    map[string]string `json:"filters,omitempty" expression:"true"`
	Body       any               `json:"body,omitempty" expression:"conditions.expression.value,list.[].condition"`
}

type user struct {
	ID        string  `json:"id"`
	Status    string  `json:"status"`
	Created   string  `json:"created"`
	LastLogin *string `json:"lastLogin"`
	Profile   profile `json:"profile" open:"true"`
}

type profile struct {
	Login string  `json:"login"`
	Email *string `json:"email"`
}

type group struct {
	ID      string       `json:"id"`
	Type    string       `json:"type"`
	Created string       `json:"created"`
	Profile groupProfile `json:"profile" open:"true"`
}

type groupProfile struct {
	Name string `json:"name"`
}

type changed struct {
	Changed bool `json:"changed"`
}

var errNotForRunning = errors.New("checktest: a card for tests of the checker was run")

func open[Config any](card.Settings, Config) (card.Connection, error) { return nil, errNotForRunning }

func action[In, Out any](name string, effect card.Effect) card.Card {
	return cardtest.Fake(name, effect, func(context.Context, card.Call, In) (out Out, err error) {
		return out, errNotForRunning
	})
}

func list[In, Item any](name, key string) card.Card {
	spec := card.Spec{Name: name, Effect: card.Reads, Key: key}
	return card.NewList(spec, func(context.Context, card.Call, In, card.Cursor) ([]Item, card.Cursor, error) {
		return nil, "", errNotForRunning
	})
}

// request returns a card whose method decides what it does.
func request() card.Card {
	c := action[requestInput, changed]("fake.request", card.Destroys)
	c.ByInput = func(in card.Value) card.Effect {
		fields, _ := in.(map[string]any)
		switch fields["method"] {
		case nil, "GET":
			return card.Reads
		case "POST":
			return card.Creates
		}
		return card.Destroys
	}
	return c
}

// refusing returns a card that refuses a name that is also among the other parameters.
func refusing(c card.Card) card.Card {
	return c.Refusing(func(in map[string]any) *card.Refusal {
		more, _ := in["more"].(map[string]any)
		if _, twice := more["name"]; in["name"] == nil || !twice {
			return nil
		}
		return &card.Refusal{Path: []string{"more", "name"}, Message: "a name is given twice", Hint: "keep one of them"}
	})
}

// searched returns a card whose service refuses one operator, eqq.
func searched(c card.Card) card.Card {
	c.Filters = map[string]func(string) *card.FilterMistake{"search": func(filter string) *card.FilterMistake {
		const operator = "eqq"
		before, _, found := strings.Cut(filter, operator)
		if !found {
			return nil
		}
		return &card.FilterMistake{Offset: len(before), Width: len(operator), Message: fmt.Sprintf("unknown operator %q", operator), Hint: "operators: eq"}
	}}
	return c
}

type rowInput struct {
	Table string         `json:"table" table:"name"`
	Row   map[string]any `json:"row" table:"row"`
}

type rowsInput struct {
	Table string      `json:"table" table:"name"`
	Where *card.Where `json:"where,omitempty" table:"where"`
}
