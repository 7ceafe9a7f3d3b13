package expr

import (
	"cmp"
	"hash/fnv"
)

// fields are the fields of an object type by name; nil is none. They are immutable, and a version with one more field
// shares all but a few nodes with the one before: a flow of 40,000 steps has 40,000 versions of what its steps see.
//
// It is a treap: a search tree by name that is a heap by weight. The weight is a hash of the name, so that fields with
// the same names have the same tree, and what two versions share is seen by comparing pointers.
type fields struct {
	name        string
	typ         Type
	weight      uint64
	left, right *fields
	count       int32 // of the fields here and below
	size        int32 // of their types; see Type.size
	timed       bool  // one of them has times in it; see Type.timed
	nullable    bool  // all of them may be nil
}

func fieldsOf(types map[string]Type) (f *fields) {
	for name, t := range types {
		f = f.with(name, t)
	}
	return f
}

// summed updates what a new node knows of those below.
func (f *fields) summed() *fields {
	f.count = 1
	f.size, f.timed, f.nullable = int32(f.typ.size()), f.typ.timed(), f.typ.Nullable()
	for _, below := range [...]*fields{f.left, f.right} {
		if below != nil {
			f.count += below.count
			f.size, f.timed, f.nullable = min(f.size+below.size, maxSize), f.timed || below.timed, f.nullable && below.nullable
		}
	}
	return f
}

// above is the order of the heap.
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
	_, _ = hash.Write([]byte(name))                                                          // never fails, says its documentation
	return (&fields{name: name, typ: t, weight: hash.Sum64() * 0x9e3779b97f4a7c15}).summed() // FNV's high bits vary little
}

// with is the fields with one added or replaced.
func (f *fields) with(name string, t Type) *fields {
	if f == nil {
		return alone(name, t)
	}
	made := *f
	switch c := cmp.Compare(name, f.name); {
	case c == 0:
		made.typ = t
	case c < 0:
		below := f.left.with(name, t)
		if below.above(f) {
			made.left, below.right = below.right, &made
			made.summed()
			return below.summed()
		}
		made.left = below
	default:
		below := f.right.with(name, t)
		if below.above(f) {
			made.right, below.left = below.left, &made
			made.summed()
			return below.summed()
		}
		made.right = below
	}
	return made.summed()
}

// split is the fields before a name, its type if it is there, and those after it.
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

// A union makes one of the fields of two objects.
type union struct {
	both        func(a, b Type) Type // of a field that both have
	left, right side                 // of fields that only one has
}

// A side is what becomes of the fields that only one of two objects has.
type side struct {
	typ      func(Type) Type // nil: they stay as they are
	nullable bool            // so do those that may be nil
}

func (s side) of(f *fields) Type {
	if s.typ == nil {
		return f.typ
	}
	return s.typ(f.typ)
}

func (s side) all(f *fields) *fields {
	if f == nil || s.typ == nil || s.nullable && f.nullable { // with a name in each case of a switch, that is most of them
		return f
	}
	return f.over(s.typ(f.typ), s.all(f.left), s.all(f.right))
}

// missing is the side of fields that may be missing, and so nil.
var missing = side{typ: Type.OrNil, nullable: true}

// joined is the union of two. What they share stays as it is, and so does what the union does not change.
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

// over is the node of f with another type and other nodes below; f itself if they are the same.
func (f *fields) over(typ Type, left, right *fields) *fields {
	if typ == f.typ && left == f.left && right == f.right {
		return f
	}
	return (&fields{name: f.name, typ: typ, weight: f.weight, left: left, right: right}).summed()
}

// preferring is the union that has the fields of the left where both have one.
var preferring = union{both: func(a, _ Type) Type { return a }}

// mapped is the fields with other types. Without a change they are the same fields.
func (f *fields) mapped(typ func(Type) Type) *fields { return side{typ: typ}.all(f) }

// same reports whether two have the same names with the same types. Their trees have the same form then.
func (f *fields) same(g *fields) bool {
	if f == g || f == nil || g == nil {
		return f == g
	}
	return f.count == g.count && f.name == g.name && Same(f.typ, g.typ) && f.left.same(g.left) && f.right.same(g.right)
}

// without is the fields but for one.
func (f *fields) without(name string) *fields {
	before, _, after := f.split(name)
	return preferring.joined(before, after)
}

// all visits the fields in the order of their names, as long as visit returns true.
func (f *fields) all(visit func(name string, t Type) bool) bool {
	return f == nil || f.left.all(visit) && visit(f.name, f.typ) && f.right.all(visit)
}
