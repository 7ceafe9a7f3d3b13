package expr

import (
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/words"
)

// Type describes a value before a run: the kinds it may have and, for a list or an object, the types of its contents.
// The zero Type is Any.
type Type struct {
	set   kinds
	text  grade  // of the strings
	elem  *Type  // of a list; nil is Any
	shape *shape // of an object; nil is an object with unknown fields
}

// shape is the fields of an object.
type shape struct {
	fields map[string]Type
	extra  *Type // of the fields that are not listed; nil: there are none
}

// clone is a shape whose fields can be changed; that of nil has none.
func (s *shape) clone() *shape {
	c := &shape{fields: map[string]Type{}}
	if s != nil {
		maps.Copy(c.fields, s.fields)
		c.extra = s.extra
	}
	return c
}

// kinds is a set of kinds of value.
type kinds uint16

const (
	kNil kinds = 1 << iota
	kBool
	kInt
	kFloat
	kString
	kTime
	kDuration
	kList
	kObject
	kNothing // no value at all: the type of the elements of an empty list

	kNumber = kInt | kFloat
	kAll    = kNothing - 1
)

// Kind is the one kind that the values of a type have, nil aside.
type Kind string

// The kinds. They read well in a message.
const (
	KindAny      Kind = "any" // not known, or more than one
	KindNil      Kind = "nil"
	KindBool     Kind = "boolean"
	KindInt      Kind = "integer"
	KindFloat    Kind = "decimal"
	KindNumber   Kind = "number" // an integer or a decimal
	KindString   Kind = "string"
	KindTime     Kind = "time"     // inside an expression only; it leaves as a string
	KindDuration Kind = "duration" // inside an expression only; it leaves as a string
	KindList     Kind = "list"
	KindObject   Kind = "object"
)

// The types of single values. No value of a scope is a Time or a Duration: these exist inside an expression only.
var (
	Any      = Type{set: kAll}
	Nil      = Type{set: kNil}
	Bool     = Type{set: kBool}
	Int      = Type{set: kInt}
	Float    = Type{set: kFloat}
	Number   = Type{set: kNumber}
	String   = Type{set: kString}
	Time     = Type{set: kTime}
	Duration = Type{set: kDuration}

	nothing = Type{set: kNothing}
	anyList = Type{set: kList}
	object  = Type{set: kObject}
)

// ListOf is a list whose elements have the type.
func ListOf(elem Type) Type { return Type{set: kList, elem: &elem} }

// ObjectOf is an object with these fields. If it is open, other names may exist, of type Any.
func ObjectOf(fields map[string]Type, open bool) Type {
	s := (&shape{fields: fields}).clone()
	if open {
		s.extra = &Any
	}
	return Type{set: kObject, shape: s}
}

// mapOf is an object whose names are not known, but the type of their values is.
func mapOf(values Type) Type { return Type{set: kObject, shape: &shape{extra: &values}} }

// OrNil is the type, or nil.
func (t Type) OrNil() Type {
	t.set = t.kinds() | kNil
	return t
}

// NotNil is the type without nil.
func (t Type) NotNil() Type {
	t.set = t.kinds() &^ kNil
	if t.set == 0 {
		t.set = kNothing
	}
	return t
}

// Nullable reports whether a value of the type may be nil.
func (t Type) Nullable() bool { return t.kinds()&kNil != 0 }

// Kind is the kind of the type's values, nil aside.
func (t Type) Kind() Kind {
	set := t.kinds()
	if set != kNil {
		set &^= kNil
	}
	if kind, ok := kindNames[set]; ok {
		return kind
	}
	return KindAny
}

var kindNames = map[kinds]Kind{
	kNil: KindNil, kBool: KindBool, kInt: KindInt, kFloat: KindFloat, kNumber: KindNumber, kString: KindString,
	kTime: KindTime, kDuration: KindDuration, kList: KindList, kObject: KindObject,
}

// Field is the type of a field, and whether it can exist. A field of an open object that is not listed may be nil.
func (t Type) Field(name string) (Type, bool) {
	if t.isAny() {
		return Any, true
	}
	if t.kinds()&kObject == 0 {
		return Type{}, false
	}
	if t.shape == nil {
		return Any, true
	}
	if field, ok := t.shape.fields[name]; ok {
		return field, true
	}
	if t.shape.extra != nil {
		return t.shape.extra.OrNil(), true
	}
	return Type{}, false
}

// Fields are the names of the fields that are known, sorted.
func (t Type) Fields() []string {
	if t.shape == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(t.shape.fields))
}

// Open reports whether fields other than those of Fields may exist.
func (t Type) Open() bool {
	return t.isAny() || t.kinds()&kObject != 0 && (t.shape == nil || t.shape.extra != nil)
}

