package engine

import (
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/words"
)

// Options are the possible values of an input, which a user chooses from: they are the records of a list card.
type Options struct {
	List     CallCard // its inputs can read the text typed so far as `typed`, and nothing else
	Searches bool     // its inputs read `typed`, so the service searches; otherwise Find searches the labels
	Value    []string // path in a record to the value of the option
	Label    []string // path in a record to the label
}

// Option is one value that a user can choose.
type Option struct {
	Value Value  `json:"value"`
	Label string `json:"label"` // shown to the user; the value itself by default
}

// uses returns the connection that o reads on, in a flow with these connections by service.
func (o *Options) uses(conns map[string]string) Use {
	return Use{Service: o.List.Card.Service(), Name: o.List.connection(conns)}
}

// OptionUses returns the connections for the options of all inputs. A run itself does not need them. chosen is the
// user's choice of a connection for each service; it may be nil.
func (p *Plan) OptionUses(chosen map[string]string) (uses []Use) {
	p.EachOption(chosen, func(use Use, list CallCard) {
		if !list.Card.NoConnection {
			uses = append(uses, use)
		}
	})
	return uses
}

// EachOption calls visit for every list from which the options of an input are read, with the connection that it is read on, as
// EachCard does.
func (p *Plan) EachOption(chosen map[string]string, visit func(Use, CallCard)) {
	for _, in := range p.Inputs {
		if in.Options != nil {
			visit(in.Options.uses(connectionsOf(p.Connections, nil, nil, chosen)), in.Options.List)
		}
	}
}

// Find returns the first limit options of an input of p for the text that the user has typed so far; more reports
// whether there are others. It reads page by page, and stops as soon as it has enough. Records without a value are
// skipped. Errors are those of a step that calls the list card.
func (o *Options) Find(rt Runtime, p *Plan, chosen map[string]string, typed string, limit int) (found []Option, more bool, err error) {
	f := &frame{settings: &settings{}, steps: &bindings{}, vars: &bindings{}, rt: rt, plan: p, conns: connectionsOf(p.Connections, nil, nil, chosen), roots: map[string]any{"typed": typed}}
	call, err := o.List.call(f, Place{}.Step("options"))
	if err != nil {
		return nil, false, err
	}
	read := o.List.pages(f, call, &Pages{})
	for at := card.Cursor(""); ; {
		page, err := read(rt, at)
		if err != nil {
			return nil, false, err
		}
		for _, record := range page.Items {
			option := Option{Value: valueAt(record, o.Value), Label: Words(valueAt(record, o.Label))}
			if option.Value == nil || !o.Searches && !holdsFold(option.Label, typed) {
				continue
			}
			if len(found) == limit {
				return found, true, nil
			}
			found = append(found, option)
		}
		if at = page.Next; at == "" {
			return found, page.Cut != nil, nil
		}
	}
}

// valueAt returns the value at a path in a record; nil if there is none.
func valueAt(v Value, path []string) Value {
	for _, name := range path {
		fields, _ := v.(map[string]any)
		v = fields[name]
	}
	return v
}

// Words returns a value as text for people: a string unchanged, nil as an empty string, a number in decimal digits, anything
// else as JSON.
func Words(v Value) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return words.Number(v)
	}
	data, err := card.EncodeJSON(v)
	if err != nil { // cannot happen for a value of the model
		return ""
	}
	return string(data)
}

// holdsFold reports whether s contains part, ignoring case.
func holdsFold(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}
