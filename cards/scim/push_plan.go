package scim

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"net/http"

	"github.com/flowdeck/flowdeck/cards/web"
)

// defaultChunk is the most members that a request adds or removes, so that its body stays well below what servers accept.
const defaultChunk = 1000

// A plan has the changes after which a group is as wanted.
type plan struct {
	is          roster
	want        map[string]any // attributes besides the members
	attributes  []operation    // for those that differ
	add, remove []string       // ids of members
	all         []string       // of all wanted members
	chunk       int
}

// plan compares a group with what is wanted.
func (in pushGroupInput) plan(is roster, wanted []string) plan {
	want := map[string]any{"displayName": in.DisplayName}
	if in.ExternalID != "" {
		want["externalId"] = in.ExternalID
	}
	p := plan{is: is, want: want, all: wanted, chunk: cmp.Or(in.Chunk, defaultChunk)}
	if is.id != "" {
		if in.keepsName(is.fields) {
			delete(want, "displayName")
		}
		p.attributes = difference(want, is.fields)
	}
	there := make(map[string]bool, len(is.members))
	for _, id := range is.members {
		there[id] = true
	}
	stays := make(map[string]bool, len(wanted))
	for _, id := range wanted {
		if stays[id] = true; !there[id] {
			p.add = append(p.add, id)
		}
	}
	for _, id := range is.members {
		if !stays[id] {
			p.remove = append(p.remove, id)
		}
	}
	return p
}

// steps returns the operations of each request. Members are added before others are removed, so that nobody who changes places with somebody is
// without access in between. If that needs several requests, or several operations, and one operation can set all members, it does.
func (p plan) steps() [][]operation {
	var steps [][]operation
	switch {
	case len(p.all) == 0 && len(p.remove) > 0:
		steps = [][]operation{{{Op: "remove", Path: "members"}}}
	case len(p.all) <= p.chunk && len(p.remove)+min(len(p.add), 1) > 1:
		steps = [][]operation{{{"replace", "members", references(p.all)}}}
	default:
		for _, ids := range chunks(p.add, p.chunk) {
			steps = append(steps, []operation{{"add", "members", references(ids)}})
		}
		for _, ids := range chunks(p.remove, p.chunk) {
			var leaving []operation
			for _, id := range ids {
				leaving = append(leaving, operation{Op: "remove", Path: "members[value eq " + quoted(id) + "]"})
			}
			steps = append(steps, leaving)
		}
		steps = joined(steps, p.chunk, len(p.add), len(p.remove))
	}
	if len(p.attributes) > 0 {
		if len(steps) == 0 {
			return [][]operation{p.attributes}
		}
		steps[0] = append(append([]operation{}, p.attributes...), steps[0]...)
	}
	return steps
}

// joined makes one request of an addition and a removal that fit into one.
func joined(steps [][]operation, chunk, added, removed int) [][]operation {
	if added > 0 && removed > 0 && added+removed <= chunk {
		return [][]operation{append(steps[0], steps[1]...)}
	}
	return steps
}

// chunks cuts ids into parts of at most n.
func chunks(ids []string, n int) (parts [][]string) {
	for len(ids) > 0 {
		part := ids[:min(n, len(ids))]
		parts, ids = append(parts, part), ids[len(part):]
	}
	return parts
}

// references returns members as SCIM has them.
func references(ids []string) []any {
	all := make([]any, len(ids))
	for i, id := range ids {
		all[i] = map[string]any{"value": id}
	}
	return all
}

// carryOut makes the changes, and returns the id of the group.
func (t *target) carryOut(ctx context.Context, p plan) (id string, err error) {
	o, err := t.offers(ctx)
	if err != nil {
		return p.is.id, err
	}
	if p.is.id == "" {
		if p, err = t.begin(ctx, p, o); err != nil {
			return "", err
		}
	}
	if len(p.add)+len(p.remove)+len(p.attributes) == 0 {
		return p.is.id, nil
	}
	if o.Patch {
		for _, operations := range p.steps() {
			if err = t.step(ctx, &p.is, o, message{method: http.MethodPatch, body: patch(operations)}); err != nil {
				break
			}
		}
		if !lacksPatch(err) {
			return p.is.id, err
		}
		t.withoutPatch()
	}
	return p.is.id, t.step(ctx, &p.is, o, message{method: http.MethodPut, body: replacement(groups, p.whole(p.all), p.is.fields)})
}

// whole returns the attributes of the group with members.
func (p plan) whole(members []string) map[string]any {
	want := map[string]any{"members": references(members)}
	maps.Copy(want, p.want)
	return want
}

// begin creates the group with the members that fit into one request, and returns the plan for the others.
func (t *target) begin(ctx context.Context, p plan, o offer) (plan, error) {
	first := p.all
	if o.Patch {
		first = p.all[:min(p.chunk, len(p.all))]
	}
	r, err := t.create(ctx, groups, p.whole(first), "")
	if err != nil {
		return p, err
	}
	delete(r.fields, "members")
	p.is = roster{id: r.id(), fields: r.fields, version: r.version}
	p.add = p.all[len(first):]
	return p, nil
}

// step sends one request, on the version that the one before left. Its answer may be a group with very many members, of which only the id and
// the version are read. It does not ask for an answer without them: there are servers that then lose all members.
func (t *target) step(ctx context.Context, g *roster, o offer, m message) (err error) {
	if m.path, err = groups.one(g.id); err != nil {
		return err
	}
	if o.ETag {
		m.match = g.version
	}
	return t.send(ctx, m, func(a web.Answer) error {
		g.version = a.Header.Get("ETag")
		if len(a.Body) == 0 {
			return nil
		}
		var is struct {
			ID   string
			Meta struct{ Version string }
		}
		if json.Unmarshal(a.Body, &is) != nil || is.ID != g.id {
			return a.Unread("is not the group")
		}
		g.version = cmp.Or(g.version, is.Meta.Version)
		return nil
	})
}

// ignored returns the names of the attributes that a plan wants, and that the target does not have after all requests: there are targets that
// know no externalId.
func (t *target) ignored(ctx context.Context, id string, p plan) ([]string, error) {
	left := []string{}
	if p.is.id != "" && len(p.attributes) == 0 {
		return left, nil
	}
	is, err := t.read(ctx, groups, id, queryOf(nil, groups.large()))
	if isNotFound(err) { // there are targets that show a new group later
		return left, nil
	}
	if err != nil {
		return left, err
	}
	for _, o := range difference(p.want, is.fields) {
		left = append(left, o.Path)
	}
	return left, nil
}