// Elem is the type of a list's elements; Any if it is not a list.
func (t Type) Elem() Type {
	if t.elem == nil || t.elem.kinds() == kNothing {
		return Any
	}
	return *t.elem
}

// With is the object type with one field added or replaced. It is how the types of a scope
// grow from step to step.
func (t Type) With(name string, field Type) Type {
	s := t.shape.clone()
	s.fields[name] = field
	return Type{set: kObject, shape: s}
}

// Or is the type of a value that is of one type or of the other.
func (t Type) Or(u Type) Type {
	switch {
	case t.kinds() == kNothing:
		return u
	case u.kinds() == kNothing:
		return t
	case t.isAny() || u.isAny():
		return Type{set: t.kinds() | u.kinds()}
	}
	both := Type{set: t.kinds() | u.kinds(), text: min(t.grade(), u.grade())}
	switch {
	case t.set&u.set&kList != 0:
		if t.elem != nil && u.elem != nil {
			elem := t.elem.Or(*u.elem)
			both.elem = &elem
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

// or joins two shapes: a field that only one of them lists may be missing, and so nil, or be one of the others.
func (s *shape) or(o *shape) *shape {
	if s == nil || o == nil || s == o {
		if s == o {
			return s
		}
		return nil
	}
	both := &shape{fields: make(map[string]Type, len(s.fields))}
	for name, t := range s.fields {
		both.fields[name] = t.Or(o.field(name))
	}
	for name, t := range o.fields {
		both.fields[name] = t.Or(s.field(name))
	}
	switch {
	case s.extra != nil && o.extra != nil:
		extra := s.extra.Or(*o.extra)
		both.extra = &extra
	case s.extra != nil || o.extra != nil:
		both.extra = &Any
	}
	return both
}

// field is the type of a field, which is nil if there is none.
func (s *shape) field(name string) Type {
	switch field, ok := s.fields[name]; {
	case ok:
		return field
	case s.extra != nil:
		return s.extra.OrNil()
	}
	return Nil
}

// String is the type in words: "string", "list of object", "integer or nil".
func (t Type) String() string {
	set := t.kinds()
	switch {
	case t.isAny():
		return string(KindAny)
	case set == kNothing:
		return "nothing"
	}
	var nouns []string
	for _, k := range []kinds{kBool, kNumber, kInt, kFloat, kString, kTime, kDuration, kList, kObject, kNil} {
		if set&k != k {
			continue
		}
		set &^= k
		word := string(kindNames[k])
		if k == kList && t.elem != nil && !t.elem.isAny() && t.elem.set != kNothing {
			of := t.elem.String()
			if strings.Contains(of, " or ") {
				of = "(" + of + ")"
			}
			word += " of " + of
		}
		nouns = append(nouns, word)
	}
	return words.Or(nouns)
}

// kinds is the set of kinds; the zero Type is Any.
func (t Type) kinds() kinds {
	if t.set == 0 {
		return kAll
	}
	return t.set
}

// isAny reports whether the type excludes no value, nil aside.
func (t Type) isAny() bool { return t.kinds()|kNil == kAll && t.shape == nil && t.elem == nil }

// may reports whether a value of the type may be of one of the kinds.
func (t Type) may(set kinds) bool { return t.kinds()&set != 0 || t.set == kNothing }

// outside is the type of the value once it has left the expression: times and durations are strings there.
func (t Type) outside() Type {
	if t.isAny() {
		return t
	}
	if t.set&(kTime|kDuration) != 0 {
		t.text = t.grade() // times are words
		t.set = t.set&^(kTime|kDuration) | kString
	}
	if t.elem != nil {
		elem := t.elem.outside()
		t.elem = &elem
	}
	if t.shape != nil {
		s := &shape{fields: make(map[string]Type, len(t.shape.fields)), extra: t.shape.extra}
		for name, field := range t.shape.fields {
			s.fields[name] = field.outside()
		}
		if s.extra != nil {
			extra := s.extra.outside()
			s.extra = &extra
		}
		t.shape = s
	}
	return t
}

// known is the type, or its kinds alone if it is too large: each of sixty lets may hold the one before it twice.
func (t Type) known() Type {
	if t.size(maxType) > maxType {
		return Type{set: t.set}
	}
	return t
}

// size counts the types in a type, as far as the limit.
func (t Type) size(limit int) int {
	n := 1
	if t.elem != nil && n <= limit {
		n += t.elem.size(limit - n)
	}
	if t.shape == nil {
		return n
	}
	if t.shape.extra != nil && n <= limit {
		n += t.shape.extra.size(limit - n)
	}
	for _, field := range t.shape.fields {
		if n > limit {
			break
		}
		n += field.size(limit - n)
	}
	return n
}
