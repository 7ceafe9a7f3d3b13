package okta

import "slices"

// superAdmin is the admin role that allows everything.
const superAdmin = "SUPER_ADMIN"

// standardRoles are the roles about which permitted speaks. An account with another one, such as a custom role, may do more.
var standardRoles = []string{
	superAdmin, "ORG_ADMIN", "APP_ADMIN", "USER_ADMIN", "HELP_DESK_ADMIN", "GROUP_MEMBERSHIP_ADMIN", "READ_ONLY_ADMIN", "REPORT_ADMIN",
	"API_ACCESS_MANAGEMENT_ADMIN", "MOBILE_ADMIN",
}

// permitted are the standard admin roles, besides SUPER_ADMIN, that allow at least a part of what a scope does. Of other scopes nothing is known.
// perhaps are roles of which the sources do not say it: an account with one of them does not lack another role.
//
// Sources: Okta's pages about the roles, https://help.okta.com/oie/en-us/content/topics/security/administrators-org-admin.htm,
// administrators-app-admin.htm, administrators-group-admin.htm (USER_ADMIN), administrators-help-desk-admin.htm, administrators-read-only-admin.htm,
// admin-role-groupmembershipadmin.htm and admin-role-reportadmin.htm; for the System Log, administrators that manage others, and the API Access
// Management Administrator, whose permissions for applications are about OpenID Connect, administrators-admin-comparison.htm. That only super
// administrators manage grants of applications is Okta's guide "Implement OAuth for Okta"; hooks are among what an ORG_ADMIN cannot manage.
var permitted = map[string]struct{ roles, perhaps []string }{
	"okta.users.read": {
		roles:   []string{"ORG_ADMIN", "USER_ADMIN", "APP_ADMIN", "READ_ONLY_ADMIN", "HELP_DESK_ADMIN", "GROUP_MEMBERSHIP_ADMIN"},
		perhaps: []string{"API_ACCESS_MANAGEMENT_ADMIN", "MOBILE_ADMIN"},
	},
	"okta.users.manage": {roles: []string{"ORG_ADMIN", "USER_ADMIN", "HELP_DESK_ADMIN"}},
	"okta.groups.read": {
		roles:   []string{"ORG_ADMIN", "USER_ADMIN", "GROUP_MEMBERSHIP_ADMIN", "APP_ADMIN", "READ_ONLY_ADMIN"},
		perhaps: []string{"HELP_DESK_ADMIN", "API_ACCESS_MANAGEMENT_ADMIN", "MOBILE_ADMIN"},
	},
	"okta.groups.manage":     {roles: []string{"ORG_ADMIN", "USER_ADMIN", "GROUP_MEMBERSHIP_ADMIN"}},
	"okta.apps.read":         {roles: []string{"APP_ADMIN", "READ_ONLY_ADMIN"}, perhaps: []string{"ORG_ADMIN", "API_ACCESS_MANAGEMENT_ADMIN", "MOBILE_ADMIN"}},
	"okta.apps.manage":       {roles: []string{"APP_ADMIN"}, perhaps: []string{"API_ACCESS_MANAGEMENT_ADMIN"}},
	"okta.logs.read":         {roles: []string{"ORG_ADMIN", "APP_ADMIN", "READ_ONLY_ADMIN", "REPORT_ADMIN"}, perhaps: []string{"API_ACCESS_MANAGEMENT_ADMIN", "MOBILE_ADMIN"}},
	"okta.roles.manage":      {},
	"okta.appGrants.manage":  {},
	"okta.eventHooks.manage": {},
}

// lacksRole returns the admin roles of which an account with certain roles needs one for what a scope allows; nil if it has one that allows at
// least a part of it, or if nobody knows.
func lacksRole(held []string, scope string) []string {
	of, known := permitted[scope]
	unclear := func(role string) bool { return !slices.Contains(standardRoles, role) }
	suffices := func(role string) bool {
		return role == superAdmin || slices.Contains(of.roles, role) || slices.Contains(of.perhaps, role)
	}
	if !known || slices.ContainsFunc(held, unclear) || slices.ContainsFunc(held, suffices) {
		return nil
	}
	return append(slices.Clone(of.roles), superAdmin)
}
