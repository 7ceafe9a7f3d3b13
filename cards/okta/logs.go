package okta

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// LogEvent is one event of the system log: who did what to whom, when, and how it went.
//
// Source: Okta, "System Log", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SystemLog/
type LogEvent struct {
	UUID                  string         `json:"uuid" jsonschema:"the event's own id"`
	Published             string         `json:"published" jsonschema:"when it happened"`
	EventType             string         `json:"eventType" jsonschema:"what happened, such as user.lifecycle.suspend"`
	DisplayMessage        *string        `json:"displayMessage" jsonschema:"what happened, for people"`
	Severity              string         `json:"severity" jsonschema:"DEBUG, INFO, WARN or ERROR"`
	Actor                 LogParty       `json:"actor" jsonschema:"who did it" open:"true"`
	Target                []LogParty     `json:"target" jsonschema:"to whom or what it was done; null if to nothing"`
	Outcome               map[string]any `json:"outcome" jsonschema:"how it went: result and reason"`
	Client                map[string]any `json:"client" jsonschema:"where the actor was: address, place, browser"`
	Device                map[string]any `json:"device,omitempty" jsonschema:"the device, if it is known"`
	AuthenticationContext map[string]any `json:"authenticationContext" jsonschema:"how the actor was signed in"`
	SecurityContext       map[string]any `json:"securityContext" jsonschema:"what is known of the network"`
	DebugContext          map[string]any `json:"debugContext" jsonschema:"more, which differs by type and time"`
	Transaction           map[string]any `json:"transaction" jsonschema:"the request or job that it was part of"`
	Request               map[string]any `json:"request" jsonschema:"the addresses on the way"`
	LegacyEventType       *string        `json:"legacyEventType" jsonschema:"its name in the Events API of old"`
	Version               string         `json:"version" jsonschema:"of this shape"`
}

// LogParty is who acted, or was acted upon.
type LogParty struct {
	ID          string         `json:"id" jsonschema:"the id of the user, group or other thing"`
	Type        string         `json:"type" jsonschema:"what it is: User, UserGroup, AppInstance and others"`
	AlternateID *string        `json:"alternateId" jsonschema:"its other name: of a user, the login"`
	DisplayName *string        `json:"displayName" jsonschema:"its name for people"`
	DetailEntry map[string]any `json:"detailEntry" jsonschema:"more, which differs by type"`
}

type listLogsInput struct {
	Since             string `json:"since,omitempty" jsonschema:"the time from which on; left out, 7 days before until. Okta keeps 90 days"`
	Until             string `json:"until,omitempty" jsonschema:"the time up to which; left out, the newest event there is when the list begins"`
	Keyword           string `json:"keyword,omitempty" jsonschema:"words that an event must all hold, each whole, in upper or lower case; an attribute that is null holds none"`
	Q                 string `json:"q,omitempty" jsonschema:"more such words: Okta's own name for keyword"`
	EventType         string `json:"event_type,omitempty" jsonschema:"the type of event, such as user.lifecycle.suspend"`
	ActorID           string `json:"actor_id,omitempty" jsonschema:"the id of who did it"`
	TargetID          string `json:"target_id,omitempty" jsonschema:"the id of whom or what it was done to"`
	TargetType        string `json:"target_type,omitempty" jsonschema:"what it was done to: User, UserGroup, AppInstance and others"`
	TargetDisplayName string `json:"target_display_name,omitempty" jsonschema:"the name of whom or what it was done to"`
	Outcome           string `json:"outcome,omitempty" jsonschema:"how it went: SUCCESS, FAILURE, SKIPPED, ALLOW, DENY, CHALLENGE or UNKNOWN"`
	CustomFilter      string `json:"custom_filter,omitempty" jsonschema:"a filter expression with other operators, which must hold besides" filter:"true"`
	Filter            string `json:"filter,omitempty" jsonschema:"one more filter expression, which must hold besides" filter:"true"`
	SortOrder         string `json:"sort_order,omitempty" jsonschema:"oldest first, or newest first" enum:"asc,desc" default:"asc"`
	Limit             int    `json:"limit,omitempty" jsonschema:"events a page; Okta's default is 100" minimum:"1" maximum:"1000"`
	After             string `json:"after,omitempty" jsonschema:"the cursor of an earlier query to go on from; left out, the beginning"`
}

