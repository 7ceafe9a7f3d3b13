package flow

// Kind is what a Node is.
type Kind uint8

const (
	Scalar  Kind = iota + 1 // text, a number, a boolean or nothing
	List                    // Items
	Mapping                 // Fields
)

func (k Kind) String() string {
	switch k {
	case Scalar:
		return "scalar"
	case List:
		return "list"
	case Mapping:
		return "mapping"
	}
	return "nothing"
}

// Style is how a scalar is written in the source.
type Style uint8

const (
	Plain        Style = iota // without quotes
	SingleQuoted              // 'text'
	DoubleQuoted              // "text"
	LiteralBlock              // | and the lines below
	FoldedBlock               // > and the lines below
)

// A Node is a YAML value with its place. It is not to be changed. An aliased value is one Node that is reached more than
// once; it keeps the place where it is written.
type Node struct {
	Kind   Kind
	Style  Style   // of a scalar
	Pos    Pos     // where the value starts, after a tag or an anchor
	Width  int     // characters it takes on its first line; 0 for lists and mappings
	Text   string  // of a scalar, as YAML reads it: "007", "true", ""
	Value  any     // of a scalar, in the value model: nil, bool, int, float64, string, or json.Number beyond 64 bits
	Items  []*Node // of a list
	Fields []Field // of a mapping, in the order of the file, each key once

	src        *source // nil for a Node that was not read from a file
	start, end int     // bytes of src: where it starts and where a scalar ends; end is 0 when it is not known
	said       bool    // a problem of this very value has been reported: do not add that its shape is wrong
}

// A Field is one entry of a mapping. Its key is always text.
type Field struct{ Key, Value *Node }

// Quoted reports whether a scalar is written in quotes or as a block, and therefore is text whatever it looks like.
func (n *Node) Quoted() bool { return n != nil && n.Kind == Scalar && n.Style != Plain }

// IsNull reports whether n is a scalar without a value (null, ~ or nothing at all), or no node.
func (n *Node) IsNull() bool { return n == nil || n.Kind == Scalar && n.Value == nil }

// IsText reports whether n is a scalar whose value is text.
func (n *Node) IsText() bool {
	if n == nil || n.Kind != Scalar {
		return false
	}
	_, ok := n.Value.(string)
	return ok
}

// Field is the value under a key of a mapping, nil if there is none. It may be asked of a nil Node.
func (n *Node) Field(name string) *Node {
	if n == nil {
		return nil
	}
	for _, f := range n.Fields {
		if f.Key.Text == name {
			return f.Value
		}
	}
	return nil
}

// Key is the node of a key of a mapping itself, nil if there is none. It may be asked of a nil Node.
func (n *Node) Key(name string) *Node {
	if n == nil {
		return nil
	}
	for _, f := range n.Fields {
		if f.Key.Text == name {
			return f.Key
		}
	}
	return nil
}

// keys are the keys of a mapping.
func (n *Node) keys() []string {
	keys := make([]string, len(n.Fields))
	for i, f := range n.Fields {
		keys[i] = f.Key.Text
	}
	return keys
}

// Literal is the whole tree as a value of its own: nil, bool, int, float64, string, []any, map[string]any, and
// json.Number for integers beyond 64 bits. Nothing in it is evaluated. A nil Node is nil.
func (n *Node) Literal() any {
	switch {
	case n == nil:
		return nil
	case n.Kind == List:
		list := make([]any, len(n.Items))
		for i, item := range n.Items {
			list[i] = item.Literal()
		}
		return list
	case n.Kind == Mapping:
		object := make(map[string]any, len(n.Fields))
		for _, f := range n.Fields {
			object[f.Key.Text] = f.Value.Literal()
		}
		return object
	}
	return n.Value
}

// Walk calls visit for n and for everything below it, in the order of the file, keys left out, for as long as visit
// returns true.
func (n *Node) Walk(visit func(*Node) bool) bool {
	if n == nil {
		return true
	}
	if !visit(n) {
		return false
	}
	for _, item := range n.Items {
		if !item.Walk(visit) {
			return false
		}
	}
	for _, f := range n.Fields {
		if !f.Value.Walk(visit) {
			return false
		}
	}
	return true
}
