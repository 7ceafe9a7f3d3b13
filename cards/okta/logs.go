package okta

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// LogEvent is one event of the system log: who did what to whom, when, and with which result.
//
// Source: Okta, "System Log", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SystemLog/
type LogEvent struct {
	UUID                  string         `json:"uuid" jsonschema:"the event's own id"`
	Published             string         `json:"published" jsonschema:"when it happened"`
	EventType             string         `json:"eventType" jsonschema:"what happened, such as user.lifecycle.suspend"`
	DisplayMessage        *string        `json:"displayMessage" jsonschema:"what happened, for people"`
	Severity              string         `json:"severity" jsonschema:"DEBUG, INFO, WARN or ERROR"`
	Actor                 LogParty       `json:"actor" jsonschema:"who did it" open:"true"`
	Target                []LogParty     `json:"target" jsonschema:"who or what it was done to; null if nothing"`
	Outcome               map[string]any `json:"outcome" jsonschema:"the result and its reason"`
	Client                map[string]any `json:"client" jsonschema:"the actor's address, location and browser"`
	Device                map[string]any `json:"device,omitempty" jsonschema:"the device, if known"`
	AuthenticationContext map[string]any `json:"authenticationContext" jsonschema:"how the actor signed in"`
	SecurityContext       map[string]any `json:"securityContext" jsonschema:"what Okta knows about the network"`
	DebugContext          map[string]any `json:"debugContext" jsonschema:"more data, which depends on the type"`
	Transaction           map[string]any `json:"transaction" jsonschema:"the request or job that it belongs to"`
	Request               map[string]any `json:"request" jsonschema:"the addresses that the request passed"`
	LegacyEventType       *string        `json:"legacyEventType" jsonschema:"the type in the old Events API"`
	Version               string         `json:"version" jsonschema:"the version of this format"`
}

// LogParty is the actor or a target of an event.
type LogParty struct {
	ID          string         `json:"id" jsonschema:"the id of the user, group or other object"`
	Type        string         `json:"type" jsonschema:"the kind of object: User, UserGroup, AppInstance and others"`
	AlternateID *string        `json:"alternateId" jsonschema:"another name; for a user, the login"`
	DisplayName *string        `json:"displayName" jsonschema:"the name for people"`
	DetailEntry map[string]any `json:"detailEntry" jsonschema:"more data, which depends on the type"`
}

// logConditions are the inputs that select events.
type logConditions struct {
	Since             string `json:"since,omitempty" jsonschema:"the start time; by default 7 days before until. Okta keeps 90 days" narrows:"true"`
	Until             string `json:"until,omitempty" jsonschema:"the end time; by default that of the newest event when the list starts" narrows:"true"`
	Keyword           string `json:"keyword,omitempty" jsonschema:"whole words that must all occur in an event, in upper or lower case; attributes that are null do not match" narrows:"true"`
	Q                 string `json:"q,omitempty" jsonschema:"more such words: Okta's own name for keyword" narrows:"true"`
	EventType         string `json:"event_type,omitempty" jsonschema:"the type of event, such as user.lifecycle.suspend" narrows:"true"`
	ActorID           string `json:"actor_id,omitempty" jsonschema:"the id of the actor" narrows:"true"`
	TargetID          string `json:"target_id,omitempty" jsonschema:"the id of a target" narrows:"true"`
	TargetType        string `json:"target_type,omitempty" jsonschema:"the kind of a target: User, UserGroup, AppInstance and others" narrows:"true"`
	TargetDisplayName string `json:"target_display_name,omitempty" jsonschema:"the name of a target" narrows:"true"`
	Outcome           string `json:"outcome,omitempty" jsonschema:"the result: SUCCESS, FAILURE, SKIPPED, ALLOW, DENY, CHALLENGE or UNKNOWN" narrows:"true"`
	CustomFilter      string `json:"custom_filter,omitempty" jsonschema:"another condition, as a filter expression; the fields above are compared by eq, and everything is joined by and" filter:"true"`
	Filter            string `json:"filter,omitempty" jsonschema:"another condition, as a filter expression" filter:"true"`
}

