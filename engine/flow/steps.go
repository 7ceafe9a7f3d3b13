package flow

import "slices"

// A Step is an item of a list of steps.
type Step struct {
	Pos    Pos
	Node   *Node  // the whole step
	Verb   string // "card"; "" if it has none
	Value  *Node  // the value under the verb; nil if it is not valid
	ID     *Node
	Name   *Node
	If     *Node   // the guard
	Keys   []Field // the other keys, in the order of the file
	Bodies []Body  // nested lists of steps, in the order of the file
	Wrong  bool    // a problem was reported in it or in a nested step: parts that its verb needs may be missing
	Lacks  bool    // a key of its own was reported and left out, or it has no verb: it may be another step than it seems

	row *Verb // the verb's row in the table; an empty one if there is no verb
}

// Ends returns how the step ends its flow; the zero Ending if it does not.
func (s *Step) Ends() Ending { return s.row.Ends }

// Binds reports whether the names in the step's value become variables.
func (s *Step) Binds() bool { return s.row.Binds }

// Records reports whether the step runs a flow, or steps, once for every record of a list.
func (s *Step) Records() bool { return s.row.Records() }

// Runs returns the name of the flow that the step runs; nil if it runs none.
func (s *Step) Runs() *Node {
	if s.row.Runs == s.Verb {
		return s.Value
	}
	return s.Key(s.row.Runs)
}

// A Body is a list of steps nested in a step.
type Body struct {
	Key   string // the key it is under: "then", "else", "do", "try", "catch", "finally", "repeat", "switch", "parallel"
	Name  *Node  // of a branch of a parallel: its name; otherwise nil
	When  *Node  // of a case of a switch or a catch: its condition; nil if it has none (the else of a switch has Key "else"), or if it is not valid
	Node  *Node  // the list itself, for positions
	Steps []*Step

	Scope  Scope // which bindings the steps see and change
	Always bool  // they run whenever the step runs without an error
}

// Key returns the value under a key that belongs to the verb, such as "with". It is nil if the key is missing, or if a
// problem reports that it is not valid.
func (s *Step) Key(name string) *Node {
	for _, f := range s.Keys {
		if f.Key.Text == name {
			return f.Value
		}
	}
	return nil
}

// VerbKey returns the node of the verb's key: the position for messages about the whole step.
func (s *Step) VerbKey() *Node {
	return s.Node.Key(s.Verb)
}

// Body returns the steps under a key that occurs at most once, such as "then"; nil if there are none.
func (s *Step) Body(key string) []*Step {
	for _, b := range s.Bodies {
		if b.Key == key {
			return b.Steps
		}
	}
	return nil
}

// Walk calls visit for every step of the flow in the order of the file, for each step before its nested steps.
func (f *Flow) Walk(visit func(*Step)) { walk(f.Steps, visit) }

func walk(steps []*Step, visit func(*Step)) {
	for _, s := range steps {
		visit(s)
		for _, b := range s.Bodies {
			walk(b.Steps, visit)
		}
	}
}

// noVerb is the row of steps without a verb.
var noVerb = &Verb{}

// steps reads a list of steps.
func (r *reader) steps(list *Node) []*Step {
	var steps []*Step
	for _, item := range list.Items {
		known := len(*r.problems)
		e, ok := r.read(item, &stepForm)
		if !ok {
			continue
		}
		s := &Step{Pos: item.Pos, Node: item, row: noVerb}
		if v := e.verb(); v != nil {
			s.Verb, s.row = v.Name, v
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
				s.Keys = append(s.Keys, f.Field)
			}
			s.Bodies = append(s.Bodies, r.bodies(f)...)
		}
		// A value with a problem of its own, such as a tag, was dropped without a further problem.
		s.Lacks = s.Verb == "" || r.lacks(item, e)
		s.Wrong = s.Lacks || len(*r.problems) > min(known, maxProblems)
		steps = append(steps, s)
	}
	return steps
}

