package expr

import (
	"cmp"
	"hash/fnv"
)

// fields are the fields of an object type by name; nil means none. They are immutable. A version with one more field
// shares all but a few nodes with the previous version: a flow of 40,000 steps has 40,000 versions of the type of
// steps.
//
// It is a treap: a search tree by name and a heap by weight. The weight is a hash of the name. So fields with the same
// names have the same tree, and shared parts of two versions are found by comparing pointers.
type fields struct {
	name        string
	typ         Type
	weight      uint32
	left, right *fields
	count       int32 // number of fields in this subtree
	size        int32 // total size of their types; see Type.size
	timed       bool  // one of them contains times; see Type.timed
	nullable    bool  // all of them may be nil, whatever other values are
}

func fieldsOf(types map[string]Type) (f *fields) {
	for name, t := range types {
		f = f.with(name, t)
	}
	return f
}

// summed updates the summary of a new node from its children.
func (f *fields) summed() *fields {
	f.count = 1
	f.size, f.timed, f.nullable = int32(f.typ.size()), f.typ.timed(), f.typ.Nullable() && f.typ.unless == ""
	for _, below := range [...]*fields{f.left, f.right} {
		if below != nil {
			f.count += below.count
			f.size, f.timed, f.nullable = min(f.size+below.size, maxSize), f.timed || below.timed, f.nullable && below.nullable
		}
	}
	return f
}

// above reports whether f comes before g in the heap.
func (f *fields) above(g *fields) bool {
	return f.weight > g.weight || f.weight == g.weight && f.name < g.name
}

func (f *fields) get(name string) (Type, bool) {
	for f != nil {
		switch c := cmp.Compare(name, f.name); {
		case c == 0:
			return f.typ, true
		case c < 0:
			f = f.left
		default:
			f = f.right
		}
	}
	return Type{}, false
}

func alone(name string, t Type) *fields {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(name))                           // hash.Hash.Write never returns an error
	weight := uint32(hash.Sum64() * 0x9e3779b97f4a7c15 >> 32) // the high bits of FNV vary little
	return (&fields{name: name, typ: t, weight: weight}).summed()
}

// with returns the fields with one added or replaced; f itself if nothing changes.
func (f *fields) with(name string, t Type) *fields {
	if f == nil {
		return alone(name, t)
	}
	switch c := cmp.Compare(name, f.name); {
	case c == 0:
		return f.over(t, f.left, f.right)
	case c < 0:
		below := f.left.with(name, t)
		if below.above(f) { // only a new node is
			below.right = f.over(f.typ, below.right, f.right)
			return below.summed()
		}
		return f.over(f.typ, below, f.right)
	default:
		below := f.right.with(name, t)
		if below.above(f) {
			below.left = f.over(f.typ, f.left, below.left)
			return below.summed()
		}
		return f.over(f.typ, f.left, below)
	}
}

// split returns the fields before a name, the type of that name if it exists, and the fields after it.
func (f *fields) split(name string) (before *fields, at *Type, after *fields) {
	if f == nil {
		return nil, nil, nil
	}
	switch c := cmp.Compare(name, f.name); {
	case c == 0:
		return f.left, &f.typ, f.right
	case c < 0:
		before, at, after = f.left.split(name)
		return before, at, f.over(f.typ, after, f.right)
	default:
		before, at, after = f.right.split(name)
		return f.over(f.typ, f.left, before), at, after
	}
}

// A union defines how the fields of two objects are merged.
type union struct {
	both        func(a, b Type) Type // for a field that both have
	left, right side                 // for fields that only one has
}

// A side defines how a union changes the fields that only one of the two objects has.
type side struct {
	typ      func(Type) Type // nil: not at all
	nullable bool            // types that may be nil whatever other values are do not change
}

func (s side) of(f *fields) Type {
	if s.typ == nil {
		return f.typ
	}
	return s.typ(f.typ)
}

func (s side) all(f *fields) *fields {
	if f == nil || s.typ == nil || s.nullable && f.nullable { // the usual case for a name that is bound in each case of a switch
		return f
	}
	return f.over(s.typ(f.typ), s.all(f.left), s.all(f.right))
}

// missing is the side of fields that may be missing, and so nil.
var missing = side{typ: Type.OrNil, nullable: true}

// joined returns the union of two sets of fields. Shared parts are not visited, and parts that do not change are reused.
func (u union) joined(f, g *fields) *fields {
	switch {
	case f == g:
		return f
	case f == nil:
		return u.right.all(g)
	case g == nil:
		return u.left.all(f)
	case g.above(f):
		before, at, after := f.split(g.name)
		if at == nil {
			return g.over(u.right.of(g), u.joined(before, g.left), u.joined(after, g.right))
		}
		return g.over(u.both(*at, g.typ), u.joined(before, g.left), u.joined(after, g.right))
	}
	before, at, after := g.split(f.name)
	if at == nil {
		return f.over(u.left.of(f), u.joined(f.left, before), u.joined(f.right, after))
	}
	return f.over(u.both(f.typ, *at), u.joined(f.left, before), u.joined(f.right, after))
}

// over returns a copy of the node with another type and other children; f itself if they are the same.
func (f *fields) over(typ Type, left, right *fields) *fields {
	if typ == f.typ && left == f.left && right == f.right {
		return f
	}
	return (&fields{name: f.name, typ: typ, weight: f.weight, left: left, right: right}).summed()
}

// preferring is the union in which the left side wins.
var preferring = union{both: func(a, _ Type) Type { return a }}

// mapped returns the fields with changed types. If no type changes, it returns f itself.
func (f *fields) mapped(typ func(Type) Type) *fields { return side{typ: typ}.all(f) }

// same reports whether two sets of fields have the same names and types. If so, their trees have the same form.
func (f *fields) same(g *fields) bool {
	if f == g || f == nil || g == nil {
		return f == g
	}
	return f.count == g.count && f.name == g.name && Same(f.typ, g.typ) && f.left.same(g.left) && f.right.same(g.right)
}

// without returns the fields except one.
func (f *fields) without(name string) *fields {
	before, _, after := f.split(name)
	return preferring.joined(before, after)
}

// all calls visit for each field in the order of the names, until visit returns false.
func (f *fields) all(visit func(name string, t Type) bool) bool {
	return f == nil || f.left.all(visit) && visit(f.name, f.typ) && f.right.all(visit)
}
