package oktasim

import "fmt"

// conjunction has the conditions of a request, all of which must hold.
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
func (c *call) conditions(search, filter vocabulary) (list conjunction) {
	for _, parameter := range []struct {
		name  string
		words vocabulary
	}{{"search", search}, {"filter", filter}} {
		if !c.query.Has(parameter.name) {
			continue
		}
		condition, err := parseFilter(c.query.Get(parameter.name), parameter.words)
		if err != nil {
			c.reject(c.badSearch(fmt.Sprintf("%s: %v", parameter.name, err)))
			continue
		}
		list = append(list, condition)
	}
	return list
}

// values returns the values with which the conditions compare an attribute.
func (list conjunction) values(attribute string) (values []string) {
	for _, c := range list {
		values = append(values, valuesIn(c, attribute)...)
	}
	return values
}

func valuesIn(c condition, attribute string) []string {
	switch c := c.(type) {
	case both:
		return append(valuesIn(c.left, attribute), valuesIn(c.right, attribute)...)
	case either:
		return append(valuesIn(c.left, attribute), valuesIn(c.right, attribute)...)
	case negation:
		return valuesIn(c.of, attribute)
	case comparison:
		if c.attribute == attribute {
			return []string{c.value}
		}
	}
	return nil
}
