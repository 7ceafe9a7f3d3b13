package expr

// Or returns the union of two types: the type of a value that has one type or the other.
func (t Type) Or(u Type) Type {
	switch {
	case t == u:
		return t
	case t.kinds() == kNothing:
		return u
	case u.kinds() == kNothing:
		return t
	case t.isAny() || u.isAny():
		return Type{set: t.kinds() | u.kinds()}
	}
	both := Type{set: t.kinds() | u.kinds(), text: min(t.grade(), u.grade())}
	switch {
	case t.unless == u.unless || !u.Nullable():
		both.unless = t.unless
	case !t.Nullable():
		both.unless = u.unless
	}
	switch {
	case t.set&kString == 0:
		both.texts = u.texts
	case u.set&kString == 0 || t.texts == u.texts:
		both.texts = t.texts
	}
	switch {
	case t.set&u.set&kList != 0:
		if t.elem != nil && u.elem != nil {
			both.elem = t.elem.or(u.elem)
		}
	case t.set&kList != 0:
		both.elem = t.elem
	default:
		both.elem = u.elem
	}
	switch {
	case t.set&u.set&kObject != 0:
		both.shape = t.shape.or(u.shape)
	case t.set&kObject != 0:
		both.shape = t.shape
	default:
		both.shape = u.shape
	}
	return both
}

// either is Or, bounded, for the types of fields.
func (t Type) either(u Type) Type { return t.Or(u).Bounded() }

// or returns the union of two shapes: a field that only one of them lists may be missing, and so nil, or be one of the
// extra fields of the other.
func (s *shape) or(o *shape) *shape {
	if s == nil || o == nil || s == o {
		if s == o {
			return s
		}
		return nil
	}
	both := shape{fields: union{both: Type.either, left: o.unlisted(), right: s.unlisted()}.joined(s.fields, o.fields), loose: s.loose || o.loose}
	switch {
	case s.extra != nil && o.extra != nil:
		both.extra = s.extra.or(o.extra)
	case s.extra != nil || o.extra != nil:
		both.extra = &Any
	}
	if both == *s {
		return s
	}
	return &both
}

// or is Or for parts of types. If the type does not change, it returns t itself.
func (t *Type) or(u *Type) *Type {
	both := t.Or(*u)
	if both == *t {
		return t
	}
	return &both
}

// unlisted returns the side of fields that s does not list: each may also be nil, or one of the extra fields of s.
func (s *shape) unlisted() side {
	if s.extra == nil {
		return missing
	}
	return side{typ: func(t Type) Type { return t.Or(s.extra.OrNil()).Bounded() }}
}

// Same reports whether two types are equal.
func Same(t, u Type) bool {
	if t == u {
		return true
	}
	if t.kinds() != u.kinds() || t.grade() != u.grade() || t.unless != u.unless || (t.elem == nil) != (u.elem == nil) || (t.shape == nil) != (u.shape == nil) {
		return false
	}
	if t.elem != nil && !Same(*t.elem, *u.elem) {
		return false
	}
	if t.shape == nil || t.shape == u.shape {
		return true
	}
	if (t.shape.extra == nil) != (u.shape.extra == nil) || !t.shape.fields.same(u.shape.fields) {
		return false
	}
	return t.shape.extra == nil || Same(*t.shape.extra, *u.shape.extra)
}

// Bounded returns the type, or only its kinds if it is too large. Sixty variables, each with the previous one twice,
// would otherwise make a type of 2⁶⁰ parts.
func (t Type) Bounded() Type {
	if t.size() > maxType {
		return Type{set: t.set}
	}
	return t
}

// maxSize is the maximum of the count of types, far above maxType and far below an overflow.
const maxSize = 1 << 30

// size returns the number of types in a type, counted as a tree.
func (t Type) size() int {
	n := 1
	if t.elem != nil {
		n += t.elem.size()
	}
	if t.shape != nil {
		if t.shape.fields != nil {
			n += int(t.shape.fields.size)
		}
		if t.shape.extra != nil {
			n += t.shape.extra.size()
		}
	}
	return min(n, maxSize)
}

// Opened returns the object type with additional fields of any name.
func (t Type) Opened() Type {
	s := shape{}
	if t.shape != nil {
		s = *t.shape
	}
	s.extra = &Any
	return Type{set: kObject, shape: &s}
}
