// Package oktaspec checks tests against Okta's own description of its management API: the requests that cards
// send, the answers of the simulated org, and the scopes that both name.
//
// The description is the OpenAPI document that Okta's SDK is made from and comes with. Beyond what OpenAPI
// asks for, an exchange must use the query parameters that its operation has, the properties that its
// schemas have, and the values that Okta lists.
//
// It is only for tests, and imports nothing of ours.
package oktaspec
