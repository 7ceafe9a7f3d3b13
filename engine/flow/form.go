package flow

import (
	"slices"
	"strings"
)

// A reader checks nodes against the table of the language. It takes out what has the right shape and says what has not.
type reader struct {
	problems *Problems
}

func (r *reader) problem(at *Node, code, hint, format string, args ...any) {
	r.problems.add(at, code, hint, format, args...)
}

// An entry is a mapping that was read by its form.
type entry struct {
	node   *Node
	verb   *Verb   // nil if it has none, or if the form has none
	fields []Field // those that the form has, this version runs, and whose values have their shape
}

// value is the value under a key, nil if it is not there or not as it should be.
func (e entry) value(key string) *Node {
	for _, f := range e.fields {
		if f.Key.Text == key {
			return f.Value
		}
	}
	return nil
}

// read checks a mapping against a form. It is false if n is no mapping.
func (r *reader) read(n *Node, f *Form) (entry, bool) {
	e := entry{node: n}
	if len(*r.problems) > maxProblems {
		return e, false
	}
	if n.Kind != Mapping {
		if !n.said {
			hint := "its keys: " + strings.Join(f.names(nil), ", ")
			if key, value, ok := strings.Cut(n.Text, ":"); ok && slices.Contains(f.names(nil), key) {
				hint = "a space is missing after the colon: " + key + ": " + clip(value)
			}
			r.problem(n, CodeWrongType, hint, "%s is a mapping, not %s", f.Name, describe(n))
		}
		return e, false
	}
	verbs := f.verbsOf(n)
	if len(verbs) > 0 {
		e.verb = verbs[0]
	}
	meant := verbs // with a misspelt verb, so that its keys are not unknown as well
	if len(verbs) == 0 {
		meant = f.nearVerb(n)
	}
	noun := f.noun(e.verb)
	var told []string // what unknown keys were probably meant to be
	notYet := false
	for _, field := range n.Fields {
		key, ok := f.key(field.Key.Text, meant)
		switch {
		case !ok && f.Open:
			e.fields = append(e.fields, field)
		case !ok:
			near := r.unknown(field.Key, noun, f, e.verb)
			told = append(told, near)
		case key.Later:
			if !slices.ContainsFunc(verbs, func(v *Verb) bool { return v.Later && v.Name != key.Name }) {
				r.problem(field.Key, CodeNotYet, f.notYetHint(e.verb), "this version of flowdeck does not run %s", quoted(key.Name))
			}
			notYet = true
		case r.shape(field.Key, field.Value, &key.Shape):
			e.fields = append(e.fields, field)
		}
	}
	r.verbs(n, f, verbs, told)
	if !notYet {
		r.missing(n, f, e.verb, told)
		r.rules(n, f)
	}
	return e, true
}

// verbsOf finds the verbs of a mapping, in the order of the file.
func (f *Form) verbsOf(n *Node) []*Verb {
	var found []*Verb
	for _, field := range n.Fields {
		for i := range f.Verbs {
			if v := &f.Verbs[i]; v.Name == field.Key.Text && (v.With == "" || n.Key(v.With) != nil) {
				found = append(found, v)
			}
		}
	}
	return found
}

// nearVerb finds the verb that an unknown key was probably meant to be.
func (f *Form) nearVerb(n *Node) []*Verb {
	for _, field := range n.Fields {
		if _, ok := f.key(field.Key.Text, nil); ok {
			continue
		}
		if near, ok := Nearest(field.Key.Text, f.verbNames()); ok {
			i := slices.IndexFunc(f.Verbs, func(v Verb) bool { return v.Name == near })
			return []*Verb{&f.Verbs[i]}
		}
	}
	return nil
}

// key finds what a key means beside these verbs.
func (f *Form) key(name string, verbs []*Verb) (Key, bool) {
	for _, v := range verbs {
		if v.Name == name {
			return v.Key, true
		}
	}
	for _, v := range verbs {
		for _, k := range v.Keys {
			if k.Name == name {
				return k, true
			}
		}
	}
	for _, k := range f.Keys {
		if k.Name == name {
			return k, true
		}
	}
	return Key{}, false
}

// names lists the keys of a form that this version runs: with a verb those that may stand beside it, without one the
// verbs as well.
func (f *Form) names(verb *Verb) []string {
	var names []string
	for _, k := range f.Keys {
		if !k.Later {
			names = append(names, k.Name)
		}
	}
	if verb == nil {
		return append(names, f.verbNames()...)
	}
	for _, k := range verb.Keys {
		if !k.Later || verb.Later {
			names = append(names, k.Name)
		}
	}
	return names
}

