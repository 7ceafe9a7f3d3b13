package oktasim

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// readObject runs an operation that reads the object of the path.
func (c *call) readObject(r *resource, operation func(*directory, *object) answer) answer {
	return c.read(func(d *directory) answer {
		o := d.collection(r).byID[c.r.PathValue("id")]
		if o == nil {
			return c.missing(c.r.PathValue("id"), r.word)
		}
		return operation(d, o)
	})
}

// changeObject runs an operation that changes the object of the path.
func (c *call) changeObject(r *resource, operation func(*directory, *object) answer) answer {
	return c.write(func(d *directory) answer {
		o := d.collection(r).byID[c.r.PathValue("id")]
		if o == nil {
			return c.missing(c.r.PathValue("id"), r.word)
		}
		return operation(d, o)
	})
}

// body reads the body of a request as an object. Numbers keep their digits.
func (c *call) body() map[string]any {
	var fields map[string]any
	if c.decode(&fields); fields == nil {
		c.reject(c.refuse(http.StatusBadRequest, "E0000003", "The request body was not well-formed."))
		return map[string]any{}
	}
	return fields
}

// settable returns the properties of a body that a client can set. Okta ignores those that it makes itself. That it ignores those that
// the resource does not have is our guess.
func (r *resource) settable(body map[string]any) map[string]any {
	fields := map[string]any{}
	for _, path := range r.fields {
		name, _, _ := strings.Cut(path, ".")
		if value, has := body[name]; has && name != "system" {
			fields[name] = value
		}
	}
	return fields
}

// objectAnswer returns a 200 with an object. The caller holds the lock.
func (c *call) objectAnswer(r *resource, o *object) answer { return c.ok(encoded(c.shown(r, o))) }

// logObject adds an event about an object, if changes of its resource are logged.
func (c *call) logObject(r *resource, what string, o *object) {
	if r.event == "" {
		return
	}
	name := r.nameIn(o.fields)
	c.log(r.event+"."+what, target{id: o.id, kind: r.word, alternate: "unknown", display: name})
}

// get handles the GET of one object.
func (r *resource) get(c *call) answer {
	return c.readObject(r, func(_ *directory, o *object) answer { return c.objectAnswer(r, o) })
}

// list returns the handler of a list. usual and most are the default and the maximum of limit. selected returns the condition
// of the request, which it reads from the query; nil means that all objects are listed.
func (r *resource) list(usual, most int, selected func(*call) func(*directory, *object) bool) func(*call) answer {
	return func(c *call) answer {
		holds := func(*directory, *object) bool { return true }
		if selected != nil {
			holds = selected(c)
		}
		p := c.page(usual, most)
		return c.read(func(d *directory) answer { return c.objects(r, p, func(o *object) bool { return holds(d, o) }) })
	}
}

// objects returns the answer with a page of objects. The caller holds the lock.
func (c *call) objects(r *resource, p page, holds func(*object) bool) answer {
	all := c.org.state.collection(r).objects
	items, more := p.collect(len(all), func(i int) bool { return !all[i].gone && holds(all[i]) })
	const size = 500 // approximate size of an object in bytes
	return c.array(p, items, more, size, func(b []byte, ordinal uint32) []byte {
		return append(b, encoded(c.shown(r, all[ordinal]))...)
	})
}

// create handles the POST of an object. The body may have a status.
func (r *resource) create(c *call) answer {
	body := c.body()
	return c.write(func(d *directory) answer {
		return c.storeWithStatus(r, d, &object{created: c.now, lastUpdated: c.now}, body, "create")
	})
}

// replace handles the PUT of an object. It replaces all that a client can set. The body may have a status.
func (r *resource) replace(c *call) answer {
	body := c.body()
	return c.changeObject(r, func(d *directory, o *object) answer { return c.storeWithStatus(r, d, o, body, "update") })
}

// storeWithStatus is like store, for a body that may have a status (terraform-provider-okta, test/fixtures/vcr,
// TestAccResourceOktaNetworkZone_crud, oie: a PUT of a zone). A status that the resource does not have is refused, which is our guess.
func (c *call) storeWithStatus(r *resource, d *directory, o *object, body map[string]any, what string) answer {
	status := textOf(body["status"])
	if status != "" && !slices.Contains(r.statuses, status) {
		return c.invalid("status", "status: must be one of "+strings.Join(r.statuses, ", "))
	}
	before := o.status
	if status != "" {
		o.status = status
	}
	a := c.store(r, d, o, r.settable(body), what)
	if !a.done() {
		o.status = before
	}
	return a
}

// own marks what the org made as changed, so that dumps have it.
func (o *object) own() {
	o.made, o.listedID = false, o.listedID || o.made
}

// store checks fields and sets them as those of an object, which it adds if it is new. The caller holds the lock.
func (c *call) store(r *resource, d *directory, o *object, fields map[string]any, what string) answer {
	if why := d.refused(r, o, fields); why != "" {
		return c.invalid(r.key, why)
	}
	o.fields, o.lastUpdated = fields, c.now
	o.own()
	if o.id == "" {
		if err := d.add(r, o); err != nil {
			return c.refuse(http.StatusInternalServerError, "E0000009", "Internal Server Error", err.Error())
		}
	}
	c.logObject(r, what, o)
	return c.objectAnswer(r, o)
}

// refused returns why the fields of an object cannot be stored; "" if they can. That names which differ only in case are the same, as
// those of groups, is our guess.
func (d *directory) refused(r *resource, o *object, fields map[string]any) string {
	if r.check != nil {
		if why := r.check(d, o, fields); why != "" {
			return why
		}
	}
	if r.unique && d.find(r, func(other *object) bool { return other != o && fold(r.nameIn(other.fields)) == fold(r.nameIn(fields)) }) != nil {
		return r.name + ": " + cmp.Or(r.taken, "An object with this field already exists in the current organization")
	}
	return ""
}

// turn returns the handler of a lifecycle operation that sets a status, and answers with the object. A call that changes nothing
// succeeds, and is not logged.
func (r *resource) turn(status, what string) func(*call) answer {
	return func(c *call) answer {
		return c.changeObject(r, func(_ *directory, o *object) answer {
			if o.status != status {
				o.status, o.lastUpdated = status, c.now
				o.own()
				c.logObject(r, what, o)
			}
			return c.objectAnswer(r, o)
		})
	}
}

// every returns the answer with all objects for which holds returns true, for a list without pages. The caller holds the lock.
func (c *call) every(r *resource, holds func(*object) bool) answer {
	list := []any{}
	for _, o := range c.org.state.collection(r).objects {
		if !o.gone && holds(o) {
			list = append(list, c.shown(r, o))
		}
	}
	return c.ok(encoded(list))
}
