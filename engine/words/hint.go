package words

import (
	"fmt"
	"slices"
	"strings"
)

// The maximum number of names in a hint: of all names, and of those with the same prefix if no name is similar.
const (
	fewNames  = 12
	likeNames = 40
)

// Hint returns the hint for a name that does not exist: the most similar name, if there is one, and the existing names
// in their order: `did you mean "prod"? connections: okta, prod`. If there are too many names for a line, it lists
// those with the same prefix up to the last dot, or none if these are too many as well. It may be empty.
func Hint(noun, name string, names []string) string {
	near, found := Nearest(name, names)
	listed := names
	if len(names) > fewNames {
		like := name
		if found {
			like = near
		}
		prefix := like[:strings.LastIndex(like, ".")+1]
		listed = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return prefix == "" || !strings.HasPrefix(n, prefix) })
		if len(listed) > likeNames || found && len(listed) > fewNames {
			listed = nil
		}
	}
	var parts []string
	if found {
		parts = append(parts, fmt.Sprintf("did you mean %q?", near))
	}
	if len(listed) > 0 {
		parts = append(parts, noun+": "+strings.Join(listed, ", "))
	}
	return strings.Join(parts, " ")
}
