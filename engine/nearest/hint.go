package nearest

import (
	"fmt"
	"strings"
)

// Hint is what to tell somebody who wrote a name that is not there: the one that was probably meant, if one is near,
// and all there are, of a noun: `did you mean "prod"? connections: okta, prod`. Empty if there are none.
func Hint(noun, name string, there []string) string {
	if len(there) == 0 {
		return ""
	}
	hint := noun + ": " + strings.Join(there, ", ")
	if near, ok := Name(name, there); ok {
		hint = fmt.Sprintf("did you mean %q? %s", near, hint)
	}
	return hint
}