// verbNames lists the verbs that this version runs.
func (f *Form) verbNames() []string {
	var names []string
	for _, v := range f.Verbs {
		if !v.Later {
			names = append(names, v.Name)
		}
	}
	return names
}

// noun is what a message calls a mapping of this form.
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

func (f *Form) notYetHint(verb *Verb) string {
	if len(f.Verbs) == 0 || verb != nil && !verb.Later {
		return "the keys of " + f.noun(verb) + ": " + strings.Join(slices.Sorted(slices.Values(f.names(verb))), ", ")
	}
	return "the verbs that it runs: " + strings.Join(f.verbNames(), ", ")
}

// unknown tells of a key that the form does not have, and returns what it was probably meant to be.
func (r *reader) unknown(key *Node, noun string, f *Form, verb *Verb) string {
	hint := alternatives(key.Text, "keys", f.names(verb))
	near, _ := Nearest(key.Text, f.names(verb))
	if owners := f.owners(key.Text); len(owners) > 0 && verb != nil {
		hint = quoted(key.Text) + " belongs to " + strings.Join(owners, " and ") + "; " + alternatives("", "keys", f.names(verb))
	}
	r.problem(key, CodeUnknownKey, hint, "unknown key %s in %s", quoted(key.Text), noun)
	return near
}

// owners are the verbs of this version beside which a key may stand.
func (f *Form) owners(key string) []string {
	var owners []string
	for _, v := range f.Verbs {
		if !v.Later && slices.ContainsFunc(v.Keys, func(k Key) bool { return k.Name == key && !k.Later }) {
			owners = append(owners, v.Name)
		}
	}
	return owners
}

// verbs tells when there is no verb, or more than one.
func (r *reader) verbs(n *Node, f *Form, verbs []*Verb, told []string) {
	if len(f.Verbs) == 0 {
		return
	}
	names := f.verbNames()
	if len(verbs) == 0 {
		if !slices.ContainsFunc(told, func(s string) bool { return slices.Contains(names, s) }) {
			r.problem(n, CodeNoVerb, f.Name+" has exactly one of: "+strings.Join(names, ", "), "this %s does not say what it does", strings.TrimPrefix(f.Name, "a "))
		}
		return
	}
	for _, v := range verbs[1:] {
		r.problem(n.Key(v.Name), CodeTwoVerbs, f.Name+" has exactly one of: "+strings.Join(names, ", ")+"; make it two",
			"%s does one thing, and this one has %s as well as %s", f.Name, quoted(v.Name), quoted(verbs[0].Name))
	}
}

// missing tells of required keys that are not there.
func (r *reader) missing(n *Node, f *Form, verb *Verb, told []string) {
	keys, at := f.Keys, n
	if verb != nil {
		keys, at = slices.Concat(keys, verb.Keys), n.Key(verb.Name)
	}
	for _, k := range keys {
		if k.Required && !k.Later && n.Key(k.Name) == nil && !slices.Contains(told, k.Name) {
			code := CodeMissingKey
			if k.Shape.Kind == ShapeSteps {
				code = CodeMissingSteps
			}
			r.problem(at, code, k.Name+": "+k.Doc, "%s needs the key %s", f.noun(verb), quoted(k.Name))
		}
	}
}

// rules tells of keys that do not go together.
func (r *reader) rules(n *Node, f *Form) {
	for _, rule := range f.Rules {
		var there []*Node
		for _, name := range rule.Keys {
			if k := n.Key(name); k != nil {
				there = append(there, k)
			}
		}
		slices.SortFunc(there, func(a, b *Node) int { return a.start - b.start })
		switch {
		case rule.Kind == Needs:
			if n.Key(rule.Keys[0]) == nil {
				continue
			}
			for _, name := range rule.Keys[1:] {
				if n.Key(name) == nil {
					r.problem(n.Key(rule.Keys[0]), CodeMissingKey, "", "%s goes together with %s", quoted(rule.Keys[0]), quoted(name))
				}
			}
		case len(there) > 1:
			r.problem(there[1], CodeKeyClash, string(rule.Kind)+" of: "+strings.Join(rule.Keys, ", "),
				"%s has %s already, which excludes %s", f.Name, quoted(there[0].Text), quoted(there[1].Text))
		case len(there) == 0 && rule.Kind == ExactlyOne:
			r.problem(n, CodeMissingKey, "", "%s needs one of: %s", f.Name, strings.Join(rule.Keys, ", "))
		}
	}
}
