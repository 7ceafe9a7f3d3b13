package oktasim

// logAppUser adds an event about an assignment.
func (c *call) logAppUser(what string, a *assignment) {
	name := userNameOf(a.app, a.user)
	c.log("application.user_membership."+what,
		target{id: appUsers.pairID(a.app.id, a.user.id), kind: "AppUser", alternate: name, display: name}, appTarget(a.app), userTarget(a.user))
}

func appTarget(app *object) target {
	return target{id: app.id, kind: "AppInstance", alternate: textOf(app.fields["label"]), display: textOf(app.fields["label"])}
}

// reassign makes a change that may assign applications to users or take them away, and then logs which it did: an event for each
// application and user. The caller holds the lock.
func (c *call) reassign(d *directory, affected []*object, users []uint32, change func()) {
	var had []bool
	for _, app := range affected {
		assigned := c.assigner(d, app)
		for _, ordinal := range users {
			had = append(had, assigned.of(&d.users[ordinal]) != nil)
		}
	}
	change()
	for i, app := range affected {
		assigned := c.assigner(d, app)
		for j, ordinal := range users {
			switch has := assigned.of(&d.users[ordinal]) != nil; {
			case has && !had[i*len(users)+j]:
				c.logAppUser("add", &assignment{app: app, user: &d.users[ordinal]})
			case !has && had[i*len(users)+j]:
				c.logAppUser("remove", &assignment{app: app, user: &d.users[ordinal]})
			}
		}
	}
}

// appsOf returns the applications that are assigned to a group.
func (d *directory) appsOf(g *group) (found []*object) {
	for _, by := range d.collection(appGroups).objects {
		if !by.gone && by.fields["group"] == g.id {
			found = append(found, d.collection(apps).byID[textOf(by.fields["app"])])
		}
	}
	return found
}

// unassignAll removes all direct assignments of a user.
func (d *directory) unassignAll(u *user) {
	for _, own := range d.collection(appUsers).live() {
		if own.fields["user"] == u.id {
			d.remove(appUsers, own)
		}
	}
}
