package oktasim

// ofClient returns the condition that an object belongs to an OAuth client.
func ofClient(app *object) func(*object) bool {
	return func(o *object) bool { return o.fields["client"] == app.id }
}

// pathClient returns the application whose client id is in the path; nil if there is none.
func (c *call) pathClient(d *directory) *object {
	return d.find(apps, func(o *object) bool { return isOAuthClient(o) && clientID(o) == c.r.PathValue("id") })
}

// noClient refuses an unknown client. That the word is PublicClientApp is our guess.
func (c *call) noClient() answer { return c.missing(c.r.PathValue("id"), "PublicClientApp") }

func (c *call) readClient(operation func(*directory, *object) answer) answer {
	return c.read(func(d *directory) answer {
		app := c.pathClient(d)
		if app == nil {
			return c.noClient()
		}
		return operation(d, app)
	})
}

func (c *call) changeClient(operation func(*directory, *object) answer) answer {
	return c.write(func(d *directory) answer {
		app := c.pathClient(d)
		if app == nil {
			return c.noClient()
		}
		return operation(d, app)
	})
}

// listClientRoles handles GET /oauth2/v1/clients/{id}/roles.
func listClientRoles(c *call) answer {
	return c.readClient(func(_ *directory, app *object) answer { return c.every(roles, ofClient(app)) })
}

func getClientRole(c *call) answer {
	return c.readClient(func(d *directory, app *object) answer { return c.roleAnswer(d, ofClient(app)) })
}

// assignClientRole handles POST /oauth2/v1/clients/{id}/roles, which answers 200.
func assignClientRole(c *call) answer {
	kind := c.roleType()
	return c.changeClient(func(d *directory, app *object) answer {
		a := c.assignRole(d, kind, map[string]any{"client": app.id}, ofClient(app))
		if a.done() {
			c.log("app.oauth2.client.privilege.grant", appTarget(app))
		}
		return a
	})
}

func unassignClientRole(c *call) answer {
	return c.changeClient(func(d *directory, app *object) answer {
		a := c.unassignRole(d, ofClient(app))
		if a.done() {
			c.log("app.oauth2.client.privilege.revoke", appTarget(app))
		}
		return a
	})
}
