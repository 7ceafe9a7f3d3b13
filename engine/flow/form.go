package flow

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/words"
)

// A reader checks nodes against the table of the language. It keeps the parts that have the right shape and reports the
// others.
type reader struct {
	problems *Problems
	items    map[*Node]entry // the items of lists that were read with a form
}

func newReader(ps *Problems) *reader { return &reader{problems: ps, items: map[*Node]entry{}} }

func (r *reader) problem(at *Node, code, hint, format string, args ...any) {
	r.problems.add(at, code, hint, format, args...)
}

// An entry is a mapping that was read with its form.
type entry struct {
	verbs  []*Verb // in the order of the file; empty if the form has no verbs
	fields []read  // the known fields whose values have the right shape
}

// read is a field and its shape.
type read struct {
	Field
	shape *Shape
}

// value returns the value under a key; nil if it is missing or does not have its shape.
func (e entry) value(key string) *Node {
	for _, f := range e.fields {
		if f.Key.Text == key {
			return f.Value
		}
	}
	return nil
}

// read checks a mapping against a form. It returns false if n is not a mapping.
func (r *reader) read(n *Node, f *Form) (entry, bool) {
	var e entry
	if len(*r.problems) > maxProblems {
		return e, false
	}
	if n.Kind != Mapping {
		if !n.reported {
			hint := "its keys: " + strings.Join(f.names(nil), ", ")
			if key, value, ok := strings.Cut(n.Text, ":"); ok && slices.Contains(f.names(nil), key) {
				hint = "a space is missing after the colon: `" + key + ": " + clip(value) + "`"
			}
			r.problem(n, CodeWrongType, hint, "%s must be a mapping, not %s", f.Name, describe(n))
		}
		return e, false
	}
	e.verbs = f.verbsOf(n.keys())
	meant := e.verbs // the verbs or, without one, the probable verbs: so their keys are not reported as unknown, too
	if len(e.verbs) == 0 {
		meant = f.meantVerbs(n)
	}
	verb := e.verb()
	var suggested []string // suggested names for unknown keys
	for _, field := range n.Fields {
		key := f.key(field.Key.Text, meant)
		switch {
		case key == nil && f.Open:
			e.fields = append(e.fields, read{field, &anyShape})
		case key == nil:
			suggested = append(suggested, r.unknown(n, field, f, verb))
		case r.shape(field.Key, field.Value, &key.Shape):
			e.fields = append(e.fields, read{field, &key.Shape})
		}
	}
	r.verbs(n, f, e.verbs, suggested)
	r.missing(n, f, verb, suggested)
	r.rules(n, n, f.Name, f.Rules, suggested)
	if verb != nil {
		r.rules(n, n.Key(verb.Name), f.noun(verb), verb.Rules, suggested)
	}
	return e, true
}

// verb returns the first verb; nil if there is none.
func (e entry) verb() *Verb {
	if len(e.verbs) == 0 {
		return nil
	}
	return e.verbs[0]
}

// verbsOf returns the verbs among the keys of a mapping.
func (f *Form) verbsOf(keys []string) []*Verb {
	var found []*Verb
	for _, key := range keys {
		for i := range f.Verbs {
			if v := &f.Verbs[i]; v.Name == key && (v.With == nil || slices.ContainsFunc(v.With, func(k string) bool { return slices.Contains(keys, k) })) {
				found = append(found, v)
			}
		}
	}
	return found
}

// meantVerbs returns the verb that an unknown key probably is, misspelled; otherwise the verbs that have the keys of n.
func (f *Form) meantVerbs(n *Node) []*Verb {
	var owners []*Verb
	for _, field := range n.Fields {
		key := field.Key.Text
		if f.key(key, nil) != nil {
			continue
		}
		if owned := f.owners(key); len(owned) > 0 {
			owners = append(owners, owned...)
		} else if verb := f.meantBy(field, f.verbNames()); verb != "" && slices.Contains(f.verbNames(), verb) {
			i := slices.IndexFunc(f.Verbs, func(v Verb) bool { return v.Name == verb })
			return []*Verb{&f.Verbs[i]}
		} else if near, ok := words.Nearest(key, f.verbNames()); ok {
			i := slices.IndexFunc(f.Verbs, func(v Verb) bool { return v.Name == near })
			return []*Verb{&f.Verbs[i]}
		}
	}
	return owners
}

// half reports whether a mapping has a verb of which the other half is misspelled: "if" with "thne".
func (f *Form) half(n *Node) bool {
	return slices.ContainsFunc(f.Verbs, func(v Verb) bool {
		return v.With != nil && n.Key(v.Name) != nil && slices.ContainsFunc(n.keys(), func(key string) bool {
			_, ok := words.Nearest(key, v.With)
			return ok
		})
	})
}

// halfMeant returns the other half of a verb of the mapping that a key probably is: "then" for "do" next to "if"; empty if it is not one.
func (f *Form) halfMeant(n *Node, key string) string {
	for _, v := range f.Verbs {
		if i := slices.IndexFunc(v.With, func(half string) bool { return slices.Contains(synonyms[key], half) }); i >= 0 && n.Key(v.Name) != nil {
			return v.With[i]
		}
	}
	return ""
}

// key returns the Key with a name for these verbs; nil if there is none.
func (f *Form) key(name string, verbs []*Verb) *Key {
	for _, v := range verbs {
		if v.Name == name {
			return &v.Key
		}
	}
	for _, v := range verbs {
		if k := find(v.Keys, name); k != nil {
			return k
		}
	}
	return find(f.Keys, name)
}

