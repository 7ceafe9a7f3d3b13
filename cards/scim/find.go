package scim

import (
	"context"
	"fmt"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// lookup is a search for the only resource whose attribute has a value.
type lookup struct {
	attribute, value string
	excluded         []string // see listing
}

func (l lookup) filter() string { return l.attribute + " eq " + quoted(l.value) }

// loosely returns a filter that selects what the lookup is for, and perhaps more, without a value that needs escapes. Some targets take a backslash
// in a filter as it is, so that they do not find DOMAIN\ada. "" if the value needs no escapes.
func (l lookup) loosely() string {
	if !strings.ContainsFunc(l.value, needsEscape) {
		return ""
	}
	parts := strings.FieldsFunc(l.value, needsEscape)
	if len(parts) == 0 {
		return l.attribute + " pr"
	}
	last, how := parts[len(parts)-1], "co"
	if strings.HasSuffix(l.value, last) {
		how = "ew"
	}
	return l.attribute + " " + how + " " + quoted(last)
}

// needsEscape reports whether JSON has a character of a string only with a backslash.
func needsEscape(r rune) bool { return len(quoted(string(r))) != len(string(r))+2 }

// among returns the resources that the lookup is for. Some targets ignore a filter that they do not know, and answer with everybody.
func (l lookup) among(resources []map[string]any) (found []map[string]any) {
	fits, _ := parseFilter(l.filter()) // it is valid
	for _, r := range resources {
		if fits(r) {
			found = append(found, r)
		}
	}
	return found
}

// find returns the resource that a lookup is for; nil if there is none. Several are an error of kind conflict.
func (t *target) find(ctx context.Context, k kind, l lookup) (found map[string]any, err error) {
	var all []map[string]any
	for _, filter := range []string{l.filter(), l.loosely()} {
		if filter == "" || len(all) > 0 {
			break
		}
		err = t.each(ctx, k, listing{filter: filter, excluded: l.excluded}, func(resources []map[string]any) bool {
			all = append(all, l.among(resources)...)
			return len(all) < 2
		})
		if err != nil {
			return nil, err
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	if len(all) > 1 {
		return nil, &card.Error{
			Kind: card.Conflict, Message: fmt.Sprintf("several %ss have the %s %q", k.noun, l.attribute, l.value),
			Details: map[string]any{"ids": []any{all[0]["id"], all[1]["id"]}},
		}
	}
	return all[0], nil
}

// glance returns what the first page shows of the resource that a lookup is for or, if there is none, the next lookup, for a state before a call.
// The zero State is for a target whose first page does not show it.
func (t *target) glance(ctx context.Context, k kind, lookups ...lookup) (card.State, error) {
	var filters []string
	for _, l := range lookups {
		filters = append(filters, l.filter())
	}
	p, err := t.pageAt(ctx, k, listing{filter: strings.Join(filters, " or "), excluded: lookups[0].excluded}, position{start: 1})
	if refusesFilter(err) {
		return card.State{}, nil
	}
	if err != nil {
		return card.State{}, err
	}
	for _, l := range lookups {
		switch found := l.among(p.resources); {
		case len(found) == 1:
			state := stateOf(k, found[0])
			state.Names = nil // the card has no input with the id
			return state, nil
		case len(found) > 1 || p.next != nil || l.loosely() != "":
			return card.State{}, nil
		}
	}
	return card.State{Missing: true}, nil
}

// stateOf returns the attributes of a resource that cards can set, and its id.
func stateOf(k kind, r map[string]any) card.State {
	fields := map[string]card.Value{"id": r["id"]}
	for name, v := range r {
		if !isFixed(name) {
			fields[name] = v
		}
	}
	state := card.State{Fields: asInState(fields)}
	if label, ok := r[k.label].(string); ok {
		state.Names = map[string]string{k.input: label}
	}
	return state
}

// before reads the state of a resource before a call.
func (t *target) before(ctx context.Context, k kind, id string, excluded ...string) (card.State, error) {
	r, err := t.read(ctx, k, id, queryOf(nil, excluded))
	if isNotFound(err) {
		return card.State{Missing: true}, nil
	}
	if err != nil {
		return card.State{}, err
	}
	return stateOf(k, r.fields), nil
}