type listLogsInput struct {
	logConditions
	SortOrder string `json:"sort_order,omitempty" jsonschema:"oldest first, or newest first" enum:"asc,desc" default:"asc"`
	Limit     int    `json:"limit,omitempty" jsonschema:"events per page; Okta's default is 100" minimum:"1" maximum:"1000"`
	After     string `json:"after,omitempty" jsonschema:"the cursor to continue an earlier list from; by default the start"`
}

type countLogsInput struct {
	logConditions
	Max int `json:"max,omitempty" jsonschema:"stop counting after so many events; each 1,000 need a request" minimum:"1" maximum:"100000" default:"10000"`
}

// CountedLogs is a number of events.
type CountedLogs struct {
	Count     int  `json:"count" jsonschema:"the number of events"`
	Truncated bool `json:"truncated" jsonschema:"whether there are more events than max, which count then is"`
}

var logs = []card.Card{
	card.NewList(card.Spec{
		Name:    "okta.log.list",
		Title:   "Get System Logs",
		Also:    []string{"Search System Logs"},
		Summary: "list events of the system log, up to the newest one when the list starts",
		Scopes:  []string{"okta.logs.read"},
		Effect:  card.Reads,
		Key:     "uuid",
		Filters: eventFilters,
		Example: "card: okta.log.list\nwith: {event_type: user.lifecycle.suspend, outcome: SUCCESS}",
	}, listLogs),

	card.NewRead(card.Spec{
		Name:    "okta.log.count",
		Title:   "Count System Logs",
		Summary: "count events of the system log, up to the newest one when the count starts",
		Scopes:  []string{"okta.logs.read"},
		Effect:  card.Reads,
		Filters: eventFilters,
		Example: "card: okta.log.count\nwith: {event_type: user.lifecycle.suspend}",
	}, countLogs),
}

const (
	mostLogs    = 1_000  // Okta's maximum of a page
	mostCounted = 10_000 // by default
)

// countLogs counts the events of all pages. It keeps none of them.
func countLogs(ctx context.Context, call card.Call, in countLogsInput) (CountedLogs, error) {
	list, most := listLogsInput{logConditions: in.logConditions, Limit: mostLogs}, cmp.Or(in.Max, mostCounted)
	counted := CountedLogs{}
	err := eachPage(func(at card.Cursor) (card.Cursor, error) {
		events, next, err := listLogs(ctx, call, list, at)
		if counted.Count += len(events); counted.Count > most {
			counted, next = CountedLogs{Count: most, Truncated: true}, ""
		}
		return next, err
	})
	return counted, err
}

// listLogs reads a page. Without `until`, and oldest first, Okta always returns a link to a next page with future
// events. A flow that acts on events causes new events, so the list would never end. The first page therefore asks
// the org for its newest event, and the list ends with that event. The time of that event is part of the cursor, so
// that all pages have the same end. Other events of the same millisecond may be included.
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
		// Okta excludes events at `until`, and its times have milliseconds.
		until = oktaTime(newest.Add(time.Millisecond))
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

// newestEvent returns the time of the newest event; zero if there are no events.
func newestEvent(ctx context.Context, call card.Call, since string) (time.Time, error) {
	items, _, err := page[LogEvent](ctx, call, oktaapi.ListLogEvents,
		oktaapi.Args{Query: query("sortOrder", "DESCENDING", "limit", "1", "since", since)}, "")
	if err != nil || len(items) == 0 {
		return time.Time{}, err
	}
	return publishedAt(items[0].Value)
}

// publishedAt returns the time of the newest event.
func publishedAt(event card.Value) (time.Time, error) {
	fields, _ := event.(map[string]any)
	at, ok := timeIn(fields, "published")
	if !ok {
		published, _ := fields["published"].(string)
		return at, &card.Error{Kind: card.Unavailable, Message: fmt.Sprintf("the newest event was published at %q, which is not a time", published)}
	}
	return at, nil
}

// logFilter joins all conditions with "and": an eq for each field, and the expressions of the input.
func logFilter(in listLogsInput) string {
	var terms []string
	for _, field := range []struct{ attribute, value string }{
		{"eventType", in.EventType}, {"actor.id", in.ActorID}, {"target.id", in.TargetID}, {"target.type", in.TargetType},
		{"target.displayName", in.TargetDisplayName}, {"outcome.result", in.Outcome},
	} {
		if field.value != "" {
			quoted, _ := card.EncodeJSON(field.value) // a string can always be encoded
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
