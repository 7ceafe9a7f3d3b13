package oktasim

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// tokens reads the tokens. Absent means nil, which is demo-token; an empty mapping means no tokens.
func (l *loader) tokens(n *yaml.Node, people roster) []token {
	if n == nil || isNull(n) {
		return nil
	}
	list := []token{}
	for _, e := range l.entries(n, "tokens") {
		t := token{secret: e.key}
		keys := l.mapping(e.value, fmt.Sprintf("token %q", e.key), "owner", "scopes")
		if scopes, limited := keys["scopes"]; limited {
			t.scopes = []string{}
			for _, item := range l.list(scopes, "scopes") {
				t.scopes = append(t.scopes, l.text(item, "a scope"))
			}
		}
		if owner := l.text(keys["owner"], "owner"); owner != "" {
			index, ok := people.byLogin[foldLogin(owner)]
			if !ok {
				l.problem(keys["owner"], "an owner is the login of somebody under users", "unknown owner %q", owner)
			}
			t.owner = index
		}
		list = append(list, t)
	}
	return list
}

// limits reads the requests per minute by path template, which may have methods; the maximum number of concurrent
// requests; and the share of a token.
func (l *loader) limits(n *yaml.Node) limits {
	var all limits
	if n == nil {
		return all
	}
	for _, e := range l.entries(n, "limits") {
		if e.key == "token" {
			all.share = l.percent(e.value, "limit \"token\"")
			continue
		}
		number := l.count(e.value, fmt.Sprintf("limit %q", e.key), 1)
		methods, path, limited := strings.Cut(e.key, " ")
		if !limited {
			methods, path = "", e.key
		}
		list := strings.FieldsFunc(methods, func(r rune) bool { return r == ',' })
		unknown := slices.ContainsFunc(list, func(method string) bool { return !slices.Contains(apiMethods, method) })
		switch {
		case e.key == "concurrent":
			all.concurrent = number
		case !strings.HasPrefix(path, "/") || unknown:
			l.problem(e.at, "limits are path templates such as /api/v1/users/{id} or POST,PUT /api/v1/users/{id}, concurrent, and token", "unknown limit %q", e.key)
		case number > 0:
			all.buckets = append(all.buckets, bucket{methods: list, template: segments(path), limit: number})
		}
	}
	return all
}

func (l *loader) faults(n *yaml.Node) []fault {
	var list []fault
	for i, item := range l.list(n, "faults") {
		where := fmt.Sprintf("faults[%d]", i)
		keys := l.mapping(item, where, "match", "every", "nth", "share", "status", "reset", "delivery", "by")
		f := fault{
			every:  l.count(keys["every"], where+".every", 1),
			nth:    l.count(keys["nth"], where+".nth", 1),
			status: l.count(keys["status"], where+".status", 400),
			reset:  l.text(keys["reset"], where+".reset") == "true",
		}
		if keys["share"] != nil {
			f.share = l.percent(keys["share"], where+".share")
		}
		chosen := 0
		for _, n := range []int{f.every, f.nth, f.share} {
			if n > 0 {
				chosen++
			}
		}
		if chosen != 1 {
			l.problem(item, "every: 1 is each request, nth: 3 only the third, share: 20% a fifth of them, at random", "%s needs one of every, nth and share", where)
		}
		if keys["delivery"] != nil {
			list = append(list, l.deliveryFault(f, keys, where))
			continue
		}
		method, path, ok := strings.Cut(l.text(keys["match"], where+".match"), " ")
		f.method, f.path = method, segments(path)
		if !ok || !slices.Contains(apiMethods, method) || !strings.HasPrefix(path, "/") {
			l.problem(or(keys["match"], item), `write it like "GET /api/v1/groups/*/users"`, "%s.match must be a method and a path", where)
		}
		if (f.status > 0) == f.reset {
			l.problem(item, "status: 500 answers an error, reset: true cuts the connection", "%s needs either status or reset", where)
		}
		if f.status > 599 {
			l.problem(keys["status"], "", "%s.status must be from 400 to 599, not %d", where, f.status)
		}
		list = append(list, f)
	}
	return list
}

// deliveryFault reads a fault of deliveries to event hooks.
func (l *loader) deliveryFault(f fault, keys map[string]*yaml.Node, where string) fault {
	f.delivery = l.text(keys["delivery"], where+".delivery")
	if f.delivery == "swap" {
		f.past = max(l.count(keys["by"], where+".by", 1), 1)
	} else {
		f.by = l.duration(keys["by"], where+".by")
	}
	if !slices.Contains(deliveryFaults, f.delivery) {
		l.problem(keys["delivery"], "faults of deliveries: "+strings.Join(deliveryFaults, ", "), "unknown fault %q", f.delivery)
	}
	if (f.delivery == "late") != (f.by > 0) {
		l.problem(keys["delivery"], "write it like {delivery: late, by: 10m, every: 2}", "%s needs a time in by if and only if its deliveries are late", where)
	}
	for _, key := range []string{"match", "status", "reset"} {
		if keys[key] != nil {
			l.problem(keys[key], "", "%s is about deliveries, so that it cannot have %s", where, key)
		}
	}
	return f
}

// or returns n; or parent, the node that lacks it, if n is nil.
func or(n, parent *yaml.Node) *yaml.Node {
	if n != nil {
		return n
	}
	return parent
}
