package check

import (
	"slices"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// literalSecrets reports secrets in a connection that are not references, and references that can never be resolved.
func (r *report) literalSecrets(n *flow.Node, s *jsonschema.Schema) {
	if s == nil {
		return
	}
	if s.Extra["secret"] == true {
		if !isReference(n) {
			r.secretProblem(n, "write a reference: {env: NAME}, {file: PATH}, {keyring: NAME} or {command: [PROGRAM, ARGUMENT]}")
			return
		}
		r.emptyReference(n.Fields[0].Key.Text, n.Fields[0].Value)
		return
	}
	for _, field := range n.Fields {
		r.literalSecrets(field.Value, s.Properties[field.Key.Text])
	}
}

// emptyReference reports a reference of a kind that names nothing, without showing its text, which may be the secret.
func (r *report) emptyReference(kind string, to *flow.Node) {
	message, hint, ok := "a reference to a secret must be a string that is not empty", "write {"+kind+": NAME}", to.IsText() && to.Text != ""
	if kind == "command" {
		message, hint, ok = "the command of a secret must be a list of words", "write {command: [PROGRAM, ARGUMENT]}", to.Kind == flow.List && len(to.Items) > 0
	}
	if !ok {
		r.put(flow.Problem{Pos: to.Pos, Code: flow.CodeWrongType, Secret: true, Message: message, Hint: hint})
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
