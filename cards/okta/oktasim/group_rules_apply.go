package oktasim

import (
	"maps"
	"slices"
)

// Okta records which rule added a member: a user whom a rule added leaves the group when the rule no longer applies to them, and a user
// whom somebody added stays. Rules run when something about a user changes (support.okta.com, "How To Create A Group Rule").

// keep records that a rule keeps a user in a group.
func (g *group) keep(ordinal uint32, rule string) {
	if g.byRule == nil {
		g.byRule = map[uint32][]string{}
	}
	g.byRule[ordinal] = append(g.byRule[ordinal], rule)
}

// forget undoes keep. It reports whether no rule keeps the user any longer.
func (g *group) forget(ordinal uint32, rule string) (free bool) {
	g.byRule[ordinal] = slices.DeleteFunc(g.byRule[ordinal], func(other string) bool { return other == rule })
	if free = len(g.byRule[ordinal]) == 0; free {
		delete(g.byRule, ordinal)
	}
	return free
}

// A membershipChange adds a user to a group, or removes the user.
type membershipChange func(g *group, ordinal uint32, add bool)

// maxRuleRounds limits how often rules run again because their assignments make other rules apply. The number is ours.
const maxRuleRounds = 10

// activeRules returns the active rules and their conditions.
func (d *directory) activeRules() (active []*object, conditions []ruleExpression) {
	for _, o := range d.objects["group_rules"].live() {
		if o.status != "ACTIVE" {
			continue
		}
		if e, err := compileRule(expressionOf(o.fields), d.custom(ofUsers)); err == nil {
			active, conditions = append(active, o), append(conditions, e)
		}
	}
	return active, conditions
}

// applies reports whether a rule adds a user to its groups.
func (d *directory) applies(o *object, condition ruleExpression, ordinal uint32) bool {
	return !slices.Contains(excludedBy(o.fields), d.users[ordinal].id) && condition.holds(subjectOfRule{d, ordinal})
}

// applyRules applies the active rules to users, again and again until no membership changes.
func (d *directory) applyRules(users []uint32, change membershipChange) {
	active, conditions := d.activeRules()
	for range maxRuleRounds {
		changed := false
		for i, o := range active {
			for _, ordinal := range users {
				changed = d.applyRule(o, conditions[i], ordinal, change) || changed
			}
		}
		if !changed {
			return
		}
	}
}

// applyRule applies a rule to a user, and reports whether a membership changed. A user who is STAGED or DEPROVISIONED stays as they are:
// a rule does not move users "in a Pending or Inactive state" (help.okta.com, "Create group rules").
func (d *directory) applyRule(o *object, condition ruleExpression, ordinal uint32, change membershipChange) (changed bool) {
	u := d.users[ordinal].at(forever)
	if u.gone || u.status == staged || u.status == deprovisioned {
		return false
	}
	applies := d.applies(o, condition, ordinal)
	for _, id := range targetsOf(o.fields) {
		g, ok := d.group(id)
		if !ok {
			continue
		}
		rules := g.byRule[ordinal]
		switch listed, member := slices.Contains(rules, o.id), g.has(ordinal); {
		case applies && !listed && (!member || len(rules) > 0):
			g.keep(ordinal, o.id)
			if !member {
				change(g, ordinal, true)
				changed = true
			}
		case !applies && listed && g.forget(ordinal, o.id):
			change(g, ordinal, false)
			changed = true
		}
	}
	return changed
}

// disown ends the effects of a deleted rule: the members that it added stay as if somebody had added them, or leave.
func (d *directory) disown(rule *object, remove bool, change membershipChange) {
	for i := range d.groups {
		g := &d.groups[i]
		for _, ordinal := range slices.Sorted(maps.Keys(g.byRule)) {
			if slices.Contains(g.byRule[ordinal], rule.id) && g.forget(ordinal, rule.id) && remove {
				change(g, ordinal, false)
			}
		}
	}
}

// applyRules applies the active rules to users whom the call changed. The caller holds the lock.
func (c *call) applyRules(d *directory, users ...uint32) { d.applyRules(users, c.changeByRule) }

// changeByRule changes a membership for a rule, and logs it as done by Okta's system, which is our guess.
func (c *call) changeByRule(g *group, ordinal uint32, add bool) {
	d := c.org.state
	change, event := (*group).remove, "group.user_membership.remove"
	if add {
		change, event = (*group).add, "group.user_membership.add"
	}
	c.reassign(d, d.appsOf(g), []uint32{ordinal}, func() {
		change(g, ordinal)
		g.lastMembershipUpdated = c.now
		c.logAs(oktaSystem, event, userTarget(&d.users[ordinal]), groupTarget(g))
	})
}

// removedByHand makes the rules that added a member exclude the user from now on (support.okta.com, "Removing User From Exception List in
// Group Rule"). A rule that excludes as many users as it can excludes no more, which is our guess.
func (c *call) removedByHand(d *directory, g *group, ordinal uint32) {
	u := &d.users[ordinal]
	for _, id := range g.byRule[ordinal] {
		o := d.collection(groupRules).byID[id]
		if excluded := excludedBy(o.fields); len(excluded) < maxRuleUsers && !slices.Contains(excluded, u.id) {
			o.fields = mapAt(o.fields, "conditions.people.users.exclude", func(v any) any { return append(slices.Clone(v.([]any)), u.id) })
			c.log("group.user_membership.rule.add_exclusion", ruleTarget(o), userTarget(u))
		}
	}
	delete(g.byRule, ordinal)
}

// hasRule reports whether a rule assigns a group.
func (d *directory) hasRule(g *group) bool {
	return slices.ContainsFunc(d.objects["group_rules"].live(), func(o *object) bool { return slices.Contains(targetsOf(o.fields), g.id) })
}

// invalidate makes the rules that assign a group INVALID, because the group is deleted (terraform-provider-okta, issue 157).
func (c *call) invalidate(d *directory, g *group) {
	for _, o := range d.collection(groupRules).live() {
		if slices.Contains(targetsOf(o.fields), g.id) && o.status != "INVALID" {
			o.status, o.lastUpdated = "INVALID", c.now
			c.log("group.user_membership.rule.invalidate", ruleTarget(o))
		}
	}
}

func ruleTarget(o *object) target {
	return target{id: o.id, kind: "GroupRule", alternate: "unknown", display: textOf(o.fields["name"])}
}
