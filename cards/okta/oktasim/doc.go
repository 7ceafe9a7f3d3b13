// Package oktasim is a simulated Okta org: state, rules, limits and faults as an http.Handler.
//
// It serves the demo, the tests of people's flows, our own tests and everyone who wants to try a flow
// without a tenant. Load reads the YAML seed that lists who is in the org, New makes the org, and
// the *Org answers requests as Okta does: the same shapes, headers, paging, refusals and limits.
// It does what Okta does, even where something else would be handy. Where Okta documents it, the comment
// next to the code names the page; where Okta does not, the comment calls it our guess, or not documented.
//
// It must import nothing else of this module. The client that it is used to test shares no type
// with it, because shared code would be shared mistakes.
//
// An Org is one place in memory. It starts no goroutine, keeps no global state, and is safe for
// any number of requests at once. Every answer has the header "Server: oktasim", so that nobody takes it for
// a tenant.
//
// Some doors are for tests and the curious, and open only to callers on the same machine:
// GET /-/dump is the whole state as YAML that Load reads again, GET /-/stats counts what was asked,
// GET /-/requests?since=N lists it, and POST /-/faults replaces what goes wrong on purpose.
package oktasim
