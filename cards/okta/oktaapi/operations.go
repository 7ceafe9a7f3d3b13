package oktaapi

import (
	"context"
	"net/url"

	"github.com/okta/okta-sdk-golang/v5/okta"
)

// Operation is one call of Okta's API, as its OpenAPI description names it.
type Operation struct {
	Name   string // the description's operationId: "suspendUser"
	Bucket string // method and path template: what its rate limit is kept by until the answers say better
	send   func(context.Context, *okta.APIClient, Args) error
}

// Args are the arguments of an operation.
type Args struct {
	Path  []string   // the path's arguments in their order, not escaped
	Query url.Values // sent as they are, whether or not the SDK knows them
	Body  []byte     // JSON, sent as it is in place of what the SDK would write; nil: what the SDK writes
}

// The operations that the cards use. Each closure has the SDK build and send the request; what it makes
// of the answer is not used.
var (
	GetUser = Operation{"getUser", "GET /api/v1/users/{id}", func(ctx context.Context, c *okta.APIClient, a Args) error {
		_, _, err := c.UserAPI.GetUser(ctx, a.Path[0]).Execute()
		return err
	}}
	SuspendUser = Operation{"suspendUser", "POST /api/v1/users/{id}/lifecycle/suspend", func(ctx context.Context, c *okta.APIClient, a Args) error {
		_, err := c.UserAPI.SuspendUser(ctx, a.Path[0]).Execute()
		return err
	}}
	ListGroups = Operation{"listGroups", "GET /api/v1/groups", func(ctx context.Context, c *okta.APIClient, a Args) error {
		_, _, err := c.GroupAPI.ListGroups(ctx).Execute()
		return err
	}}
	ListGroupUsers = Operation{"listGroupUsers", "GET /api/v1/groups/{id}/users", func(ctx context.Context, c *okta.APIClient, a Args) error {
		_, _, err := c.GroupAPI.ListGroupUsers(ctx, a.Path[0]).Execute()
		return err
	}}

	// Groups, their members and the system log.
	GetGroup = Operation{"getGroup", "GET /api/v1/groups/{id}", func(ctx context.Context, c *okta.APIClient, a Args) error {
		_, _, err := c.GroupAPI.GetGroup(ctx, a.Path[0]).Execute()
		return err
	}}
	CreateGroup = Operation{"createGroup", "POST /api/v1/groups", func(ctx context.Context, c *okta.APIClient, a Args) error {
		_, _, err := c.GroupAPI.CreateGroup(ctx).Group(okta.Group{}).Execute()
		return err
	}}
	ReplaceGroup = Operation{"replaceGroup", "PUT /api/v1/groups/{id}", func(ctx context.Context, c *okta.APIClient, a Args) error {
		_, _, err := c.GroupAPI.ReplaceGroup(ctx, a.Path[0]).Group(okta.Group{}).Execute()
		return err
	}}
	DeleteGroup = Operation{"deleteGroup", "DELETE /api/v1/groups/{id}", func(ctx context.Context, c *okta.APIClient, a Args) error {
		_, err := c.GroupAPI.DeleteGroup(ctx, a.Path[0]).Execute()
		return err
	}}
	AssignUserToGroup = Operation{"assignUserToGroup", "PUT /api/v1/groups/{id}/users/{id}", func(ctx context.Context, c *okta.APIClient, a Args) error {
		_, err := c.GroupAPI.AssignUserToGroup(ctx, a.Path[0], a.Path[1]).Execute()
		return err
	}}
	UnassignUserFromGroup = Operation{"unassignUserFromGroup", "DELETE /api/v1/groups/{id}/users/{id}", func(ctx context.Context, c *okta.APIClient, a Args) error {
		_, err := c.GroupAPI.UnassignUserFromGroup(ctx, a.Path[0], a.Path[1]).Execute()
		return err
	}}
	ListUserGroups = Operation{"listUserGroups", "GET /api/v1/users/{id}/groups", func(ctx context.Context, c *okta.APIClient, a Args) error {
		_, _, err := c.UserAPI.ListUserGroups(ctx, a.Path[0]).Execute()
		return err
	}}
	ListLogEvents = Operation{"listLogEvents", "GET /api/v1/logs", func(ctx context.Context, c *okta.APIClient, a Args) error {
		_, _, err := c.SystemLogAPI.ListLogEvents(ctx).Execute()
		return err
	}}

	// Users: lists, writes and life cycles. The empty bodies are what the builders insist on; Args.Body is sent.
	ListUsers = Operation{"listUsers", "GET /api/v1/users", func(ctx context.Context, c *okta.APIClient, a Args) error {
		_, _, err := c.UserAPI.ListUsers(ctx).Execute()
		return err
	}}
	CreateUser = Operation{"createUser", "POST /api/v1/users", func(ctx context.Context, c *okta.APIClient, a Args) error {
		_, _, err := c.UserAPI.CreateUser(ctx).Body(okta.CreateUserRequest{}).Execute()
		return err
	}}
	UpdateUser = Operation{"updateUser", "POST /api/v1/users/{id}", func(ctx context.Context, c *okta.APIClient, a Args) error {
		_, _, err := c.UserAPI.UpdateUser(ctx, a.Path[0]).User(okta.UpdateUserRequest{}).Execute()
		return err
	}}
	ReplaceUser = Operation{"replaceUser", "PUT /api/v1/users/{id}", func(ctx context.Context, c *okta.APIClient, a Args) error {
		_, _, err := c.UserAPI.ReplaceUser(ctx, a.Path[0]).User(okta.User{}).Execute()
		return err
	}}
	DeleteUser = Operation{"deleteUser", "DELETE /api/v1/users/{id}", func(ctx context.Context, c *okta.APIClient, a Args) error {
		_, err := c.UserAPI.DeleteUser(ctx, a.Path[0]).Execute()
		return err
	}}
	ActivateUser = Operation{"activateUser", "POST /api/v1/users/{id}/lifecycle/activate", func(ctx context.Context, c *okta.APIClient, a Args) error {
		_, _, err := c.UserAPI.ActivateUser(ctx, a.Path[0]).SendEmail(false).Execute() // the builder insists; Args.Query decides
		return err
	}}
	DeactivateUser = Operation{"deactivateUser", "POST /api/v1/users/{id}/lifecycle/deactivate", func(ctx context.Context, c *okta.APIClient, a Args) error {
		_, err := c.UserAPI.DeactivateUser(ctx, a.Path[0]).Execute()
		return err
	}}
	UnsuspendUser = Operation{"unsuspendUser", "POST /api/v1/users/{id}/lifecycle/unsuspend", func(ctx context.Context, c *okta.APIClient, a Args) error {
		_, err := c.UserAPI.UnsuspendUser(ctx, a.Path[0]).Execute()
		return err
	}}
	UnlockUser = Operation{"unlockUser", "POST /api/v1/users/{id}/lifecycle/unlock", func(ctx context.Context, c *okta.APIClient, a Args) error {
		_, err := c.UserAPI.UnlockUser(ctx, a.Path[0]).Execute()
		return err
	}}
)
