package flow

// ParseValue parses a file with a single value instead of flows, such as the inputs of a run. The rules of YAML are
// those of flows. The Node is nil if the file has no value, or if problems report why there is none. name is the file
// name in positions; ParseValue does not open it.
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
