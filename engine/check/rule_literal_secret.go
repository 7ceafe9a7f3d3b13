package check

import (
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// literalSecrets tells of secrets in a connection that are written down instead of referred to.
func (c *Checker) literalSecrets(n *flow.Node, s *jsonschema.Schema) {
	if s == nil {
		return
	}
	if s.Extra["secret"] == true && n.Kind != flow.Mapping {
		c.secretProblem(n)
		return
	}
	for _, field := range n.Fields {
		c.literalSecrets(field.Value, s.Properties[field.Key.Text])
	}
}

// secretProblem never shows what stands there: the place without its text.
func (c *Checker) secretProblem(n *flow.Node) {
	c.problems = append(c.problems, flow.Problem{
		Pos: n.Pos, Code: CodeLiteralSecret, Secret: true,
		Message: "a secret must not stand in a file",
		Hint:    "write a reference: {env: NAME}, {file: PATH} or {command: [PROGRAM, ARGUMENT]}",
	})
}
