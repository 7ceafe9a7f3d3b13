package card

import (
	"reflect"
	"slices"
	"strings"
)

// Kept returns the part of the state before a call that a history needs, so that it has no more of a person than that: the fields that the call
// sets, those that it changes in a way which only the service knows, those that its Back reads, and the id. A report, an undo and Did make the same
// of it as of the whole state. It returns the whole state if the call removes the thing, since then all of it is needed to make it again, and if what
// the call sets depends on more of the state.
func (c Card) Kept(in Value, before State) State {
	if c.write.after == nil || before.Missing || before.Fields == nil {
		return before
	}
	after, err := c.After(in, before)
	if err != nil || after.Gone || after.Refused != "" {
		return before
	}
	whole := slices.Concat([]string{"id"}, after.Unseen)
	if c.write.keeps != nil {
		names, err := c.write.keeps(in)
		if err != nil {
			return before
		}
		whole = append(whole, names...)
	}
	kept := State{Names: before.Names, Fields: part(before.Fields, after.Fields)}
	for name, v := range before.Fields {
		if slices.ContainsFunc(whole, func(other string) bool { return strings.EqualFold(name, other) }) {
			kept.Fields[name] = v
		}
	}
	if again, err := c.After(in, kept); err != nil || !reflect.DeepEqual(after, again) {
		return before
	}
	return kept
}

// part returns the fields of an object that set has, at any depth.
func part(fields, set map[string]Value) map[string]Value {
	all := map[string]Value{}
	for name, v := range set {
		was, has := fields[name]
		if !has {
			continue
		}
		inner, isObject := v.(map[string]any)
		object, wasObject := was.(map[string]any)
		if isObject && wasObject {
			was = part(object, inner)
		}
		all[name] = was
	}
	return all
}
