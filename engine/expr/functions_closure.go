package expr

import (
	"fmt"
	"slices"
)

// closures are the functions with a closure, in which # is the element, .name one of its fields and #index its index.
var closures = []definition{
	closure("filter", anyList, asking(ListOf, filtered), "The elements for which the closure is true.", `filter([1, 2, 3], # > 1)`, `[2,3]`),
	closure("map", anyList, mapping, "The result of the closure for every element.", `map([1, 2], # * 10)`, `[10,20]`),
	closure("find", Any, asking(Type.OrNil, found(false, false)),
		"The first element for which the closure is true, or nil.", `find([1, 2, 3], # > 1)`, `2`),
	closure("findLast", Any, asking(Type.OrNil, found(true, false)),
		"The last element for which the closure is true, or nil.", `findLast([1, 2, 3], # > 1)`, `3`),
	closure("findIndex", Int.OrNil(), asking(always(Int.OrNil()), found(false, true)),
		"The index, from 0, of the first element for which the closure is true, or nil.", `findIndex(["a", "b"], # == "b")`, `1`),
	closure("findLastIndex", Int.OrNil(), asking(always(Int.OrNil()), found(true, true)),
		"The index, from 0, of the last element for which the closure is true, or nil.", `findLastIndex(["b", "b"], # == "b")`, `1`),
	closure("all", Bool, asking(always(Bool), quantified(false, false)),
		"Whether the closure is true for every element; true for an empty list.", `all([1, 2], # > 0)`, `true`),
	closure("any", Bool, asking(always(Bool), quantified(true, true)),
		"Whether the closure is true for at least one element.", `any([1, 2], # > 1)`, `true`),
	closure("none", Bool, asking(always(Bool), quantified(true, false)),
		"Whether the closure is true for no element.", `none([1, 2], # > 5)`, `true`),
	closure("one", Bool, asking(always(Bool), tallied(func(least, most int) (any, bool) { return least == 1, least == most || least > 1 })),
		"Whether the closure is true for exactly one element.", `one([1, 2], # > 1)`, `true`),
	closure("count", Int, asking(always(Int), tallied(func(least, most int) (any, bool) { return least, least == most })),
		"The number of elements for which the closure is true.", `count(["a", "b", "a"], # == "a")`, `2`),
	{
		theme: "list", name: "sum", returns: Number, walk: summing, written: "sum(list: list, closure?) number",
		summary: "The sum of the elements, or of the results of the closure for them.",
		example: `sum([{n: 1}, {n: 2}], .n)`, result: `3`,
	},
	{
		theme: "list", name: "sortBy", returns: anyList, walk: sorting, written: "sortBy(list: list, closure, order?: string) list",
		summary: "The elements in the order of the results of the closure, \"asc\" by default, or \"desc\"; equal ones keep their order.",
		example: `sortBy([{n: 2}, {n: 1}], .n)`, result: `[{"n":1},{"n":2}]`,
	},
	{
		theme: "list", name: "reduce", returns: Any, walk: reducing, written: "reduce(list: list, closure, initial?) any",
		summary: "The result of the closure for one element after the other; #acc is its result so far.",
		example: `reduce([1, 2, 3], #acc * #, 1)`, result: `6`,
	},
}

func closure(name string, returns Type, check func(w *walk) operand, summary, example, result string) definition {
	return definition{
		theme: "list", name: name, returns: returns, walk: check, written: name + "(list: list, closure) " + returns.String(),
		summary: summary, example: example, result: result,
	}
}

// sortBy sorts a list by its keys. The sort is stable.
func sortBy(ev *evaluation, list, keys []any, order any) (any, error) {
	descending := order == "desc"
	if !descending && order != "asc" {
		return nil, faultf("unknown order %q", fmt.Sprint(order)).withHint(`"asc" or "desc"`)
	}
	if err := ev.made(elementSize * len(list)); err != nil {
		return nil, err
	}
	places := make([]int, len(list))
	for i := range places {
		places[i] = i
	}
	var wrong error
	slices.SortStableFunc(places, func(i, j int) int {
		if wrong != nil {
			return 0
		}
		var c int
		c, wrong = ev.compare(keys[i], keys[j])
		if descending {
			return -c
		}
		return c
	})
	if wrong != nil {
		return nil, wrong
	}
	sorted := make([]any, len(list))
	for i, place := range places {
		sorted[i] = list[place]
	}
	return sorted, nil
}

// sum adds numbers or durations.
func sum(ev *evaluation, list []any) (any, error) {
	if len(list) == 0 {
		return 0, nil
	}
	total := list[0]
	for i, e := range list {
		if kindOf(e)&(kNumber|kDuration) == 0 {
			return nil, mustBe(fmt.Sprintf("element %d of sum", i), "number", kindWord(e)).at(0)
		}
		if i == 0 {
			continue
		}
		var err error
		if total, err = arithmetic(ev, "+", total, e); err != nil {
			return nil, err
		}
	}
	return total, ev.spend(len(list))
}
