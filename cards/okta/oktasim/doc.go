// Package oktasim is a simulated Okta org: state, rules, limits and faults as an http.Handler.
//
// It is used by the demo, by the tests of people's flows, by our own tests, and by everyone who wants to try a flow
// without a tenant. Load reads a YAML seed that lists the users and groups of the org, New creates the org, and the
// *Org answers requests as Okta does: with the same bodies, headers, paging, refusals and limits. It behaves as Okta
// does, even where something else would be more convenient. Where Okta documents the behavior, the comment next to
// the code names the page; where Okta does not, the comment calls it our guess, or not documented.
//
// Its authorization server (/oauth2/v1) issues tokens to applications. What it has issued ends with the process.
//
// It must not import another package of this module. It is used to test the client, and shares no type with it,
// because a mistake in shared code would not be found.
//
// An Org is in memory, has no global state, and is safe for concurrent use. It sends requests to nobody but event hooks on loopback addresses, and starts
// no goroutine but to deliver to them; Close ends those. Every answer has
// the header "Server: oktasim", so that it cannot be mistaken for an answer of a tenant.
//
// The control endpoints are for tests and for looking at the org. They answer only callers on the same machine: GET
// /-/dump returns the whole state as YAML that Load can read, GET /-/stats counts the requests, GET
// /-/requests?since=N lists them, GET /-/hooks?since=N lists those to event hooks, GET /-/faults says which of the simulated faults have struck, POST replaces them, and POST /-/clock moves the data
// clock forward.
package oktasim
