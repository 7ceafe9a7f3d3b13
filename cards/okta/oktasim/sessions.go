package oktasim

// sessions are the sessions in which users are signed in. Nobody signs in to this org, so that only a seed has sessions, such as
// {user: ada@acme.example}. Okta does not list the sessions of a user; this org shows them only in its dump.
var sessions = &resource{key: "sessions", word: "Session", prefix: "102", refs: []ref{{"user", "users"}}, fields: []string{"user"}, needs: []string{"user"}}

var sessionRoutes = []route{
	{"DELETE", "/api/v1/users/{id}/sessions", "okta.users.manage", revokeSessions},
}

// revokeSessions handles DELETE /api/v1/users/{id}/sessions. It answers 204 whether or not the user was signed in (management API,
// "Revoke all user sessions"). oauthTokens and forgetDevices have no effect, because this org has neither tokens of users nor
// remembered devices.
func revokeSessions(c *call) answer {
	c.flag("oauthTokens", false)
	c.flag("forgetDevices", true)
	return c.changeUser(func(d *directory, u *user) answer {
		d.removeOf(u, sessions)
		c.log("user.session.clear", userTarget(u))
		return c.noContent()
	})
}

// removeOf removes all objects of a resource that belong to a user.
func (d *directory) removeOf(u *user, r *resource) {
	for _, o := range d.collection(r).objects {
		if !o.gone && o.fields["user"] == u.id {
			d.remove(r, o)
		}
	}
}
