package check

import (
	"path"
	"slices"
	"strconv"
	"strings"

	validator "github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/flowdeck/flowdeck/engine/expr"
)

// In a dry run a value may have parts that only a real run knows. A mistake is an error only if every real run has it: if
// the wrong part is completely known, and no other part can correct it.

// known returns a value without its unknown parts. Elements of lists keep their places. A field that is unknown may be missing:
// with is whether it is there, as nil.
func known(v any, with bool) any {
	switch v := v.(type) {
	case expr.Unknown:
		return nil
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = known(e, with)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(v))
		for name, field := range v {
			if _, unknown := field.(expr.Unknown); !unknown || with {
				object[name] = known(field, with)
			}
		}
		return object
	}
	return v
}

// counting are the keywords that look at the names or the number of the parts of a value, and at nothing inside of them.
var counting = []string{"type", "required", "dependentRequired", "additionalProperties", "minProperties", "maxProperties", "minItems", "maxItems"}

// A spot is a keyword of a schema and a part of a value.
type spot struct{ keyword, instance string }

func spotOf(err *validator.ValidationError) spot {
	return spot{err.KeywordLocation, err.InstanceLocation}
}

// name returns the name of the keyword that a part of a value violates.
func (s spot) name() string {
	if at := strings.LastIndex(s.keyword, "/dependentRequired/"); at >= 0 {
		return "dependentRequired"
	}
	return path.Base(s.keyword)
}

// leaves adds the innermost errors of an error to all.
func leaves(err *validator.ValidationError, all map[spot]*validator.ValidationError) {
	if len(err.Causes) == 0 {
		all[spotOf(err)] = err
	}
	for _, cause := range err.Causes {
		leaves(cause, all)
	}
}

// alternatives are the keywords under which a value may violate a schema and still be valid.
var alternatives = []string{"anyOf", "oneOf", "not", "if", "then", "else", "contains", "dependentSchemas"}

// certain returns the part of a validator's error that holds for every real run; nil if there is none. err is that of the value
// without its unknown fields, and others has the errors of the value with them. v is the value with its unknown parts. How many parts
// an object has is certain if it is wrong either way.
func certain(err *validator.ValidationError, others map[spot]*validator.ValidationError, v any) *validator.ValidationError {
	part, there := partAt(v, steps(err.InstanceLocation))
	if _, unknown := expr.FirstUnknown(part); there && !unknown {
		return err
	}
	keyword := spotOf(err).name()
	if slices.Contains(alternatives, keyword) {
		return nil
	}
	if len(err.Causes) == 0 {
		other, either := others[spotOf(err)]
		if _, all := part.(expr.Unknown); all || !either || !slices.Contains(counting, keyword) {
			return nil
		}
		if keyword == "required" || keyword == "minProperties" { // the fields that are missing although the unknown ones are there
			return other
		}
		return err
	}
	kept := *err
	kept.Causes = nil
	for _, cause := range err.Causes {
		if cause := certain(cause, others, v); cause != nil {
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
