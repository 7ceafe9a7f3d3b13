package check

import (
	"slices"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// literalSecrets reports secrets in a connection that are not references.
func (r *report) literalSecrets(n *flow.Node, s *jsonschema.Schema) {
	if s == nil {
		return
	}
	if s.Extra["secret"] == true {
		if !isReference(n) {
			r.secretProblem(n, "write a reference: {env: NAME}, {file: PATH}, {keyring: NAME} or {command: [PROGRAM, ARGUMENT]}")
		}
		return
	}
	for _, field := range n.Fields {
		r.literalSecrets(field.Value, s.Properties[field.Key.Text])
	}
}

// isReference reports whether n has the form of a reference to a secret.
func isReference(n *flow.Node) bool {
	return len(n.Fields) == 1 && slices.Contains([]string{"env", "file", "keyring", "command"}, n.Fields[0].Key.Text)
}

// secretProblem reports a literal secret without showing its text. The hint names the ways to give a secret at this
// position.
func (r *report) secretProblem(n *flow.Node, hint string) {
	r.put(flow.Problem{
		Pos: n.Pos, Code: CodeLiteralSecret, Secret: true,
		Message: "a secret must not be written in a file",
		Hint:    hint,
	})
}
