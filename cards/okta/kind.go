package okta

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// A kind describes the objects of one resource, such as network zones, to the functions that all their cards share.
// Users and groups have their own functions.
type kind struct {
	word   string            // in messages, such as "network zone"
	input  string            // the input with the object's id, such as "zone_id"
	get    oktaapi.Operation // reads one object by its ids
	name   string            // the path of the field that names an object for people; "" if there is none
	fields []string          // the fields that cards can change, besides profile
}

// identified is the input of a card that acts on one object.
type identified interface {
	ids() []string // the ids in the path of the request, the outermost first
}

// read reads one object.
func (k kind) read(ctx context.Context, call card.Call, ids []string) (map[string]any, error) {
	org, err := session(call)
	if err != nil {
		return nil, err
	}
	return org.Resource(ctx, k.get, oktaapi.Args{Path: ids})
}

// find reads one object. It returns nil if the object does not exist.
func (k kind) find(ctx context.Context, call card.Call, ids []string) (map[string]any, error) {
	object, err := k.read(ctx, call, ids)
	if isNotFound(err) {
		return nil, nil
	}
	return object, err
}

// state returns the fields of an object that cards can change. A nil object does not exist.
func (k kind) state(object map[string]any) card.State {
	if object == nil {
		return card.State{Missing: true}
	}
	state := card.State{Fields: fields(object, append([]string{"id", "status"}, k.fields...)...)}
	if name := k.nameOf(object); name != "" {
		state.Names = map[string]string{k.input: name}
	}
	return state
}

// before returns the function that reads the object that a call will change.
func before[In identified](k kind) func(context.Context, card.Call, In) (card.State, error) {
	return func(ctx context.Context, call card.Call, in In) (card.State, error) {
		object, err := k.find(ctx, call, in.ids())
		return k.with(in).state(object), err
	}
}

// with returns the kind with the fields that an input has in its input for more fields.
func (k kind) with(in any) kind {
	if extra, has := in.(interface{ more() []string }); has {
		k.fields = append(slices.Clip(k.fields), extra.more()...)
	}
	return k
}

// reading returns the function of a card that reads one object.
func reading[T any, In identified](op oktaapi.Operation) func(context.Context, card.Call, In) (card.Raw[T], error) {
	return func(ctx context.Context, call card.Call, in In) (card.Raw[T], error) {
		object, err := kind{get: op}.read(ctx, call, in.ids())
		return card.Raw[T]{Value: object}, err
	}
}

// turning returns the function of a card that sets the status of an object by a lifecycle operation. It reads the object first,
// and sends nothing if the status is as wanted: Okta answers alike whether or not anything changed.
func turning[In identified](k kind, op oktaapi.Operation, wanted string) func(context.Context, card.Call, In) (Changed, error) {
	return func(ctx context.Context, call card.Call, in In) (Changed, error) {
		object, err := k.read(ctx, call, in.ids())
		if err != nil || object["status"] == wanted {
			return Changed{}, err
		}
		return sending(ctx, call, op, oktaapi.Args{Path: in.ids()})
	}
}

// sending sends a request that changes something.
func sending(ctx context.Context, call card.Call, op oktaapi.Operation, args oktaapi.Args) (Changed, error) {
	org, err := session(call)
	if err != nil {
		return Changed{}, err
	}
	_, err = org.Do(ctx, op, args)
	return Changed{err == nil}, err
}

// sameInput returns the input of a call, for an undo card that takes the same one.
func sameInput[In any](in In, _ Changed, _ card.State) any { return in }

// write sends an object and returns the resulting one, with the field changed.
func (k kind) write(ctx context.Context, call card.Call, op oktaapi.Operation, args oktaapi.Args, object map[string]any) (map[string]any, error) {
	org, err := session(call)
	if err != nil {
		return nil, err
	}
	if args.Body, err = card.EncodeJSON(object); err != nil {
		return nil, badInput("", "the %s is not valid JSON: %v", k.word, err)
	}
	answer, err := org.Resource(ctx, op, args)
	if err != nil {
		return nil, err
	}
	answer["changed"] = true
	return answer, nil
}

// update changes the wanted fields of an object. It reads the object first. A change that somebody else makes between the two
// requests is lost, unless it is another call in this process: see alone.
func (k kind) update(ctx context.Context, call card.Call, op oktaapi.Operation, ids []string, wanted map[string]any, made ...string) (map[string]any, error) {
	object, err := k.read(ctx, call, ids)
	if err != nil {
		return nil, err
	}
	return k.replace(ctx, call, op, ids, object, wanted, made...)
}

// replace changes the wanted fields of an object that was read by a PUT, which replaces all fields that a client can set; Okta makes
// the fields in made. A null removes a field. It writes nothing if no field differs.
func (k kind) replace(ctx context.Context, call card.Call, op oktaapi.Operation, ids []string, object, wanted map[string]any, made ...string) (map[string]any, error) {
	differ := differing(object, wanted)
	if len(differ) == 0 {
		object["changed"] = false
		return object, nil
	}
	sent := maps.Clone(object)
	maps.DeleteFunc(sent, func(name string, value any) bool {
		return value == nil || slices.Contains(madeByOkta, name) || slices.Contains(made, name)
	})
	for name, value := range differ {
		if sent[name] = value; value == nil {
			delete(sent, name)
		}
	}
	answer, err := k.write(ctx, call, op, oktaapi.Args{Path: ids}, sent)
	if err == nil {
		answer["changed"] = k.differs(object, answer)
	}
	return answer, err
}

