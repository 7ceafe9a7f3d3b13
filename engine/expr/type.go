package expr

import (
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/words"
)

// Type describes a value before a run: the kinds it may have and, for a list or an object, the types of its contents.
// The zero Type is Any.
//
// Types are immutable and share their parts: `set` steps that each hold the one before twice make a graph of 2ⁿ ways.
// No type is larger than maxType counted as a tree, but for the roots of a scope.
type Type struct {
	set   kinds
	text  grade  // of the strings
	elem  *Type  // of a list; nil is Any
	shape *shape // of an object; nil is an object with unknown fields
	// unless is the key of a path: where that is nil, the value is not. Empty if there is none.
	unless string
}

// shape is the fields of an object.
type shape struct {
	fields *fields
	extra  *Type // of the fields that are not listed; nil: there are none
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
	s := &shape{fields: fieldsOf(fields)}
	if open {
		s.extra = &Any
	}
	return Type{set: kObject, shape: s}
}

// mapOf is an object whose names are not known, but the type of their values is.
func mapOf(values Type) Type { return Type{set: kObject, shape: &shape{extra: &values}} }

// SameObject reports whether two types are of one description of an object, nil aside.
func (t Type) SameObject(o Type) bool { return t.shape != nil && t.shape == o.shape }

// UnlessNil is the type of a value that is not nil where the value at a path is: what was made because nothing was found.
func (t Type) UnlessNil(path []string) Type {
	t.unless = key(path)
	return t
}

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
	if field, ok := t.shape.fields.get(name); ok {
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
	return slices.Collect(func(yield func(string) bool) {
		t.shape.fields.all(func(name string, _ Type) bool { return yield(name) })
	})
}

// maxNames is how many names are compared with one that does not exist: a flow can bind 40,000.
const maxNames = 1000

// alternatives are the names of the fields, for a message about one that does not exist; none if they are too many.
func (t Type) alternatives() []string {
	if t.shape == nil || t.shape.fields == nil || t.shape.fields.count > maxNames {
		return nil
	}
	return t.Fields()
}

// Lists reports whether a field is one of Fields.
func (t Type) Lists(name string) bool {
	if t.shape == nil {
		return false
	}
	_, ok := t.shape.fields.get(name)
	return ok
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
	s := shape{}
	if t.shape != nil {
		s = *t.shape
	}
	s.fields = s.fields.with(name, field)
	return Type{set: kObject, shape: &s}
}

// Adding is the object type with the fields of another that it does not list.
func (t Type) Adding(u Type) Type {
	if t.shape == nil || u.shape == nil {
		return t
	}
	s := *t.shape
	s.fields = preferring().joined(s.fields, u.shape.fields)
	return Type{set: kObject, shape: &s}
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
	if !t.timed() {
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
		s := shape{fields: t.shape.fields.mapped(Type.outside), extra: t.shape.extra}
		if s.extra != nil {
			extra := s.extra.outside()
			s.extra = &extra
		}
		t.shape = &s
	}
	return t
}

// timed reports whether a time or a duration is in the values of the type, other than those of Any.
func (t Type) timed() bool {
	return !t.isAny() && t.set&(kTime|kDuration) != 0 || t.elem != nil && t.elem.timed() ||
		t.shape != nil && (t.shape.fields != nil && t.shape.fields.timed || t.shape.extra != nil && t.shape.extra.timed())
}
