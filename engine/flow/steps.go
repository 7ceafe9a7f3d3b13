package flow

// A Step is one item of a list of steps.
type Step struct {
	Pos   Pos
	Node  *Node  // the whole step
	Verb  string // "card"; "" when it has none
	Value *Node  // what stands under the verb; nil when it is not as it should be
	ID    *Node
	Name  *Node
	If    *Node   // the guard
	Keys  []Field // the others, in the order of the file
}

// Key is the value under a key that belongs to the verb, such as "with". It is nil when it is not there, or when a
// problem told that it is not as it should be.
func (s *Step) Key(name string) *Node {
	for _, f := range s.Keys {
		if f.Key.Text == name {
			return f.Value
		}
	}
	return nil
}

// VerbKey is the node of the verb itself: the place to speak of the whole step.
func (s *Step) VerbKey() *Node {
	return s.Node.Key(s.Verb)
}

// steps reads a list of steps.
func (r *reader) steps(list *Node) []*Step {
	var steps []*Step
	for _, item := range list.Items {
		e, ok := r.read(item, &stepForm)
		if !ok {
			continue
		}
		s := &Step{Pos: item.Pos, Node: item}
		if e.verb != nil {
			s.Verb = e.verb.Name
		}
		for _, f := range e.fields {
			switch f.Key.Text {
			case s.Verb:
				s.Value = f.Value
			case "id":
				s.ID = f.Value
			case "name":
				s.Name = f.Value
			case "if":
				s.If = f.Value
			default:
				s.Keys = append(s.Keys, f)
			}
		}
		steps = append(steps, s)
	}
	return steps
}

// duplicateIDs tells of steps that share an id.
func (r *reader) duplicateIDs(steps []*Step) {
	first := map[string]*Node{}
	for _, s := range steps {
		if s.ID == nil {
			continue
		}
		if other := first[s.ID.Text]; other != nil {
			r.problem(s.ID, CodeDuplicateID, "the first is at "+other.Pos.seenFrom(s.ID.Pos), "there are two steps with the id %s", quoted(s.ID.Text))
			continue
		}
		first[s.ID.Text] = s.ID
	}
}
