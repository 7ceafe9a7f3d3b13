package engine

import (
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Options is where the values of an input come from, for a person to choose from: the records of a list card.
type Options struct {
	List     CallCard // its inputs see the text typed so far, as `typed`, and nothing else
	Searches bool     // its inputs read `typed`: the service searches. Else the labels are searched here
	Value    []string // the path in a record of the value that is chosen
	Label    []string // the path in a record of the label
}

// Option is one value that a person may choose.
type Option struct {
	Value Value  `json:"value"`
	Label string `json:"label"` // shown to the person; by default the value itself
}

// uses is the connection that o reads on, in a flow with these connections by service.
func (o *Options) uses(conns map[string]string) Use {
	return Use{Service: o.List.Card.Service(), Name: o.List.connection(conns)}
}

// OptionUses is the connection for the options of each input that has some and needs one. A run itself does not need
// them. chosen is the person's choice of a connection for each service, which may be nil.
func (p *Plan) OptionUses(chosen map[string]string) (uses []Use) {
	for _, in := range p.Inputs {
		if in.Options != nil && !in.Options.List.Card.NoConnection {
			uses = append(uses, in.Options.uses(connectionsOf(p, nil, nil, chosen)))
		}
	}
	return uses
}

// Find reads the first limit options of an input of p, for the text that a person has typed so far; more reports whether
// there are others. It reads page by page, no further than it must. Records without a value are passed over.
// Errors are those of a step that calls the list card.
func (o *Options) Find(rt Runtime, p *Plan, chosen map[string]string, typed string, limit int) (found []Option, more bool, err error) {
	f := &frame{settings: &settings{}, steps: &bindings{}, vars: &bindings{}, rt: rt, plan: p, conns: connectionsOf(p, nil, nil, chosen), roots: map[string]any{"typed": typed}}
	call, err := o.List.call(f, Place{}.Step("options"))
	if err != nil {
		return nil, false, err
	}
	read := o.List.pages(f, call)
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
			return found, false, nil
		}
	}
}

// valueAt is the value at a path in a record; nil if there is none.
func valueAt(v Value, path []string) Value {
	for _, name := range path {
		fields, _ := v.(map[string]any)
		v = fields[name]
	}
	return v
}

// Words shows a value: a text as it is, anything else as JSON, nil as nothing.
func Words(v Value) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	data, err := card.EncodeJSON(v)
	if err != nil { // no value of the model fails
		return ""
	}
	return string(data)
}

// holdsFold reports whether part is in s, in whatever case.
func holdsFold(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}
