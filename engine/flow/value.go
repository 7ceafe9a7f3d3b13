package flow

// ParseValue reads a file that holds one value and no flow: the inputs of a run, say. It follows the same rules as a
// flow's own YAML. The Node is nil for a file without a value, or if problems report why there is none. name is what
// the places say; it is not opened.
func ParseValue(name string, text []byte) (*Node, Problems) {
	var ps Problems
	roots := documents(newSource(name, text), &ps)
	if len(roots) > 1 {
		ps.add(roots[1], CodeFile, "remove one of them", "this is a second document; only one is allowed")
	}
	ps.settle()
	if ps.Err() != nil || len(roots) == 0 {
		return nil, ps
	}
	return roots[0], ps
}
