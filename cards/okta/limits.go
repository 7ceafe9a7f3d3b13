package okta

import (
	"context"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// probes are the small reads that show an org's limits. The limits of writes cannot be read without
// writing.
var probes = []struct {
	op     oktaapi.Operation
	scope  string
	inside bool // it reads one record: the first one of the last list
	list   bool // it reads a list, of which one record is enough
}{
	{op: oktaapi.ListUsers, scope: "okta.users.read", list: true},
	{op: oktaapi.GetUser, scope: "okta.users.read", inside: true},
	{op: oktaapi.ListUserGroups, scope: "okta.users.read", inside: true, list: true},
	{op: oktaapi.ListGroups, scope: "okta.groups.read", list: true},
	{op: oktaapi.GetGroup, scope: "okta.groups.read", inside: true},
	{op: oktaapi.ListGroupUsers, scope: "okta.groups.read", inside: true, list: true},
	{op: oktaapi.ListLogEvents, scope: "okta.logs.read", list: true},
}

// Limits sends small reads and returns the rate limits that Okta reports for them. If a list is refused or empty,
// there is no record to read, and the limit for reading a record is left out.
func (c *connection) Limits(ctx context.Context) ([]card.Limit, error) {
	var limits []card.Limit
	record := "" // the id of the first record of the last list
	for _, p := range probes {
		var args oktaapi.Args
		if p.inside {
			if record == "" {
				continue
			}
			args.Path = []string{record}
		}
		if p.list {
			args.Query = query("limit", "1")
		}
		quota, answer, err := c.Quota(ctx, p.op, args)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		limit := card.Limit{Name: p.op.Bucket, PerMinute: quota.Limit, Remaining: quota.Remaining, ResetsIn: quota.Resets}
		if err != nil {
			refusal := *card.AsError(err)
			if refusal.Kind == card.Forbidden {
				refusal.Hint = "this needs " + p.scope
			}
			limit = card.Limit{Name: p.op.Bucket, Err: &refusal}
		}
		limits = append(limits, limit)
		if !p.inside {
			record = firstID(answer)
		}
	}
	return limits, nil
}

// firstID returns the id of the first record of a list; empty if there is none.
func firstID(answer card.Value) string {
	items, _ := answer.([]any)
	if len(items) == 0 {
		return ""
	}
	record, _ := items[0].(map[string]any)
	id := idOf(record)
	return id
}
