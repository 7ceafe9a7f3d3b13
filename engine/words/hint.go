package words

import (
	"fmt"
	"slices"
	"strings"
)

// fewNames is how many names a hint lists.
const fewNames = 12

// Hint is the hint for a name that does not exist: the name that was probably meant, if one is near, and the names
// that do exist, in their order: `did you mean "prod"? connections: okta, prod`. If they are more than a line holds, it
// lists those with the same prefix up to the last dot, or none. It is empty if there is nothing to say.
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
