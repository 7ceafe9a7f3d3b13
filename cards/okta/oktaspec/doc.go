// Package oktaspec lets tests compare requests and answers with Okta's own description of its management API: the
// requests that cards send, the answers of the simulated org, and the scopes of both.
//
// The description is the OpenAPI document from which Okta's SDK is generated; the SDK's module contains it. The
// checks are stricter than OpenAPI: an exchange may have only the query parameters of its operation, the properties
// of its schemas, and the values that Okta lists.
//
// The package is only for tests, and imports no other package of this module.
package oktaspec