// lacks reports whether a key of a mapping, or of a case in it, was reported and dropped.
func (r *reader) lacks(n *Node, e entry) bool {
	return len(e.fields) < len(n.Fields) || slices.ContainsFunc(e.fields, func(f read) bool {
		return f.shape.Kind == ShapeList && f.shape.Of.Kind == ShapeForm &&
			slices.ContainsFunc(f.Value.Items, func(item *Node) bool { return r.lacks(item, r.items[item]) })
	})
}

// bodies reads the lists of steps under a key of a step.
func (r *reader) bodies(f read) []Body {
	key := f.Key.Text
	var bodies []Body
	switch {
	case f.shape.Kind == ShapeSteps:
		bodies = append(bodies, r.body(key, f.Value, f.shape))
	case f.shape.Kind == ShapeMap && f.shape.Of.Kind == ShapeSteps:
		for _, branch := range f.Value.Fields {
			if branch.Value.Kind == List {
				body := r.body(key, branch.Value, f.shape.Of)
				body.Name = branch.Key
				bodies = append(bodies, body)
			}
		}
	case f.shape.Kind == ShapeList && f.shape.Of.Kind == ShapeForm:
		r.reached(f)
		for _, item := range f.Value.Items {
			bodies = append(bodies, r.caseBodies(key, r.items[item])...)
		}
	}
	return bodies
}

func (r *reader) body(key string, list *Node, s *Shape) Body {
	return Body{Key: key, Node: list, Steps: r.steps(list), Scope: s.Scope, Always: s.Always}
}

// caseBodies reads the steps of one case of a switch or of a catch.
func (r *reader) caseBodies(key string, e entry) []Body {
	var bodies []Body
	for _, f := range e.fields {
		switch f.Key.Text {
		case "do":
			body := r.body(key, f.Value, f.shape)
			body.When = e.value("when")
			bodies = append(bodies, body)
		case "else":
			bodies = append(bodies, r.body("else", f.Value, f.shape))
		}
	}
	return bodies
}

// reached reports a case after one without a condition, which is never reached.
func (r *reader) reached(f read) {
	var always *Node
	for _, item := range f.Value.Items {
		if always != nil && len(item.Fields) > 0 {
			r.problem(item.Fields[0].Key, CodeUnreachable, "put the case without a condition last", "unreachable: the case at %s always matches", always.Pos.seenFrom(item.Pos))
			return
		}
		if fields := r.items[item].fields; len(fields) == 1 && len(item.Fields) == 1 {
			if key := fields[0].Key; key.Text == "else" || key.Text == "do" && f.shape.Of.Form == &catchForm {
				always = key
			}
		}
	}
}

// duplicateIDs reports steps of a flow with the same id.
func (r *reader) duplicateIDs(f *Flow) {
	first := map[string]*Node{}
	f.Walk(func(s *Step) {
		if s.ID == nil {
			return
		}
		if other := first[s.ID.Text]; other != nil {
			r.problem(s.ID, CodeDuplicateID, "the first is at "+other.Pos.seenFrom(s.ID.Pos), "there are two steps with the id %s", quoted(s.ID.Text))
			return
		}
		first[s.ID.Text] = s.ID
	})
}

// finallies reports steps that are not allowed in a finally, because it also runs on cancel, and then only for a short
// time: steps that end the flow, and steps that wait. In the body of a loop, return and stop end one record only.
func (r *reader) finallies(steps []*Step, inside, loop bool) {
	for _, s := range steps {
		switch ends := s.Ends(); {
		case inside && s.row.Waits:
			r.problem(s.VerbKey(), CodeNotInFinally, "put it after the try", "%s is not allowed in a finally, which does not wait", quoted(s.Verb))
		case inside && !loop && (ends == EndsReturned || ends == EndsSkipped):
			r.problem(s.VerbKey(), CodeNotInFinally, "put it after the try, or in a catch", "%s is not allowed in a finally, which does not end the flow", quoted(s.Verb))
		}
		for _, b := range s.Bodies {
			switch {
			case b.Key == "finally":
				r.finallies(b.Steps, true, false)
			case b.Scope == RecordScope:
				r.finallies(b.Steps, inside, true)
			default:
				r.finallies(b.Steps, inside, loop)
			}
		}
	}
}
