package flow

import (
	"cmp"
	"slices"
)

// ordered sorts the keys of a document into the order of the table: those of flows, steps, triggers and other forms of
// the language, but not those chosen by the author. Comments above a key and next to it move with it. Comments above
// the first key stay there, as comments on the whole mapping.
func ordered(root *piece) {
	if root.kind != Mapping || !slices.ContainsFunc(root.parts, func(e *part) bool { return e.named("flow") || e.named("steps") }) {
		return
	}
	whole := &part{value: root}
	orderForm(whole, &flowForm)
	root.head = append(root.head, whole.lead...)
}

func (e *part) named(name string) bool {
	return e.key != nil && !e.key.alias && string(e.key.text) == name
}

func orderValue(e *part, s *Shape) {
	v := e.value
	switch s.Kind {
	case ShapeForm:
		orderForm(e, s.Form)
	case ShapeSteps:
		for _, item := range v.items() {
			orderForm(item, &stepForm)
		}
	case ShapeList:
		for _, item := range v.items() {
			orderValue(item, s.Of)
		}
	case ShapeMap:
		if v.kind == Mapping {
			for _, entry := range v.parts {
				orderValue(entry, s.Of)
			}
		}
	case ShapeOr:
		for i := range s.Any {
			if kind := s.Any[i].Kind; (kind == ShapeForm) == (v.kind == Mapping) {
				orderValue(e, &s.Any[i])
				return
			}
		}
	}
}

// items returns the items of a list; nil for other kinds.
func (v *piece) items() []*part {
	if v.kind != List {
		return nil
	}
	return v.parts
}

// orderForm orders the keys of a mapping and of its contents. A mapping with two verbs or with duplicate keys is not
// changed: it must be corrected first.
func orderForm(e *part, f *Form) {
	v := e.value
	if v.kind != Mapping {
		return
	}
	var names []string
	for _, entry := range v.parts {
		names = append(names, string(entry.key.text))
	}
	verbs := f.verbsOf(names)
	for _, entry := range v.parts {
		if k := f.key(string(entry.key.text), verbs); k != nil {
			orderValue(entry, &k.Shape)
		}
	}
	if len(verbs) > 1 {
		return
	}
	first := v.parts[0]
	order := f.order(verbs, v)
	place := func(e *part) int {
		if i := slices.Index(order, string(e.key.text)); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(v.parts, func(a, b *part) int { return cmp.Compare(place(a), place(b)) })
	if now := v.parts[0]; now != first {
		// The lines above the new first key move above the mapping.
		comments := slices.DeleteFunc(now.lead, func(s string) bool { return s == "" })
		if now.lead = nil; e.compact() {
			e.lead = append(e.lead, comments...)
		} else {
			v.head = append(v.head, comments...)
		}
	}
}

// order returns the keys of a form in their order: that of the table, with the verb and its keys first.
//
// A step starts with its id and its name. Its guard follows a verb whose value is on the same line (stop: not active,
// if: …), and precedes a verb whose value is a list or mapping, where it would be hard to find below the value.
func (f *Form) order(verbs []*Verb, v *piece) []string {
	var keys []string
	if len(verbs) == 0 {
		return f.names(nil)
	}
	verb := verbs[0]
	for _, k := range verb.Keys {
		keys = append(keys, k.Name)
	}
	if f != &stepForm {
		keys = append([]string{verb.Name}, keys...)
		for _, k := range f.Keys {
			keys = append(keys, k.Name)
		}
		return keys
	}
	i := slices.IndexFunc(v.parts, func(e *part) bool { return e.named(verb.Name) })
	if i >= 0 && v.parts[i].value.kind == Scalar {
		return slices.Concat([]string{"id", "name", verb.Name, "if"}, keys)
	}
	return slices.Concat([]string{"id", "name", "if", verb.Name}, keys)
}
