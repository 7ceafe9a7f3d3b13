package okta

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/card"
)

// hooks reads what Okta's event hooks deliver.
//
// Source: Okta, "Event hooks", https://developer.okta.com/docs/concepts/event-hooks/
type hooks struct{}

const (
	challengeHeader  = "X-Okta-Verification-Challenge"
	longestChallenge = 255
	longestEventID   = 255
)

// Challenge echoes the challenge of Okta's verification, which must be a short printable text.
func (hooks) Challenge(header func(string) string) (map[string]any, bool) {
	challenge := header(challengeHeader)
	if challenge == "" || len(challenge) > longestChallenge || !printable(challenge) {
		return nil, false
	}
	return map[string]any{"verification": challenge}, true
}

func printable(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c > '~' })
}

// Events returns the events of an envelope.
func (hooks) Events(body map[string]any) ([]card.Value, error) {
	data, _ := body["data"].(map[string]any)
	events, ok := data["events"].([]any)
	if !ok || body["eventType"] != "com.okta.event_hook" {
		return nil, errors.New("the body must be that of an event hook, with eventType com.okta.event_hook, and a list in data.events")
	}
	return events, nil
}

var (
	eventShape = card.SchemaFor[LogEvent]()
	partyShape = card.SchemaFor[LogParty]()
)

// Read reads an event of the system log. Fields that Okta leaves out are null in Happened.Event, as those without a value.
func (hooks) Read(event card.Value) (card.Happened, error) {
	fields, ok := event.(map[string]any)
	if !ok {
		return card.Happened{}, errors.New("it is not an object")
	}
	read, err := filled(eventShape, fields)
	if err != nil {
		return card.Happened{}, err
	}
	h := card.Happened{Event: read}
	h.ID, _ = read["uuid"].(string)
	h.Type, _ = read["eventType"].(string)
	published, _ := read["published"].(string)
	h.At, err = time.Parse(time.RFC3339, published)
	switch {
	case h.ID == "" || len(h.ID) > longestEventID || !printable(h.ID):
		return h, errors.New("uuid is not an id")
	case h.Type == "":
		return h, errors.New("eventType is missing")
	case err != nil || h.At.Year() < 1970 || h.At.Year() > 2200:
		return h, errors.New("published is not a time")
	}
	if read["actor"], err = party(read["actor"]); err != nil {
		return h, fmt.Errorf("actor: %w", err)
	}
	targets, _ := read["target"].([]any)
	targets = slices.Clone(targets)
	for i := range targets {
		if targets[i], err = party(targets[i]); err != nil {
			return h, fmt.Errorf("target: %w", err)
		}
		target := targets[i].(map[string]any)
		id := target["id"].(string)
		if h.About = append(h.About, id); h.Subject == "" && target["type"] == "User" {
			h.Subject = id
		}
	}
	if targets != nil {
		read["target"] = targets
	}
	if h.Subject == "" && len(h.About) > 0 {
		h.Subject = h.About[0]
	}
	return h, nil
}

// party reads the actor or a target of an event.
func party(v card.Value) (card.Value, error) {
	fields, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("it is not an object")
	}
	read, err := filled(partyShape, fields)
	for _, name := range []string{"id", "type"} {
		if text, _ := read[name].(string); err == nil && text == "" {
			err = fmt.Errorf("%s is missing", name)
		}
	}
	return read, err
}

// filled returns an object with all fields that its schema has: those that are missing are null. Any field may be null, since Okta writes it
// for what is unknown, but a value must have the type that the schema says.
func filled(schema *jsonschema.Schema, fields map[string]any) (map[string]any, error) {
	all := make(map[string]any, len(fields))
	for name, v := range fields {
		all[name] = v
	}
	for name, s := range schema.Properties {
		fits := true
		switch all[name].(type) {
		case nil:
			all[name] = nil
		case string:
			fits = isOf(s, "string")
		case map[string]any:
			fits = isOf(s, "object")
		case []any:
			fits = isOf(s, "array")
		default:
			fits = false // the schemas of events have no numbers
		}
		if !fits {
			return nil, fmt.Errorf("%s has a value of another type than in the system log", name)
		}
	}
	return all, nil
}

func isOf(s *jsonschema.Schema, kind string) bool {
	return s.Type == kind || slices.Contains(s.Types, kind)
}

// CausedBy compares the actor: an app by its client ID, a person by the login. The login is also that of a person who works in the Admin Console,
// since events of OAuth tokens do not show the difference.
func (hooks) CausedBy(event card.Value, as string) bool {
	fields, _ := event.(map[string]any)
	actor, _ := fields["actor"].(map[string]any)
	id, _ := actor["id"].(string)
	login, _ := actor["alternateId"].(string)
	return as != "" && (id == as || strings.EqualFold(login, as))
}
