package oktasim

import "fmt"

// conjunction is the conditions of a request; all must hold.
type conjunction []condition

func (list conjunction) hold(of subject) bool {
	for _, c := range list {
		if !c.holds(of) {
			return false
		}
	}
	return true
}

// conditions reads search and filter.
func (c *call) conditions(search, filter vocabulary) (conjunction, *answer) {
	var list conjunction
	for _, parameter := range []struct {
		name  string
		words vocabulary
	}{{"search", search}, {"filter", filter}} {
		if !c.query.Has(parameter.name) {
			continue
		}
		condition, err := parseFilter(c.query.Get(parameter.name), parameter.words)
		if err != nil {
			a := c.badSearch(fmt.Sprintf("%s: %v", parameter.name, err))
			return nil, &a
		}
		list = append(list, condition)
	}
	return list, nil
}

// notSimulated refuses parameters that Okta knows and this org does not yet: to pass over them
// would answer another question than the one asked.
func (c *call) notSimulated(parameters ...string) *answer {
	for _, name := range parameters {
		if c.query.Has(name) {
			a := c.badSearch(name + ": this simulated org does not know this parameter yet")
			return &a
		}
	}
	return nil
}
