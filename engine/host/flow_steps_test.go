package host

import "fmt"

// step is one step, or two of which the first makes the second valid.
func (a *author) step() list {
	id := a.name()
	s := node{"id": id}
	compound := []func(string, node) list{a.ifStep, a.switchStep, a.parallelStep, a.tryStep, a.repeatStep, a.eachStep, a.streamStep}
	simple := []func(string, node) list{a.write, a.write, a.write, a.get, a.listed, a.set, a.callStep, a.startStep, a.ending, a.wait}
	n := len(simple)
	if a.depth < 4 {
		n += len(compound)
	}
	var steps list
	if n = a.Pick(n); n < len(simple) {
		steps = simple[n](id, s)
	} else {
		steps = compound[n-len(simple)](id, s)
	}
	return steps
}

// guarded gives a step a guard at times.
func (a *author) guarded(s node) node {
	if a.Pick(4) == 0 {
		s["if"] = a.expression("bool", 2)
	}
	return s
}

// item lets later expressions read an item.
func (a *author) item(id string) {
	of := "steps." + id
	a.see("int", "("+of+"?.n ?? 0)")
	a.see("text", "("+of+`?.id ?? "i1")`, "("+of+`?.name ?? "")`, "("+of+`?.note ?? "none")`)
	a.see("bool", "("+of+"?.hot ?? false)", "("+of+" != nil)", "("+of+"?.note == nil)")
}

func (a *author) write(id string, s node) list {
	s["card"] = "shop.item." + a.one("create", "update", "delete")
	with := node{}
	if s["card"] != "shop.item.create" {
		with["id"] = a.hole("text")
	}
	if s["card"] != "shop.item.delete" {
		with["name"] = a.one("a name", a.hole("text"), "new "+a.hole("text"))
		if a.Pick(2) == 0 {
			with["n"] = a.hole("int")
		}
	}
	s["with"] = with
	a.guarded(s)
	a.item(id)
	a.see("int", "(steps."+id+"?.size ?? 0)")
	a.see("bool", "(steps."+id+"?.changed ?? false)")
	return list{s}
}

func (a *author) get(id string, s node) list {
	s["card"] = "shop.item.get"
	s["with"] = node{"id": a.one("i1", "i3", "nobody", a.hole("text"))}
	if a.Pick(3) == 0 {
		s["on_error"] = "continue"
	}
	a.guarded(s)
	a.item(id)
	return list{s}
}

func (a *author) listed(id string, s node) list {
	s["card"], s["result"] = "shop.item.list", a.one("some", "first", "all")
	s["with"] = node{"least": a.hole("int")}
	a.guarded(s)
	switch s["result"] {
	case "first":
		a.item(id)
	case "all":
		a.see("list", "(steps."+id+" ?? [])")
	default:
		a.see("list", "(steps."+id+"?.items ?? [])")
		a.see("bool", "(steps."+id+"?.truncated ?? false)")
	}
	return list{s}
}

func (a *author) set(id string, s node) list {
	sort := a.one("int", "text", "bool", "list")
	s["set"] = node{id: a.hole(sort)}
	a.guarded(s)
	a.see(sort, "(vars."+id+" ?? "+a.expression(sort, 0)+")")
	return list{s}
}

func (a *author) wait(_ string, s node) list {
	s["wait"] = a.one("2s", `${ string(len(`+a.expression("list", 1)+`)) + "s" }`)
	return list{s}
}

func (a *author) ending(_ string, s node) list {
	switch a.Pick(4) {
	case 0:
		s["stop"] = "because " + a.hole("text")
	case 1:
		s["fail"] = a.hole("text")
	case 2:
		s["fail"] = node{"message": "no " + a.hole("text"), "code": a.hole("text"), "details": a.hole("int")}
	default:
		s["return"] = a.result()
	}
	s["if"] = a.expression("bool", 2)
	return list{s}
}

// called is what a step gives to a helper, and its name.
func (a *author) called() (name string, with node) {
	if a.helpers == 0 || a.helpers == 3 && a.Pick(4) == 0 {
		if a.helpers == 0 {
			return "", nil
		}
		n := a.expression("int", 1)
		return "again", node{"n": "${ " + n + " > 2 ? 2 : " + n + " }"}
	}
	with = node{"n": a.hole("int"), "t": a.hole("text")}
	if a.Pick(2) == 0 {
		with["f"] = a.hole("bool")
	}
	return fmt.Sprint("h", a.Pick(a.helpers)), with
}

func (a *author) callStep(id string, s node) list {
	name, with := a.called()
	if name == "" {
		return a.write(id, s)
	}
	s["call"], s["with"] = name, with
	if a.Pick(3) == 0 {
		s["on_error"] = "continue"
	}
	a.guarded(s)
	if name == "h1" || name == "h2" {
		a.see("int", "(steps."+id+"?.k ?? 0)")
		a.see("text", "(steps."+id+`?.t ?? "")`)
		a.see("bool", "(steps."+id+"?.f ?? true)")
	}
	a.see("bool", "(steps."+id+" == nil)")
	return list{s}
}

