package expr

import (
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/words"
)

// Type describes values before a run: their kinds and, for lists and objects, the types of their contents. The zero
// Type is Any.
//
// Types are immutable and share parts. `set` steps that each use the previous one twice make a graph with 2ⁿ paths.
// Counted as a tree, no type is larger than maxType, except the roots of a scope.
type Type struct {
	set   kinds
	text  grade     // grade of the strings
	elem  *Type     // type of a list's elements; nil is Any
	shape *shape    // fields of an object; nil means unknown fields
	texts *[]string // all values of the strings, if they are known; otherwise nil

	unless string // the key of a path: where that is nil, the value is not; empty if there is none
}

// shape is the fields of an object type.
type shape struct {
	fields *fields
	extra  *Type // type of the fields that are not listed; nil means that there are none
	loose  bool  // extra is nil, but a value may have more fields, as answers of a service do, which path reads
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
	kNothing // no value: the type of the elements of an empty list

	kNumber = kInt | kFloat
	kAll    = kNothing - 1
)

// Kind is the kind of a type's values, ignoring nil.
type Kind string

// The kinds. Messages use these texts.
const (
	KindAny      Kind = "any" // unknown, or more than one kind
	KindNil      Kind = "nil"
	KindBool     Kind = "boolean"
	KindInt      Kind = "integer"
	KindFloat    Kind = "decimal"
	KindNumber   Kind = "number" // an integer or a decimal
	KindString   Kind = "string"
	KindTime     Kind = "time"     // inside of expressions only; outside it is a string
	KindDuration Kind = "duration" // inside of expressions only; outside it is a string
	KindList     Kind = "list"
	KindObject   Kind = "object"
)

// The types of single values. The values of a scope are never a Time or a Duration: these exist inside of expressions
// only.
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

// ListOf returns the type of lists with elements of type elem.
func ListOf(elem Type) Type { return Type{set: kList, elem: &elem} }

// ObjectOf returns the type of objects with these fields. If open is true, other fields may exist, of type Any.
func ObjectOf(fields map[string]Type, open bool) Type {
	s := &shape{fields: fieldsOf(fields)}
	if open {
		s.extra = &Any
	}
	return Type{set: kObject, shape: s}
}

// MapOf returns the type of objects with unknown names and values of this type.
func MapOf(values Type) Type { return Type{set: kObject, shape: &shape{extra: &values}} }

// OneOf returns the type of strings of which all values are known. A comparison with another text is an error.
func OneOf(values ...string) Type { return Type{set: kString, texts: &values} }

// SameObject reports whether two types have one description of an object. Nil does not matter.
func (t Type) SameObject(o Type) bool { return t.shape != nil && t.shape == o.shape }

// UnlessNil returns the type of a value that is not nil where the value at a path is nil: it was made because nothing was found.
func (t Type) UnlessNil(path []string) Type {
	t.unless = key(path)
	return t
}

// OrNil returns the type with nil added, whatever other values are.
func (t Type) OrNil() Type {
	t.set, t.unless = t.kinds()|kNil, ""
	return t
}

// NotNil returns the type without nil.
func (t Type) NotNil() Type {
	t.set = t.kinds() &^ kNil
	if t.set == 0 {
		t.set = kNothing
	}
	return t
}

// Nullable reports whether a value of the type may be nil.
func (t Type) Nullable() bool { return t.kinds()&kNil != 0 }

// Kind returns the kind of the type's values, ignoring nil.
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

// Field returns the type of a field, and whether the field can exist. A field of an open object that is not listed may
// be nil.
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

// Fields returns the names of the listed fields, sorted.
func (t Type) Fields() []string {
	if t.shape == nil {
		return nil
	}
	return slices.Collect(func(yield func(string) bool) {
		t.shape.fields.all(func(name string, _ Type) bool { return yield(name) })
	})
}

// maxNames is the maximum number of names to search for the most similar one: a flow can bind 40,000 names.
const maxNames = 1000

// alternatives returns the names of the fields, for a message about a name that does not exist; none if there are too
// many.
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

// Elem returns the type of a list's elements; Any if it is not a list.
func (t Type) Elem() Type {
	if t.elem == nil || t.elem.kinds() == kNothing {
		return Any
	}
	return *t.elem
}

// With returns the object type with one field added or replaced. The types of a scope grow with it from step to step.
func (t Type) With(name string, field Type) Type {
	s := shape{}
	if t.shape != nil {
		s = *t.shape
	}
	s.fields = s.fields.with(name, field)
	return t.shaped(s)
}

// shaped returns the type of objects with a shape; t itself if that is its shape.
func (t Type) shaped(s shape) Type {
	if t.set == kObject && t.shape != nil && *t.shape == s {
		return t
	}
	return Type{set: kObject, shape: &s}
}

// Adding returns the object type with the fields of another one added. Fields that t already lists are not changed.
func (t Type) Adding(u Type) Type { return t.joined(u, preferring) }

// Blending returns the object type with the fields of another one added. A field that both list has either type.
func (t Type) Blending(u Type) Type { return t.joined(u, union{both: Type.either}) }

// Perhaps returns the object type after the fields of another one were perhaps added, or perhaps replaced its own.
func (t Type) Perhaps(u Type) Type { return t.joined(u, union{both: Type.either, right: missing}) }

// Lacking returns the object type with the fields of another one added that it does not list, as fields that may be nil.
func (t Type) Lacking(u Type) Type {
	return t.joined(u, union{both: func(mine, _ Type) Type { return mine }, right: missing})
}

// joined returns the object type with the fields of another one merged into it.
func (t Type) joined(u Type, how union) Type {
	if t.shape == nil || u.shape == nil {
		return t
	}
	s := *t.shape
	s.fields = how.joined(s.fields, u.shape.fields)
	if s.extra == nil {
		s.extra = u.shape.extra
	}
	return t.shaped(s)
}

// String returns the type for messages: "string", "list of object", "integer or nil".
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

// kinds returns the set of kinds; all kinds for the zero Type.
func (t Type) kinds() kinds {
	if t.set == 0 {
		return kAll
	}
	return t.set
}

// isAny reports whether the type includes every value, ignoring nil.
func (t Type) isAny() bool { return t.kinds()|kNil == kAll && t.shape == nil && t.elem == nil }

// may reports whether a value of the type may have one of the kinds.
func (t Type) may(set kinds) bool { return t.kinds()&set != 0 || t.set == kNothing }

// outside returns the type of the value outside of the expression, where times and durations are strings.
func (t Type) outside() Type {
	if !t.timed() {
		return t
	}
	if t.set&(kTime|kDuration) != 0 {
		t.text = t.grade() // a time is a word
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

// timed reports whether values of the type contain times or durations, ignoring those in Any.
func (t Type) timed() bool {
	return !t.isAny() && t.set&(kTime|kDuration) != 0 || t.elem != nil && t.elem.timed() ||
		t.shape != nil && (t.shape.fields != nil && t.shape.fields.timed || t.shape.extra != nil && t.shape.extra.timed())
}