func find(keys []Key, name string) *Key {
	for i := range keys {
		if keys[i].Name == name {
			return &keys[i]
		}
	}
	return nil
}

// names returns the keys of a form: with a verb, the keys that may be used with it; without one, the verbs as well.
func (f *Form) names(verb *Verb) []string {
	var names []string
	for _, k := range f.Keys {
		names = append(names, k.Name)
	}
	if verb == nil {
		for _, name := range f.verbNames() {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		return names
	}
	for _, k := range verb.Keys {
		names = append(names, k.Name)
	}
	return names
}

func (f *Form) verbNames() []string {
	var names []string
	for _, v := range f.Verbs {
		names = append(names, v.Name)
	}
	return names
}

// noun returns the name of a mapping of this form for messages.
func (f *Form) noun(verb *Verb) string {
	if verb == nil {
		return f.Name
	}
	article := "a "
	if strings.ContainsRune("aeiou", rune(verb.Name[0])) {
		article = "an "
	}
	return article + verb.Name + strings.TrimPrefix(f.Name, "a")
}

// unknown reports a key that the form does not have, and returns the probable name; empty if there is none.
func (r *reader) unknown(n *Node, field Field, f *Form, verb *Verb) (near string) {
	key, names := field.Key, f.names(verb)
	free := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return n.Key(name) != nil }) // a key that is there is not meant
	hint, meant, sure := alternatives("", "keys", names), f.meantBy(field, free), false
	if owners := f.owners(key.Text); len(owners) > 0 && !slices.Contains(names, meant) {
		hint = quoted(key.Text) + " belongs to " + listed(owners) + "; " + alternatives("", "keys", names)
	} else if meant != "" {
		sure = renames[key.Text] == meant
		near, hint = meant, "did you mean "+quoted(meant)+"? "+alternatives("", "keys", names)
	} else {
		beside := slices.DeleteFunc(slices.Clone(free), func(name string) bool { return f.excluded(n, verb, name) })
		if near, _ = words.Nearest(key.Text, beside); near == "" {
			near, _ = words.Nearest(key.Text, free)
		}
		if near != "" {
			hint = "did you mean " + quoted(near) + "? " + alternatives("", "keys", names)
		}
	}
	p := Problem{Pos: key.Pos, Width: key.Width, Code: CodeUnknownKey, Hint: hint, Message: fmt.Sprintf("unknown key %s in %s", quoted(key.Text), f.noun(verb))}
	if sure {
		p.Fix = key.Replaced(near)
	} else {
		p.Fix = n.RenamedKey(key, free)
	}
	r.problems.put(p)
	return near
}

// excluded reports whether a key may not be added to a mapping: another key excludes it, or one that it needs is missing.
func (f *Form) excluded(n *Node, verb *Verb, name string) bool {
	rules := f.Rules
	if verb != nil {
		rules = slices.Concat(rules, verb.Rules)
	}
	return slices.ContainsFunc(rules, func(rule Rule) bool {
		i := slices.Index(rule.Keys, name)
		there := func(key string) bool { return n.Key(key) != nil }
		switch {
		case i < 0:
			return false
		case rule.Kind == Needs:
			return i == 0 && !there(rule.Keys[1])
		}
		return rule.Kind != AtLeastOne && slices.ContainsFunc(rule.Keys, there)
	})
}

// owners returns the verbs that a key may be used with.
func (f *Form) owners(key string) []*Verb {
	var owners []*Verb
	for i := range f.Verbs {
		if find(f.Verbs[i].Keys, key) != nil {
			owners = append(owners, &f.Verbs[i])
		}
	}
	return owners
}

// listed returns the names of verbs; empty if there are too many to be helpful.
func listed(verbs []*Verb) string {
	if len(verbs) > 4 {
		return "other verbs"
	}
	names := make([]string, len(verbs))
	for i, v := range verbs {
		names[i] = v.Name
	}
	return strings.Join(names, " and ")
}

// verbs reports a missing verb, or more than one.
func (r *reader) verbs(n *Node, f *Form, verbs []*Verb, suggested []string) {
	if len(f.Verbs) == 0 || len(verbs) == 1 {
		return
	}
	names := f.verbNames()
	if len(verbs) == 0 {
		// A verb that is misspelled, or a word that nobody knows, is already reported.
		if !slices.ContainsFunc(suggested, func(s string) bool { return s == "" || slices.Contains(names, s) }) && !f.half(n) {
			hint := f.Name + " has exactly one of: " + strings.Join(names, ", ")
			for _, field := range n.Fields {
				if v := f.halfMeant(n, field.Key.Text); v != "" {
					hint = "did you mean " + quoted(v) + "? " + hint
					break
				}
				if owners := f.owners(field.Key.Text); len(owners) > 0 {
					hint = quoted(field.Key.Text) + " belongs to " + listed(owners) + "; " + hint
					break
				}
			}
			r.problem(n, CodeNoVerb, hint, "this %s has no verb", strings.TrimPrefix(f.Name, "a "))
		}
		return
	}
	for _, v := range verbs[1:] {
		r.problem(n.Key(v.Name), CodeTwoVerbs, f.Name+" has exactly one of: "+strings.Join(names, ", ")+"; make it two",
			"%s has one verb, but this one has %s and %s", f.Name, quoted(v.Name), quoted(verbs[0].Name))
	}
}
