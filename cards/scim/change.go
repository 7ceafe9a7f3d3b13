package scim

import (
	"context"
	"maps"
	"net/http"

	"github.com/flowdeck/flowdeck/engine/card"
)

// create makes a resource. Nobody has checked that the target does not have it already: a target that allows no second one answers 409.
func (t *target) create(ctx context.Context, k kind, want map[string]any, password string) (resource, error) {
	body := replacement(k, want, nil)
	if password != "" {
		body["password"] = password
	}
	return t.call(ctx, message{method: http.MethodPost, path: k.path, body: body}, "")
}

// A changed resource is one after a write.
type changed struct {
	resource
	before  map[string]any
	ignored []string // the wanted attributes that the target left as they were although they differ
}

// differs reports whether the write changed the resource.
func (c changed) differs() bool { return !sameResource(c.before, c.fields) }

// change gives a resource the wanted attributes, in one request: with the fewest operations, or as a whole if the target has no PATCH. It sends
// nothing if the resource has them already.
func (t *target) change(ctx context.Context, k kind, id string, want map[string]any, excluded ...string) (changed, error) {
	o, err := t.offers(ctx)
	if err != nil {
		return changed{}, err
	}
	if !o.Patch {
		excluded = nil // a whole resource is written
	}
	is, err := t.read(ctx, k, id, queryOf(nil, excluded))
	if err != nil {
		return changed{}, err
	}
	operations := difference(want, is.fields)
	if len(operations) == 0 {
		return changed{resource: is, before: is.fields}, nil
	}
	m := message{method: http.MethodPatch, body: patch(operations)}
	if !o.Patch {
		m = message{method: http.MethodPut, body: replacement(k, want, is.fields)}
	}
	after, err := t.write(ctx, k, is, o, m, excluded)
	if o.Patch && lacksPatch(err) {
		t.withoutPatch()
		return t.change(ctx, k, id, want, excluded...)
	}
	if err != nil {
		return changed{}, err
	}
	return changed{after, is.fields, left(want, after.fields)}, nil
}

// left returns the wanted attributes that a resource does not have.
func left(want, have map[string]any) (names []string) {
	for _, name := range sortedNames(want) {
		if len(difference(map[string]any{name: want[name]}, have)) > 0 {
			names = append(names, name)
		}
	}
	return names
}

// write sends a message that changes a resource, and returns the resource as it is afterward.
func (t *target) write(ctx context.Context, k kind, is resource, o offer, m message, excluded []string) (after resource, err error) {
	if m.path, err = k.one(is.id()); err != nil {
		return resource{}, err
	}
	if o.ETag {
		m.match = is.version
	}
	if after, err = t.call(ctx, m, is.id()); err != nil {
		return resource{}, err
	}
	if after.fields == nil { // 204
		return t.read(ctx, k, is.id(), queryOf(nil, excluded))
	}
	for _, name := range excluded {
		delete(after.fields, name)
	}
	return after, nil
}

// lacksPatch reports whether a target refused a PATCH because it has none, so that nothing was done.
func lacksPatch(err error) bool {
	failure := card.AsError(err)
	return failure != nil && (failure.Status == http.StatusNotImplemented || failure.Status == http.StatusMethodNotAllowed)
}

// patch returns the body of a PATCH.
func patch(operations []operation) map[string]any {
	all := make([]any, len(operations))
	for i, o := range operations {
		all[i] = o.body()
	}
	return map[string]any{"schemas": []any{patchMessage}, "Operations": all}
}

// remove deletes a resource.
func (t *target) remove(ctx context.Context, k kind, id string) error {
	path, err := k.one(id)
	if err != nil {
		return err
	}
	_, err = t.call(ctx, message{method: http.MethodDelete, path: path}, "")
	return err
}

// restored returns the wanted attributes that undo a change of some attributes: as they were before it, and null for what was not there. after is
// the answer of the call. It returns nil if the state before is not known.
func restored(names []string, before card.State, after card.Value) map[string]any {
	if before.Fields == nil {
		return nil
	}
	is, _ := after.(map[string]any)
	back := map[string]any{}
	for _, name := range names {
		was := field(before.Fields, name)
		object, isObject := field(is, name).(map[string]any)
		if old, ok := was.(map[string]any); isObject && (ok || urn.MatchString(name)) {
			was = withNulls(old, object)
		}
		back[name] = was
	}
	return back
}

// withNulls returns an object with a null for each field that only the other one has.
func withNulls(object, other map[string]any) map[string]any {
	all := map[string]any{}
	for name := range other {
		all[name] = nil
	}
	for name, v := range object {
		delete(all, fieldName(all, name))
		all[name] = v
	}
	return all
}

// written returns a resource as the answer of a card.
func written(r map[string]any, changed bool) map[string]any {
	out := maps.Clone(r)
	out["changed"] = changed
	return out
}
