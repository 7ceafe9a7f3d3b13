package card

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/flowdeck/flowdeck/engine/words"
)

// Inputs and answers are converted between structs and values field by field. Encoding them as JSON would double the
// time of a step.

// fields has the fields of a struct by their JSON names, in the order of the struct.
type fields struct {
	byName map[string]int // index into list
	list   []field
}

type field struct {
	name      string
	index     []int
	omitEmpty bool
}

var fieldsOf sync.Map // reflect.Type → *fields

func fieldsFor(t reflect.Type) *fields {
	if known, ok := fieldsOf.Load(t); ok {
		return known.(*fields)
	}
	f := &fields{byName: map[string]int{}}
	for _, sf := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(sf.Tag.Get("json"), ",")
		if !sf.IsExported() || sf.Anonymous || name == "-" {
			continue
		}
		if name == "" {
			name = sf.Name
		}
		f.byName[name] = len(f.list)
		f.list = append(f.list, field{name: name, index: sf.Index, omitEmpty: strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")})
	}
	fieldsOf.Store(t, f)
	return f
}

func decodeInput[In any](in Value) (typed In, err error) {
	return typed, decode(in, reflect.ValueOf(&typed).Elem(), "")
}

// decodeAnswer is decodeInput for the answer of a card. It reverses encodeOutput.
func decodeAnswer[Out any](out Value) (typed Out, err error) {
	if raw, ok := any(&typed).(interface{ set(Value) }); ok {
		raw.set(out)
		return typed, nil
	}
	return decodeInput[Out](out)
}

// decode stores a value in to. path is the name of the input, for errors.
func decode(v Value, to reflect.Value, path string) error {
	if v == nil {
		to.SetZero()
		return nil
	}
	switch to.Kind() {
	case reflect.Interface:
		to.Set(reflect.ValueOf(v))
		return nil
	case reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		return decode(v, to.Elem(), path)
	case reflect.Struct:
		return decodeStruct(v, to, path)
	case reflect.Slice:
		return decodeList(v, to, path)
	case reflect.Map:
		return decodeMap(v, to, path)
	}
	if decodeScalar(v, to) {
		return nil
	}
	return inputError(path, v, kindNames[to.Kind()])
}

func decodeScalar(v Value, to reflect.Value) bool {
	switch v := v.(type) {
	case string:
		if to.Kind() == reflect.String {
			to.SetString(v)
			return true
		}
	case bool:
		if to.Kind() == reflect.Bool {
			to.SetBool(v)
			return true
		}
	case int:
		switch {
		case to.CanInt() && !to.OverflowInt(int64(v)):
			to.SetInt(int64(v))
			return true
		case to.CanFloat():
			to.SetFloat(float64(v))
			return true
		}
	case float64:
		switch {
		case to.CanFloat():
			to.SetFloat(v)
			return true
		case to.CanInt() && v == float64(int64(v)):
			to.SetInt(int64(v))
			return true
		}
	case json.Number:
		if f, err := v.Float64(); err == nil && to.CanFloat() {
			to.SetFloat(f)
			return true
		}
	}
	return false
}

func decodeStruct(v Value, to reflect.Value, path string) error {
	if condition, ok := v.(string); ok && to.Type() == reflect.TypeFor[Where]() {
		to.Set(reflect.ValueOf(Where{Expression: condition}))
		return nil
	}
	object, ok := v.(map[string]any)
	if !ok {
		return inputError(path, v, "object")
	}
	f := fieldsFor(to.Type())
	for name, value := range object {
		i, known := f.byName[name]
		if !known {
			return &Error{Kind: Invalid, Message: fmt.Sprintf("there is no input %q", join(path, name))}
		}
		if err := decode(value, to.FieldByIndex(f.list[i].index), join(path, name)); err != nil {
			return err
		}
	}
	return nil
}

func decodeList(v Value, to reflect.Value, path string) error {
	list, ok := v.([]any)
	if !ok {
		return inputError(path, v, "list")
	}
	to.Set(reflect.MakeSlice(to.Type(), len(list), len(list)))
	for i, item := range list {
		if err := decode(item, to.Index(i), fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
	}
	return nil
}

func decodeMap(v Value, to reflect.Value, path string) error {
	object, ok := v.(map[string]any)
	if !ok {
		return inputError(path, v, "object")
	}
	if to.Type() == reflect.TypeFor[map[string]any]() {
		to.Set(reflect.ValueOf(object))
		return nil
	}
	to.Set(reflect.MakeMapWithSize(to.Type(), len(object)))
	for name, value := range object {
		item := reflect.New(to.Type().Elem()).Elem()
		if err := decode(value, item, join(path, name)); err != nil {
			return err
		}
		to.SetMapIndex(reflect.ValueOf(name).Convert(to.Type().Key()), item)
	}
	return nil
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

var kindNames = map[reflect.Kind]string{
	reflect.String: "string", reflect.Bool: "boolean", reflect.Int: "integer", reflect.Int32: "integer", reflect.Int64: "integer",
	reflect.Float64: "number", reflect.Float32: "number",
}

func inputError(path string, v Value, want string) *Error {
	return &Error{Kind: Invalid, Message: words.MustBe(fmt.Sprintf("input %q", path), want, words.Kind(v))}
}

func encodeOutput(out any) (Value, error) {
	if raw, ok := out.(interface{ value() Value }); ok {
		return raw.value(), nil
	}
	return encode(reflect.ValueOf(out))
}

// encode makes a value from the answer of a card.
func encode(v reflect.Value) (Value, error) {
	switch v.Kind() {
	case reflect.Invalid:
		return nil, nil
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return int(v.Int()), nil
	case reflect.Float32, reflect.Float64:
		return v.Float(), nil
	case reflect.String:
		if n, ok := v.Interface().(json.Number); ok {
			return n, nil
		}
		return v.String(), nil
	case reflect.Pointer, reflect.Interface:
		return encode(v.Elem())
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			item, err := encode(v.Index(i))
			if err != nil {
				return nil, err
			}
			list[i] = item
		}
		return list, nil
	case reflect.Map:
		return encodeMap(v)
	case reflect.Struct:
		return encodeStruct(v)
	}
	return nil, fmt.Errorf("a card answered with a %s, which is not a value", v.Type())
}

func encodeMap(v reflect.Value) (Value, error) {
	if v.IsNil() {
		return nil, nil
	}
	object := make(map[string]any, v.Len())
	for entries := v.MapRange(); entries.Next(); {
		item, err := encode(entries.Value())
		if err != nil {
			return nil, err
		}
		object[entries.Key().String()] = item
	}
	return object, nil
}

func encodeStruct(v reflect.Value) (Value, error) {
	f := fieldsFor(v.Type())
	object := make(map[string]any, len(f.list))
	for _, field := range f.list {
		inside := v.FieldByIndex(field.index)
		if field.omitEmpty && inside.IsZero() {
			continue
		}
		item, err := encode(inside)
		if err != nil {
			return nil, err
		}
		object[field.name] = item
	}
	return object, nil
}