// differs reports whether a write changed an object: Okta ignores fields that it does not know, or that no client can set.
func (k kind) differs(before, answer map[string]any) bool {
	set := func(object map[string]any) map[string]any {
		object = maps.Clone(object)
		maps.DeleteFunc(object, func(name string, _ any) bool { return name == "changed" || slices.Contains(madeByOkta, name) })
		return object
	}
	return !card.Same(set(before), set(answer))
}

// checkExtra refuses fields in the input extra that are given as an input too, and those that no client can set.
func checkExtra(in any, extra map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		switch {
		case name == "status":
			return badInput("the cards that activate and deactivate change it", "field %q cannot be set in extra", name)
		case slices.Contains(madeByOkta, name):
			return badInput("leave it out", "field %q cannot be set in extra: Okta makes it", name)
		}
	}
	return checkTwice(in, "extra", extra)
}

// checkTwice refuses fields in an input for more fields that are given as an input too.
func checkTwice(in any, input string, more map[string]any) error {
	inputs := given(in, nil, input)
	for _, name := range slices.Sorted(maps.Keys(more)) {
		if _, twice := inputs[name]; twice {
			return badInput("", "field %q is given twice, as an input and in %s", name, input)
		}
	}
	return nil
}

// madeByOkta are the fields that no client can set.
var madeByOkta = []string{"id", "created", "lastUpdated", "_links", "_embedded", "system"}

// given returns the fields that an input gives, by Okta's names: the input send_email is the field sendEmail. Inputs that are left
// out are missing, and so are the names in but. extra has more fields, by Okta's names.
func given(in any, extra map[string]any, but ...string) map[string]any {
	text, err := json.Marshal(in)
	var inputs map[string]any
	if err == nil {
		inputs, err = objectOf(text)
	}
	if err != nil {
		panic(err) // the input was made from JSON
	}
	wanted := map[string]any{}
	for name, value := range inputs {
		if slices.Contains(but, name) {
			continue
		}
		wanted[camel(name)] = value
	}
	maps.Copy(wanted, extra)
	return wanted
}

// camel returns Okta's name of an input: sendEmail for send_email.
func camel(input string) string {
	words := strings.Split(input, "_")
	for i, word := range words[1:] {
		words[i+1] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "")
}

func objectOf(text []byte) (map[string]any, error) {
	v, err := card.DecodeJSON(text)
	object, _ := v.(map[string]any)
	return object, err
}

// restored returns the old values of the fields that a call changed; a null for a field that did not exist. It returns nil if
// the state before the call is not known.
func restored(wanted map[string]any, before card.State) map[string]any {
	if before.IsZero() {
		return nil
	}
	old := map[string]any{}
	for name := range wanted {
		old[name] = before.Fields[name]
	}
	return old
}

// onPage searches one page of a list for the object with a name. It returns nil if the page does not have it, and the cursor of
// the next page, which is empty after the last.
func (k kind) onPage(ctx context.Context, call card.Call, op oktaapi.Operation, args oktaapi.Args, name string, at card.Cursor) (map[string]any, card.Cursor, error) {
	org, err := session(call)
	if err != nil {
		return nil, "", err
	}
	items, next, err := org.Page(ctx, op, args, at)
	for _, item := range items {
		if object, _ := item.(map[string]any); k.nameOf(object) == name {
			return object, next, err
		}
	}
	return nil, next, err
}

// named searches a list for the object with a name. It returns nil if there is none.
func (k kind) named(ctx context.Context, call card.Call, op oktaapi.Operation, args oktaapi.Args, name string) (map[string]any, error) {
	return search(func(at card.Cursor) (map[string]any, card.Cursor, error) {
		return k.onPage(ctx, call, op, args, name, at)
	})
}

// beforeNamed reads the object with a name before a call that creates it. It reads one page: if there are more, and the page
// does not have the object, the state is not known.
func (k kind) beforeNamed(ctx context.Context, call card.Call, op oktaapi.Operation, args oktaapi.Args, name string) (card.State, error) {
	object, more, err := k.onPage(ctx, call, op, args, name, "")
	if err != nil || object == nil && more != "" {
		return card.State{}, err
	}
	state := k.state(object)
	state.Names = nil // the card has no input with the id
	return state, nil
}

// didCreate searches for the object that a call may have created: the call created it only if no object had the name before.
func (k kind) didCreate(object map[string]any, err error, before card.State) (map[string]any, bool, error) {
	if err != nil || object == nil {
		return nil, false, err
	}
	if err := created(k.word+" "+k.nameOf(object), before); err != nil || !before.Missing {
		return nil, false, err
	}
	object["changed"] = true
	return object, true, nil
}

// didCreateNamed is didCreate for an object that is found by its name.
func (k kind) didCreateNamed(ctx context.Context, call card.Call, op oktaapi.Operation, args oktaapi.Args, name string, before card.State) (map[string]any, bool, error) {
	object, err := k.named(ctx, call, op, args, name)
	return k.didCreate(object, err, before)
}

// nameOf returns the name of an object; "" if it has none.
func (k kind) nameOf(object map[string]any) string {
	path := strings.Split(k.name, ".")
	name, _ := objectAt(object, path[:len(path)-1]...)[path[len(path)-1]].(string)
	return name
}