func (a *author) startStep(id string, s node) list {
	name, with := a.called()
	if name == "" {
		return a.write(id, s)
	}
	s["start"], s["with"] = name, with
	return list{a.guarded(s)}
}

func (a *author) ifStep(id string, s node) list {
	s["if"] = a.expression("bool", 2)
	branches := a.branches(2)
	s["then"] = branches[0]
	s["else"] = branches[1]
	a.see("bool", "(steps."+id+" == nil)")
	return list{s}
}

func (a *author) switchStep(id string, s node) list {
	first, second := a.expression("bool", 2), a.expression("bool", 2)
	branches := a.branches(3)
	s["switch"] = list{node{"when": first, "do": branches[0]}, node{"when": second, "do": branches[1]}, node{"else": branches[2]}}
	a.see("bool", "(steps."+id+" == nil)")
	return list{s}
}

func (a *author) parallelStep(id string, s node) list {
	a.guarded(s)
	s["parallel"] = node{"a": a.inner(nil), "b": a.inner(nil)}
	a.see("bool", "(steps."+id+"?.a == steps."+id+"?.b)")
	return list{s}
}

func (a *author) tryStep(id string, s node) list {
	s["try"] = a.steps()
	caught := len(a.sees["text"])
	a.see("text", "error.message", "error.code", "error.kind")
	catch := node{}
	if a.Pick(2) == 0 {
		catch["when"] = a.one(`error.kind == "not_found"`, "error.message == "+a.expression("text", 1), "error.details == 1", a.expression("bool", 2))
	}
	catch["do"] = a.steps()
	a.sees["text"] = append(a.sees["text"][:caught:caught], a.sees["text"][caught+3:]...)
	s["catch"] = list{catch}
	if finally := a.name(); a.Pick(2) == 0 {
		s["finally"] = list{node{"if": a.expression("bool", 2), "then": a.write(finally, node{"id": finally})}}
	}
	a.see("bool", "(steps."+id+" == nil)")
	return list{s}
}

func (a *author) repeatStep(id string, s node) list {
	counter := "n" + id
	a.see("int", "(vars."+counter+" ?? 0)")
	s["repeat"] = append(list{node{"set": node{counter: "${ (vars." + counter + " ?? 0) + 1 }"}}}, a.steps()...)
	s["until"] = a.one("vars."+counter+" == 2", "vars."+counter+" > 2 or "+a.expression("bool", 2), a.expression("bool", 2))
	s["max"] = 3
	if a.Pick(2) == 0 {
		s["delay"] = "1s"
	}
	a.see("bool", "(steps."+id+" == nil)")
	return list{node{"set": node{counter: 0}}, s}
}

// loop adds what stream and each share.
func (a *author) loop(id string, s node, sees map[string][]string) list {
	a.guarded(s)
	s["do"] = a.inner(sees)
	s["concurrency"] = 1
	if a.Pick(3) == 0 {
		s["max"] = 2
	}
	if a.Pick(3) == 0 {
		s["allow"] = node{a.one("failures", "percent"): a.Pick(60)}
	}
	if a.Pick(3) == 0 {
		s["on_error"] = "continue"
	}
	for _, count := range []string{"ok", "failed", "skipped", "read"} {
		a.see("int", "(steps."+id+"?."+count+" ?? 0)")
	}
	return list{s}
}

func (a *author) eachStep(id string, s node) list {
	if a.Pick(2) == 0 {
		s["each"] = a.expression("list", 2)
		s["key"] = a.one("record.id", "record.name", a.expression("text", 1))
		return a.loop(id, s, map[string][]string{"int": {"(record.n ?? 0)", "index"}, "text": {`(record.id ?? "i1")`, `(record.name ?? "")`}})
	}
	s["each"] = "[" + a.expression("int", 2) + ", " + a.expression("int", 2) + "]"
	s["collect"] = `{id: "i2", name: string(record), n: record + ` + a.one("0", "1", "index") + `}`
	steps := a.loop(id, s, map[string][]string{"int": {"record", "index"}})
	a.see("list", "(steps."+id+"?.items ?? [])")
	return steps
}

func (a *author) streamStep(id string, s node) list {
	s["stream"] = "shop.item.list"
	s["with"] = node{"least": a.hole("int")}
	if a.Pick(2) == 0 {
		s["key"] = a.expression("text", 1)
	}
	if a.Pick(2) == 0 {
		steps := a.loop(id, s, map[string][]string{"int": {"record.n", "index"}, "text": {"record.id", "record.name", `(record.note ?? "")`}, "bool": {"record.hot"}})
		return steps
	}
	s["to"], s["pass"] = "record", node{"n": a.hole("int")}
	steps := a.loop(id, s, nil)
	delete(s, "do")
	return steps
}