var logs = []card.Card{
	card.NewList(card.Spec{
		Name:    "okta.log.list",
		Title:   "Get System Logs",
		Also:    []string{"Search System Logs"},
		Summary: "list events of the system log, up to the newest there is when the list begins",
		Scopes:  []string{"okta.logs.read"},
		Effect:  card.Reads,
		Key:     "uuid",
		Example: "card: okta.log.list\nwith: {event_type: user.lifecycle.suspend, outcome: SUCCESS}",
	}, listLogs),
}

// listLogs reads a page. Without `until`, and oldest first, Okta has always one more page, for what is yet to
// happen, and a flow that acts on events may make more of them: the list would not end. So the first page
// asks the org for its newest event, by the org's clock, and the list ends with that one. The time is part
// of the cursor, so that all pages have the same end. What happens within the same millisecond may still be in.
func listLogs(ctx context.Context, call card.Call, in listLogsInput, at card.Cursor) ([]card.Raw[LogEvent], card.Cursor, error) {
	parameters := query("since", in.Since, "q", strings.TrimSpace(in.Keyword+" "+in.Q), "filter", logFilter(in), "limit", number(in.Limit))
	until, after, resumed := strings.Cut(string(at), " ")
	if !resumed {
		until, after = in.Until, in.After
	}
	if in.SortOrder == "desc" {
		parameters.Set("sortOrder", "DESCENDING")
	} else if until == "" {
		newest, err := newestEvent(ctx, call, in.Since)
		if err != nil || newest.IsZero() {
			return nil, "", err
		}
		// until is not part of what it bounds, and times have milliseconds.
		until = newest.Add(time.Millisecond).UTC().Format("2006-01-02T15:04:05.000Z")
	}
	if until != "" {
		parameters.Set("until", until)
	}
	items, next, err := page[LogEvent](ctx, call, oktaapi.ListLogEvents, oktaapi.Args{Query: parameters}, card.Cursor(after))
	if next != "" {
		next = card.Cursor(until + " " + string(next))
	}
	return items, next, err
}

// newestEvent is when the newest event happened; zero if there is none.
func newestEvent(ctx context.Context, call card.Call, since string) (time.Time, error) {
	items, _, err := page[LogEvent](ctx, call, oktaapi.ListLogEvents,
		oktaapi.Args{Query: query("sortOrder", "DESCENDING", "limit", "1", "since", since)}, "")
	if err != nil || len(items) == 0 {
		return time.Time{}, err
	}
	event, _ := items[0].Value.(map[string]any)
	published, _ := event["published"].(string)
	at, err := time.Parse(time.RFC3339, published)
	if err != nil {
		return time.Time{}, &card.Error{Kind: card.Unavailable, Err: err, Message: fmt.Sprintf("the newest event was published at %q, which is no time", published)}
	}
	return at, nil
}

// logFilter joins what must hold: each field by eq, all of them and the expressions by and.
func logFilter(in listLogsInput) string {
	var terms []string
	for _, field := range []struct{ attribute, value string }{
		{"eventType", in.EventType}, {"actor.id", in.ActorID}, {"target.id", in.TargetID}, {"target.type", in.TargetType},
		{"target.displayName", in.TargetDisplayName}, {"outcome.result", in.Outcome},
	} {
		if field.value != "" {
			quoted, _ := card.EncodeJSON(field.value) // text always has JSON
			terms = append(terms, field.attribute+" eq "+string(quoted))
		}
	}
	given := []string{}
	for _, expression := range []string{in.CustomFilter, in.Filter} {
		if expression != "" {
			given = append(given, expression)
		}
	}
	if len(terms)+len(given) == 1 {
		return strings.Join(append(terms, given...), "")
	}
	for _, expression := range given {
		terms = append(terms, "("+expression+")")
	}
	return strings.Join(terms, " and ")
}
