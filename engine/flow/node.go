package flow

// Kind is the kind of a Node.
type Kind uint8

const (
	Scalar  Kind = iota + 1 // text, a number, a boolean or null
	List                    // has Items
	Mapping                 // has Fields
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

// Style is the notation of a scalar in the source.
type Style uint8

const (
	Plain        Style = iota // without quotes
	SingleQuoted              // 'text'
	DoubleQuoted              // "text"
	LiteralBlock              // | and the lines below
	FoldedBlock               // > and the lines below
)

// A Node is a YAML value with its position. Do not change it. A value with aliases is a single Node that is reached
// more than once; its position is that of the anchor.
type Node struct {
	Kind   Kind
	Style  Style   // of a scalar
	Pos    Pos     // start of the value, after a tag or an anchor
	Width  int     // number of characters on its first line; 0 for lists and mappings
	Text   string  // of a scalar, as YAML reads it: "007", "true", ""
	Value  any     // of a scalar, in the value model: nil, bool, int, float64, string, or json.Number beyond 64 bits
	Items  []*Node // of a list
	Fields []Field // of a mapping, in the order of the file, each key once

	src        *source // nil for a Node that was not read from a file
	start, end int     // offsets in src of the start and, for a scalar, the end; end is 0 if it is not known
	reported   bool    // a problem of this value was reported: do not report its shape as well
}

// A Field is an entry of a mapping. Its key is always text.
type Field struct{ Key, Value *Node }

// Quoted reports whether a scalar is written in quotes or as a block, so that its value is always text.
func (n *Node) Quoted() bool { return n != nil && n.Kind == Scalar && n.Style != Plain }

// Reported reports whether package flow has reported a problem of the value, from which other problems of it follow.
func (n *Node) Reported() bool { return n.reported }

// IsNull reports whether n is a scalar without a value (null, ~ or empty), or nil.
func (n *Node) IsNull() bool { return n == nil || n.Kind == Scalar && n.Value == nil }

// IsText reports whether n is a scalar whose value is text.
func (n *Node) IsText() bool {
	if n == nil || n.Kind != Scalar {
		return false
	}
	_, ok := n.Value.(string)
	return ok
}

// Field returns the value under a key of a mapping; nil if there is none, or if n is nil.
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

// Key returns the node of a key of a mapping; nil if there is none, or if n is nil.
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

// keys returns the keys of a mapping.
func (n *Node) keys() []string {
	keys := make([]string, len(n.Fields))
	for i, f := range n.Fields {
		keys[i] = f.Key.Text
	}
	return keys
}

// Literal returns n as a new value: nil, bool, int, float64, string, []any, map[string]any, or json.Number for integers
// beyond 64 bits. It does not evaluate expressions. It returns nil for a nil Node.
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

// Walk calls visit for n and all nodes below it except keys, in the order of the file, until visit returns false. It
// returns false if visit did.
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
