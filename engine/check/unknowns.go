package check

import (
	"path"
	"slices"
	"strconv"

	validator "github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/flowdeck/flowdeck/engine/expr"
)

// In a dry run a value may have parts that only a real run knows. A mistake is an error only if every real run has it: if
// the wrong part is completely known, and no other part can correct it.

// known returns a value without its unknown parts. Elements of lists keep their places.
func known(v any) any {
	switch v := v.(type) {
	case expr.Unknown:
		return nil
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = known(e)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(v))
		for name, field := range v {
			if _, unknown := field.(expr.Unknown); !unknown {
				object[name] = known(field)
			}
		}
		return object
	}
	return v
}

// alternatives are the keywords under which a value may violate a schema and still be valid.
var alternatives = []string{"anyOf", "oneOf", "not", "if", "then", "else", "contains", "dependentSchemas"}

// certain returns the part of a validator's error that holds for every real run; nil if there is none. v is the value with
// its unknown parts.
func certain(err *validator.ValidationError, v any) *validator.ValidationError {
	part, there := partAt(v, steps(err.InstanceLocation))
	if _, unknown := expr.FirstUnknown(part); there && !unknown {
		return err
	}
	if slices.Contains(alternatives, path.Base(err.KeywordLocation)) {
		return nil
	}
	kept := *err
	kept.Causes = nil
	for _, cause := range err.Causes {
		if cause := certain(cause, v); cause != nil {
			kept.Causes = append(kept.Causes, cause)
		}
	}
	if len(kept.Causes) == 0 {
		return nil
	}
	return &kept
}

// partAt returns the part of a value at a path, and whether it exists.
func partAt(v any, path []string) (part any, there bool) {
	for _, name := range path {
		switch from := v.(type) {
		case map[string]any:
			v, there = from[name]
		case []any:
			i, err := strconv.Atoi(name)
			if there = err == nil && i < len(from); there {
				v = from[i]
			}
		default:
			there = false
		}
		if !there {
			return nil, false
		}
	}
	return v, true
}
