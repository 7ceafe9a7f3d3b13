package oktasim

import (
	"maps"
	"strings"
)

// A patch is one operation of a JSON Patch (RFC 6902).
type patch struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// patchAppGroup handles PATCH /api/v1/apps/{id}/groups/{group}: "Updates a group assignment to an app". A patch sets or removes the
// priority, the profile, or an attribute of the profile. Other operations and paths are refused, which is our guess.
func patchAppGroup(c *call) answer {
	var patches []patch
	c.decode(&patches)
	return c.changeObject(apps, func(d *directory, app *object) answer {
		return c.withAppGroup(d, app, func(o *object, g *group) answer {
			fields := maps.Clone(o.fields)
			for _, p := range patches {
				if !p.apply(fields) {
					return c.invalid("path", "path: the operation "+jsonText(p.Op)+" of "+jsonText(p.Path)+" is not supported")
				}
			}
			if refusal := c.appProfileFaults(d, app, objectIn(fields["profile"])); refusal != nil {
				return *refusal
			}
			if why := checkAppGroup(d, o, fields); why != "" {
				return c.invalid(why[:strings.Index(why, ":")], why)
			}
			return c.updateAppGroup(d, app, g, o, fields)
		})
	})
}

// apply changes the fields of an assignment, and reports whether the operation is one that is supported.
func (p patch) apply(fields map[string]any) bool {
	value := p.Value
	switch p.Op {
	case "add", "replace":
	case "remove":
		value = nil
	default:
		return false
	}
	attribute, inProfile := strings.CutPrefix(p.Path, "/profile/")
	switch {
	case inProfile:
		setIn(fields, "profile", strings.NewReplacer("~1", "/", "~0", "~").Replace(attribute), value)
	case p.Path == "/priority" || p.Path == "/profile":
		if fields[p.Path[1:]] = value; value == nil {
			delete(fields, p.Path[1:])
		}
	default:
		return false
	}
	return true
}
