package scimsim

import (
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// search answers GET on a collection.
//
// Source: RFC 7644, section 3.4.2
func (s *Server) search(c *collection, query url.Values, base string, at time.Time) answer {
	found, problem := s.matching(c, query.Get("filter"), base, at)
	if problem != nil {
		return s.refused(problem)
	}
	if by := query.Get("sortBy"); by != "" && !s.quirks.NoSort {
		found = slices.Clone(found)
		s.sort(c, found, by, query.Get("sortOrder"), base)
	}
	start, problem := number(query, "startIndex", 1)
	if problem != nil {
		return s.refused(problem)
	}
	count, problem := number(query, "count", 100)
	if problem != nil {
		return s.refused(problem)
	}
	start, count = max(1, start), max(0, count)
	if s.quirks.PageSize > 0 {
		count = min(count, s.quirks.PageSize)
	}
	page := found[min(start-1, len(found)):]
	page = page[:min(count, len(page))]
	resources := make([]any, len(page))
	for i, r := range page {
		resources[i] = selected(s.view(c, r, base, func(name string) bool { return name != "groups" && isSelected(query, name) }), query)
	}
	body := map[string]any{"schemas": []string{listMessage}, "startIndex": start, "itemsPerPage": len(page), "Resources": resources}
	if !s.quirks.NoTotals {
		body["totalResults"] = len(found)
	}
	return answer{status: 200, body: body}
}

// matching returns the visible resources that a filter selects, in the order in which they were created. The caller must not change the list.
func (s *Server) matching(c *collection, text, base string, at time.Time) (found []*resource, _ *problem) {
	if s.quirks.NoFilter == "ignore" {
		text = ""
	}
	if text == "" && s.quirks.VisibleAfter == 0 {
		return c.list, nil // for each page of a long list
	}
	candidates, f := c.list, filter{holds: func(map[string]any) bool { return true }}
	if text != "" {
		if s.quirks.NoFilter == "refuse" {
			return nil, refuse(400, "invalidFilter", "filters are not supported")
		}
		var problem *problem
		if f, problem = parseFilter(text, s.quirks.NoEscapes); problem != nil {
			return nil, problem
		}
		if f.only == nil && s.quirks.SimpleFilter {
			return nil, refuse(400, "invalidFilter", "only one comparison with eq is supported")
		}
		if name, value, ok := c.indexed(f.only); ok {
			if s.quirks.ExactCase {
				f.holds = func(o map[string]any) bool { return get(o, name) == value }
			}
			candidates = c.byValue[name][s.compared(value)]
		}
	}
	for _, r := range candidates {
		if at.Before(r.visible) {
			continue
		}
		object := r.attributes
		if f.made {
			object = s.view(c, r, base, notGroups)
		}
		if f.holds(object) {
			found = append(found, r)
		}
	}
	return found, nil
}

// indexed returns the attribute and the value of a comparison for which the collection has an index.
func (c *collection) indexed(only *comparison) (name, value string, ok bool) {
	if only == nil {
		return "", "", false
	}
	value, ok = only.value.(string)
	for name := range c.byValue {
		if ok && strings.EqualFold(only.path, name) {
			return name, value, true
		}
	}
	return "", "", false
}

func (s *Server) sort(c *collection, found []*resource, by, order, base string) {
	keys := map[*resource]string{}
	for _, r := range found {
		if values := comparable(valuesAt(s.view(c, r, base, notGroups), by)); len(values) > 0 {
			text, _ := values[0].(string)
			keys[r] = strings.ToLower(text)
		}
	}
	sort.SliceStable(found, func(i, j int) bool {
		if order == "descending" {
			i, j = j, i
		}
		return keys[found[i]] < keys[found[j]]
	})
}

func number(query url.Values, name string, fallback int) (int, *problem) {
	text := query.Get(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, invalidValue("%s is not a number", name)
	}
	return n, nil
}

// notGroups is for view: the groups of a user are looked for in all groups, which takes too long for a list.
func notGroups(attribute string) bool { return attribute != "groups" }

// selected returns the attributes that a query asks for.
func selected(v map[string]any, query url.Values) map[string]any {
	for name := range v {
		if !isSelected(query, name) {
			delete(v, name)
		}
	}
	return v
}

// isSelected reports whether a query asks for an attribute. id and schemas are always there.
//
// Source: RFC 7644, section 3.4.2.5
func isSelected(query url.Values, name string) bool {
	listed := func(parameter string) bool {
		return slices.ContainsFunc(strings.Split(query.Get(parameter), ","), func(path string) bool {
			return strings.EqualFold(namesOf(strings.TrimSpace(path))[0], name)
		})
	}
	if name == "id" || name == "schemas" {
		return true
	}
	return (!query.Has("attributes") || listed("attributes")) && !listed("excludedAttributes")
}

// forget removes the attributes that a query does not ask for.
func (r *resource) forget(query url.Values) {
	for name := range r.attributes {
		if !isSelected(query, name) {
			delete(r.attributes, name)
		}
	}
	if !isSelected(query, "members") {
		r.members = nil
	}
}
